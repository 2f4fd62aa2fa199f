#![doc = include_str!("../README.md")]
// The futures of the SDK's clients are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

mod advance;
mod context;
mod day;
mod days;
mod error;
mod handler;
mod layout;
mod merge;
mod parts;
mod request;
mod sweep;
mod switch;

pub use context::{Clock, Context, Settings};
pub use error::Error;
pub use handler::{Answer, handle};
