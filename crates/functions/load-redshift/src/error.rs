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

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Load(_) => "Load",
            Self::Notice(_) => "Notice",
        }
    }
}
