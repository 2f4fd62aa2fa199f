#![doc = include_str!("../README.md")]

pub mod api;

mod error;
mod function;
mod process;
mod sandbox;

pub use error::InvokeError;
pub use function::{Function, FunctionConfig, LogObserver};
