//! Errors that travel through `std::io::Read` and `Write`.

use std::io;

use objects::{ReadError, is_read_error, read_error};

use crate::content::ContentError;

/// Why a stream ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamError {
    /// The bytes are not what they should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// S3 did not give them.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// They could not be written, for instance because the upload failed.
    #[error("the converted bytes could not be written")]
    Write(#[source] io::Error),
}

impl StreamError {
    /// As a `Read` or `Write` implementation returns it.
    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// What a `Read` or `Write` implementation returned; an error that is none of this crate's and no reader's is one of writing.
    pub(crate) fn from_io(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => read_error(error).map_or_else(Self::Write, Self::Read),
        }
    }
}

/// Whether an error has passed through a decompressor: it is one of this crate, or of the object that is read.
pub(crate) fn is_ours(error: &io::Error) -> bool {
    is_read_error(error) || error.get_ref().is_some_and(|inner| inner.is::<StreamError>())
}
