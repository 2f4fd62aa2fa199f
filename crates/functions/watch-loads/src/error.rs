/// Why an invocation fails as a whole. With a queue, messages fail one by one and this is not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Retry: the outcome was not published.
    #[error("the outcome of statement {statement} was not published")]
    Finish {
        /// The statement's id.
        statement: String,
        /// Why.
        source: loads::Error,
    },
    /// Retry: some batches that have ended were not reconciled.
    #[error("the batches that have ended were not all reconciled with their outcomes")]
    Reconcile(#[source] loads::Error),
    /// Discard after the retries of the trigger: the event is none that is known.
    #[error(
        "the event is no completion event, no schedule and no {{\"statement_id\", \"statement_name\"}}: it has {found}"
    )]
    Event {
        /// The field names that were found.
        found: String,
    },
}

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Finish { .. } => "Finish",
            Self::Reconcile(_) => "Reconcile",
            Self::Event { .. } => "Event",
        }
    }
}
