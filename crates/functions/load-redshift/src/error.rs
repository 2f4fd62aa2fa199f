use notifications::NoticeError;

/// Why an invocation fails as a whole. With a queue, messages fail one by one and this is not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Retry: the load could not be started.
    #[error("the load was not started")]
    Load(#[source] loads::Error),
    /// Discard after the retries of the trigger: the event is none that is known.
    #[error("the event was not read")]
    Notice(#[from] NoticeError),
}

impl From<Error> for lambda_runtime::Diagnostic {
    fn from(error: Error) -> Self {
        let error_type = match &error {
            Error::Load(_) => "Load",
            Error::Notice(_) => "Notice",
        };
        telemetry::diagnostic(error_type, &error)
    }
}
