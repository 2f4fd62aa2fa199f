#![doc = include_str!("../README.md")]

mod metrics;

use std::error::Error;
use std::process::ExitCode;

use lambda_runtime::Diagnostic;

pub use causes::chain;
pub use metrics::{Metric, Metrics, Unit};

/// Starts the log. To be called once, first.
pub fn init() {
    lambda_runtime::tracing::init_default_subscriber();
}

/// Says why a function does not start; its exit code.
pub fn cannot_start(error: &(dyn Error + 'static)) -> ExitCode {
    lambda_runtime::tracing::error!(error = chain(error), "the function does not start");
    ExitCode::FAILURE
}

/// Says why a function's loop ended, if it did so by an error; its exit code.
pub fn ended(result: Result<(), lambda_runtime::Error>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    lambda_runtime::tracing::error!(error = chain(error.as_ref()), "the function's loop ended");
    ExitCode::FAILURE
}

/// An error as Lambda is told: `error_type` is stable, the message is the whole chain.
pub fn diagnostic(error_type: &str, error: &(dyn Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: chain(error) }
}
