#![doc = include_str!("../README.md")]

mod environment;
mod metrics;
#[cfg(feature = "queue")]
pub mod queue;
mod run;
#[cfg(feature = "secrets")]
pub mod secrets;

pub use causes::chain;
pub use environment::{Environment, EnvironmentError, Variable, variable};
pub use metrics::{Metric, Metrics, Unit};
pub use run::{ErrorType, diagnostic, ended, run, start};
