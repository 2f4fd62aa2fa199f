#![doc = include_str!("../README.md")]

mod api;
pub mod completion;
mod config;
mod engine;
mod parameters;
mod scan;
mod server;

pub use config::{Completion, Config, Conflicts};
pub use engine::OpenError;
pub use server::{ServeError, Server, serve};
