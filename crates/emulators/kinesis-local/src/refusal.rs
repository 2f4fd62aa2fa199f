//! What a request is refused with: AWS's error types, and messages that are worded like AWS's.

use axum::http::StatusCode;
use local_server::{ACCOUNT, Error};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// A member of the request is outside its limits.
    pub(crate) fn validation(value: impl std::fmt::Display, member: &str, constraint: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        );
        Self::bad("ValidationException", message)
    }

    /// The request makes no sense as a whole.
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::bad("InvalidArgumentException", message)
    }

    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::bad("SerializationException", message)
    }

    pub(crate) fn unknown_operation(target: &str) -> Self {
        Self::bad("UnknownOperationException", format!("{target:?} is not an operation that is known here"))
    }

    pub(crate) fn no_stream(name: &str) -> Self {
        Self::bad("ResourceNotFoundException", format!("Stream {name} under account {ACCOUNT} not found."))
    }

    pub(crate) fn no_shard(shard: &str, stream: &str) -> Self {
        let message = format!("Could not find shard {shard} in stream {stream} under account {ACCOUNT}.");
        Self::bad("ResourceNotFoundException", message)
    }

    pub(crate) fn stream_exists(name: &str) -> Self {
        Self::bad("ResourceInUseException", format!("Stream {name} under account {ACCOUNT} already exists."))
    }

    pub(crate) fn expired_iterator(message: impl Into<String>) -> Self {
        Self::bad("ExpiredIteratorException", message)
    }

    pub(crate) fn throughput(shard: &str, stream: &str) -> Self {
        let message = format!("Rate exceeded for shard {shard} in stream {stream} under account {ACCOUNT}.");
        Self::bad("ProvisionedThroughputExceededException", message)
    }

    pub(crate) fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "InternalFailure",
            message: "Internal service failure.".to_owned(),
        }
    }
}

/// A disk that fails is our failure; the reason is in the log.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::error!(error = causes::chain(&error), "a request was not answered");
        Self::internal()
    }
}
