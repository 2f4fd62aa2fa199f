//! Why a request is refused, in Glue's words.

/// An error answer: Glue's exception and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new("EntityNotFoundException", message)
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::new("AlreadyExistsException", message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidInputException", message)
    }

    /// Somebody else was first.
    pub(crate) fn conflict(operation: &str) -> Self {
        let what = match operation {
            "UpdateTable" => "Update table".to_owned(),
            other => other.to_owned(),
        };
        Self::new("ConcurrentModificationException", format!("{what} failed due to concurrent modifications."))
    }

    /// A fault of this machine, which the SDKs try again.
    pub(crate) fn internal(operation: &str, error: &dyn std::fmt::Display) -> Self {
        Self::new("InternalServiceException", format!("cannot {operation}: {error}"))
    }

    pub(crate) fn is_internal(&self) -> bool {
        self.code == "InternalServiceException"
    }
}
