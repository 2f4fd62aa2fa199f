use std::io;

use arrow::error::ArrowError;

use crate::sas;

/// Why a file's rows end early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A log cannot be read on.
    #[error("the log cannot be read after byte {offset}, in line {line}")]
    ReadLog {
        /// From 1.
        line: u64,
        /// From 0.
        offset: u64,
        /// Why not.
        source: io::Error,
    },
    /// A line that cannot be read could not be written to the rejected lines.
    #[error("line {line} cannot be read, and it could not be written to the rejected lines")]
    RejectedLine {
        /// From 1.
        line: u64,
        /// Why not.
        source: io::Error,
    },
    /// The columns of a batch do not fit together.
    #[error("a batch of rows cannot be built")]
    Batch(#[source] ArrowError),
    /// A SAS file cannot be read.
    #[error(transparent)]
    Sas(#[from] sas::Error),
}
