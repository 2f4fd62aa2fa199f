#![doc = include_str!("../README.md")]
#![recursion_limit = "256"]

mod context;
mod error;
mod handler;
mod names;
mod placement;
mod receipt;
mod sink;
mod write;

pub use context::{Context, StartError};
pub use error::Error;
pub use function::queue::{Response, Uploads};
pub use handler::handle;
