use std::path::PathBuf;
use std::time::Duration;

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// The function reported an error.
    #[error("{error_type}: {message}")]
    Function {
        /// What kind of error, as the function calls it.
        error_type: String,
        /// Its message.
        message: String,
    },
    /// The process ended before it answered.
    #[error("the process of {function} ended before it answered: {status}{}", printed(.last_line.as_deref()))]
    Ended {
        /// The function.
        function: String,
        /// How it ended.
        status: String,
        /// The last line that it printed.
        last_line: Option<String>,
    },
    /// The process did not ask for its first event.
    #[error("{function} did not start within {} seconds{}", .within.as_secs_f64(), printed(.last_line.as_deref()))]
    NotStarted {
        /// The function.
        function: String,
        /// How long the start may take.
        within: Duration,
        /// The last line that it printed.
        last_line: Option<String>,
    },
    /// The function took too long.
    #[error("{function} timed out after {} seconds", .after.as_secs_f64())]
    TimedOut {
        /// The function.
        function: String,
        /// Its timeout.
        after: Duration,
    },
    /// The answer is above Lambda's limit.
    #[error("{function} answered with more than {most} bytes")]
    TooLarge {
        /// The function.
        function: String,
        /// The limit.
        most: usize,
    },
    /// The answer is not JSON.
    #[error("expected JSON as the answer of {function}")]
    NotJson {
        /// The function.
        function: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// The program cannot be run.
    #[error("cannot run {program:?} for {function}: is it a binary for this machine?")]
    Program {
        /// The function.
        function: String,
        /// The program.
        program: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The Runtime API cannot be served.
    #[error("cannot serve the Runtime API of {function}")]
    Serve {
        /// The function.
        function: String,
        /// Why not.
        source: std::io::Error,
    },
}

fn printed(last_line: Option<&str>) -> String {
    last_line.map(|line| format!("; its last line was: {line}")).unwrap_or_default()
}
