#![doc = include_str!("../README.md")]

mod batches;
pub mod combined_log;
mod error;
pub mod sas;

pub use batches::{Batches, Format};
pub use error::Error;
