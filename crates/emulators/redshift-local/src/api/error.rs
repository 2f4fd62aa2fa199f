//! The errors of the API, as awsJson1.1 writes them.

use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: u16,
    kind: &'static str,
    message: String,
    resource: Option<String>,
}

impl ApiError {
    /// The request is not one that the service takes.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// The body is no JSON.
    pub(crate) fn serialization(error: &serde_json::Error) -> Self {
        Self::new(400, "SerializationException", error.to_string())
    }

    /// There is no such operation.
    pub(crate) fn unknown_operation(name: &str) -> Self {
        Self::new(400, "UnknownOperationException", format!("{name} is no operation of RedshiftData"))
    }

    /// There is no such statement, session, table, database or workgroup.
    pub(crate) fn not_found(message: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { resource: Some(resource.into()), ..Self::new(400, "ResourceNotFoundException", message) }
    }

    /// Too many statements have not ended.
    pub(crate) fn too_many_statements() -> Self {
        Self::new(400, "ActiveStatementsExceededException", "Active statements exceeded the allowed quota (500).")
    }

    /// Too many sessions are open.
    pub(crate) fn too_many_sessions() -> Self {
        Self::new(400, "ActiveSessionsExceededException", "Active sessions exceeded the allowed quota (500).")
    }

    /// The emulator itself failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalServerException", message)
    }

    /// The error's name.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// The answer's body.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"__type": self.kind, "Message": self.message});
        if let Some(resource) = &self.resource {
            body["ResourceId"] = json!(resource);
        }
        body
    }

    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), resource: None }
    }
}
