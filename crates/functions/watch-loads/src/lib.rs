#![doc = include_str!("../README.md")]

mod context;
mod ended;
mod error;
mod handler;

pub use context::Context;
pub use error::Error;
pub use handler::{Outcomes, handle};
