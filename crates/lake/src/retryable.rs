//! Which failures may pass by themselves, and which are in the file or the settings.

use crate::head::HeadError;
use crate::rewrite::RewriteError;
use crate::source::ReadError;
use crate::write::WriteError;

impl ReadError {
    /// Whether the same read may succeed later. A permission that is missing may be given; what is gone stays gone.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Gone { .. } | Self::Changed { .. } | Self::Malformed { .. } => false,
            Self::Denied { .. } | Self::Request { .. } => true,
        }
    }
}

impl HeadError {
    /// Whether the same read may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Read(error) => error.is_retryable(),
            Self::Content { .. } => false,
            Self::Stopped { .. } => true,
        }
    }
}

impl RewriteError {
    /// Whether the same rewrite may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Read(error) => error.is_retryable(),
            Self::Content { .. } | Self::Write(WriteError::TooLarge { .. }) => false,
            Self::Write(_) | Self::Stopped { .. } => true,
        }
    }
}
