#![doc = include_str!("../README.md")]

pub mod layout;
mod names;
mod tables;
pub mod time;

pub use names::MIXED;
pub use tables::Tables;
pub use time::Instant;
