#![doc = include_str!("../README.md")]

mod api;
mod consumer;
mod cursor;
mod faults;
mod kinesis;
mod put;
mod read;
mod refusal;
mod request;
mod segment;
mod sequence;
mod shard;
mod store;
mod stream;
mod streams;

pub use consumer::{Consumer, Position, Record};
pub use cursor::ReadLimit;
pub use faults::Fault;
pub use kinesis::{Kinesis, KinesisConfig};

pub use local_server::{Served, Service};
pub use shard::Retention;
