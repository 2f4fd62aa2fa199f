#![doc = include_str!("../README.md")]

mod athena;
mod catalog;
mod engine;
mod error;
mod hive;
mod projection;
mod pruning;
mod schema;
mod statement;
mod storage;
mod translate;
mod values;

pub use athena::{Answer, Athena, Column};
pub use error::{BoxError, Error};
