//! Errors of ours that travel through `std::io::Read`.

use std::io;

use crate::content::ContentError;
use crate::source::ReadError;

/// Why a stream ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamError {
    /// The bytes are not what they should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// S3 did not give them.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// They could not be handed on, for instance because the upload failed.
    #[error("the bytes could not be handed on")]
    Write(#[source] io::Error),
}

impl StreamError {
    /// Packs the error for a `Read` or `Write` implementation.
    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// Unpacks an error that came through a reader of ours; any other is one of handing on.
    pub(crate) fn from_io(error: io::Error) -> StreamError {
        error.downcast::<StreamError>().unwrap_or_else(StreamError::Write)
    }
}

/// Whether an error is one of ours, packed.
pub(crate) fn is_ours(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<StreamError>())
}
