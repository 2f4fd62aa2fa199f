#![doc = include_str!("../README.md")]

pub mod api;

mod error;
mod function;
mod function_url;
mod process;
mod sandbox;

pub use error::InvokeError;
pub use function::{Function, FunctionConfig, LogObserver};
pub use function_url::{FunctionUrl, PAYLOAD_BYTES_MAX};
