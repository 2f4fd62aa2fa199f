#![doc = include_str!("../README.md")]

mod metrics;

use std::error::Error;
use std::process::ExitCode;

use display_error_chain::DisplayErrorChain;
use lambda_runtime::Diagnostic;

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

/// The messages of an error and all of its sources, outermost first.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    DisplayErrorChain::new(error).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_chain_is_told() {
        let inner = std::io::Error::other("disk on fire");
        let outer = std::io::Error::new(std::io::ErrorKind::NotFound, Wrapped(inner));
        assert_eq!(diagnostic("Lake", &outer).error_message, "no record: disk on fire");
    }

    #[derive(Debug)]
    struct Wrapped(std::io::Error);

    impl std::fmt::Display for Wrapped {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no record")
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
}
