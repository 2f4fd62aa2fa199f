use std::io;

use event_lake::state_store::StateError;
use objects::folder::FolderError;
use objects::{ObjectRef, WriteError};
use parquet::errors::ParquetError;

/// Why a day was not compacted, or not to the end. The next invocation goes on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Discard: the event names a table without a day, or the other way round.
    #[error(
        "the event is not understood; send {{\"table\": \"posts\", \"date\": \"2026-01-02\"}} for one day, or {{}} for all"
    )]
    Request,
    /// Discard: there is no such partition.
    #[error("{table} of {date} is no partition that can be compacted: {problem}")]
    NoSuchDay {
        /// The table.
        table: String,
        /// The day.
        date: String,
        /// What is in the way.
        problem: String,
    },
    /// Retry: the catalog did not answer, or refused.
    #[error("the catalog did not answer as expected")]
    Catalog(#[source] glue_catalog::Error),
    /// Retry: the table changed all the time.
    #[error("table {0} was changed by others while its partition was moved; the next run goes on")]
    Contended(String),
    /// Retry: the state of a day could not be read.
    #[error("the state of the day was not read")]
    ReadState(#[source] StateError),
    /// Retry: the state of a day could not be written.
    #[error("the state of the day was not written")]
    WriteState(#[source] WriteError),
    /// Retry: a folder could not be listed or emptied.
    #[error("a folder of the day was not read or emptied")]
    Folder(#[source] FolderError),
    /// Retry: a file could not be fetched.
    #[error("{object} was not fetched")]
    Fetch {
        /// The file.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Kept as it is: a file is not Parquet, or damaged.
    #[error("{object} is not readable as Parquet; write it again, or move it out of the folder")]
    Content {
        /// The file.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Kept as it is: a column's values would change.
    #[error(
        "{object}: column {column} is {found}, and {wanted} in the table; write the file again with the table's type, or move it out of the folder"
    )]
    Column {
        /// The file.
        object: Box<ObjectRef>,
        /// The column.
        column: String,
        /// Its type in the file.
        found: String,
        /// Its type in the table.
        wanted: String,
    },
    /// Retry: the merged rows could not be written.
    #[error("a merged file was not written")]
    Merge(#[source] ParquetError),
    /// Retry: a merged file could not be stored.
    #[error("{object} was not stored")]
    Store {
        /// The merged file.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Retry: a temporary file failed, for instance because the disk is full.
    #[error("a temporary file failed; the function's disk holds one merged file and one file of the day")]
    Disk(#[source] io::Error),
    /// The day is too large for one invocation.
    #[error(
        "the files of the day, {bytes} bytes, were not merged in time; give the function more memory, which makes it faster, or a longer timeout with LANDFALL_COMPACTION_SECONDS"
    )]
    Deadline {
        /// Of all its files.
        bytes: u64,
    },
    /// Retry: the thread that merges was stopped.
    #[error("merging was stopped")]
    Stopped(#[source] tokio::task::JoinError),
    /// Several days failed.
    #[error("{failed} of {days} days were not compacted; the first: {first}")]
    Days {
        /// How many failed.
        failed: usize,
        /// How many were looked at.
        days: usize,
        /// Which one failed first.
        first: String,
        /// Why.
        #[source]
        source: Box<Error>,
    },
}

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Request => "Request",
            Self::NoSuchDay { .. } => "NoSuchDay",
            Self::Catalog(_) => "Catalog",
            Self::Contended(_) => "Contended",
            Self::ReadState(_) | Self::WriteState(_) => "State",
            Self::Folder(_) => "Folder",
            Self::Fetch { .. } | Self::Content { .. } | Self::Column { .. } => "File",
            Self::Merge(_) | Self::Store { .. } | Self::Disk(_) | Self::Stopped(_) => "Merge",
            Self::Deadline { .. } => "Deadline",
            Self::Days { .. } => "Days",
        }
    }
}
