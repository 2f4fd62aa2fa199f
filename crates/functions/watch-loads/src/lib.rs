#![doc = include_str!("../README.md")]

mod context;
mod error;
mod ended;
mod handler;

pub use context::Context;
pub use error::Error;
pub use handler::handle;
