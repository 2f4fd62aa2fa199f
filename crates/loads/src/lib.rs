#![doc = include_str!("../README.md")]

mod bad_lines;
mod columns;
mod error;
mod finish;
mod outcome;
mod prepare;
mod publish;
mod reconcile;
mod remedy;
mod retry;
mod services;
mod settings;
mod source;
mod start;
mod store;

pub use columns::{ColumnProblem, map_columns};
pub use error::Error;
pub use finish::finish;
pub use outcome::{BadLine, LoadOutcome, OutcomeKind};
pub use prepare::Refusal;
pub use reconcile::{reconcile, resubmit};
pub use services::{Services, StartError};
pub use settings::Settings;
pub use start::{DryRun, Started, dry_run, start};
pub use store::{Attempt, LoadRecord, SourceCopy, Store};
