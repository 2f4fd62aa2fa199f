//! Why an upload could not be read or rewritten.

use std::error::Error;

use objects::{ObjectRef, ReadError, WriteError};

use crate::content::ContentError;

/// The head of an object could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// S3 did not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes are not what the format says.
    #[error("{object} is not what its dataset says")]
    Content {
        /// The object.
        object: ObjectRef,
        /// What is wrong, where, and what to change.
        #[source]
        source: ContentError,
    },
    /// The thread that decompresses was stopped, as when the runtime shuts down.
    #[error("reading {object} was stopped")]
    Stopped {
        /// The object.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// An object could not be rewritten; the target is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// S3 did not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes are not what the format says.
    #[error("{object} is not what its dataset says")]
    Content {
        /// The object that was read.
        object: ObjectRef,
        /// What is wrong, where, and what to change.
        #[source]
        source: ContentError,
    },
    /// S3 did not take the bytes.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The thread that converts was stopped, as when the runtime shuts down.
    #[error("rewriting {object} was stopped")]
    Stopped {
        /// The object that was read.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
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
