#![doc = include_str!("../README.md")]

mod api;
pub mod completion;
mod config;
pub mod copy;
pub mod dialect;
mod engine;
pub mod objects;
mod parameters;
mod scan;
mod server;
pub mod types;

pub use config::{Completion, Config, Conflicts};
pub use engine::OpenError;
pub use server::{ServeError, Server, serve};
