#![doc = include_str!("../README.md")]

mod bad_lines;
mod columns;
mod error;
mod finish;
mod outcome;
mod prepare;
mod publish;
mod remedy;
mod services;
mod settings;
mod start;
mod store;
mod sweep;

pub use columns::{ColumnProblem, map_columns};
pub use error::Error;
pub use finish::finish;
pub use outcome::{BadLine, Kind, Outcome};
pub use services::{Services, StartError};
pub use settings::{Settings, SettingsError};
pub use start::{Started, rehearse, start};
pub use store::{Attempt, LoadRecord, Store};
pub use sweep::{resume, sweep};
