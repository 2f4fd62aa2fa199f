#![doc = include_str!("../README.md")]
// The futures of the SDK's clients are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

mod arrivals;
mod context;
mod error;
mod handler;
mod partitions;
mod register;

pub use context::Context;
pub use error::Error;
pub use function::queue::{Response, Uploads};
pub use handler::handle;
