/// Why a request is not answered with success. No text of these repeats a part of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is nothing at this path: events go to /v1/identify, track, page, screen, group, alias or batch")]
    NoPath,
    #[error("this path takes {allowed}")]
    Method { allowed: &'static str },
    #[error("the body's content-encoding is neither gzip nor identity")]
    Coding,
    #[error("the body has more than {max} bytes")]
    TooLarge { max: usize },
    #[error("the body is no base64, as the event says it is")]
    NotBase64,
    #[error(
        "the body cannot be decompressed: its gzip is damaged; send it uncompressed if something between does that"
    )]
    NotGzip,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body is no JSON object: see its line {line}, column {column}")]
    NotJson { line: usize, column: usize },
    #[error("the body has no list named batch")]
    NoBatch,
    #[error("the batch has {events} events, and at most {max} are accepted")]
    TooMany { events: usize, max: usize },
    #[error("the batch's context and integrations have more than {max} bytes, and they become part of each event")]
    SharedTooLarge { max: usize },
    #[error("there is no write key: send it as the user name of Basic authentication, or as writeKey in the body")]
    NoKey,
    #[error("the write key is not known")]
    UnknownKey,
    #[error("{}", events(*.accepted, .refused))]
    Events { accepted: usize, refused: Vec<RefusedEvent> },
    #[error("the events cannot be stored now: send them again")]
    Unavailable,
}

/// An event that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct RefusedEvent {
    /// Its place in the batch, from 0.
    pub(crate) index: usize,
    pub(crate) reason: Reason,
}

/// Why it cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    NotAnObject,
    NoType,
    TooLarge,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Self::NotAnObject => "is no object",
            Self::NoType => "has no type",
            Self::TooLarge => "has more than 32 KB",
        }
    }
}

/// How many events the message names; the list has all of them.
const NAMED_MAX: usize = 5;

fn events(accepted: usize, refused: &[RefusedEvent]) -> String {
    let named = refused.iter().take(NAMED_MAX).map(|event| format!("event {} {}", event.index, event.reason.text()));
    let mut message = named.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = refused.len().checked_sub(NAMED_MAX) {
        message.push_str(&format!(", and {more} more"));
    }
    message.push_str(&match accepted {
        0 => String::new(),
        1 => "; the other one is accepted".to_owned(),
        _ => format!("; the other {accepted} are accepted"),
    });
    message
}

impl Refusal {
    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::NoPath => 404,
            Self::Method { .. } => 405,
            Self::Coding => 415,
            Self::TooLarge { .. } => 413,
            Self::NoKey | Self::UnknownKey => 401,
            Self::Unavailable => 503,
            Self::NotBase64
            | Self::NotGzip
            | Self::NotUtf8
            | Self::NotJson { .. }
            | Self::NoBatch
            | Self::TooMany { .. }
            | Self::SharedTooLarge { .. }
            | Self::Events { .. } => 400,
        }
    }

    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoPath => "not_found",
            Self::Method { .. } => "method_not_allowed",
            Self::Coding => "unsupported_encoding",
            Self::TooLarge { .. } => "too_large",
            Self::NotBase64 | Self::NotGzip | Self::NotUtf8 | Self::NotJson { .. } => "malformed_body",
            Self::NoBatch => "no_batch",
            Self::TooMany { .. } => "too_many_events",
            Self::SharedTooLarge { .. } => "context_too_large",
            Self::NoKey | Self::UnknownKey => "invalid_write_key",
            Self::Events { .. } => "invalid_events",
            Self::Unavailable => "unavailable",
        }
    }
}
