#![doc = include_str!("../README.md")]

pub mod layout;
mod names;
pub mod partition;
#[cfg(feature = "state-store")]
pub mod state_store;
mod tables;
pub mod time;

pub use names::MIXED;
pub use tables::Tables;
pub use time::Instant;
