use event_lake::state_store::StateError;
use notifications::NoticeError;
use objects::folder::FolderError;
use objects::{ObjectRef, PutError, ReadError, WriteError};

/// Why an object was not written to its end. Every one is worth another delivery, which makes the same files again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Discard after the retries of the trigger: the event is none that is known.
    #[error("the event was not read")]
    Notice(#[from] NoticeError),
    /// Retry: S3 did not say what it has.
    #[error("{object} could not be looked at: {reason}")]
    Look {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        reason: String,
    },
    /// Retry: S3 did not give the bytes of an object.
    #[error(transparent)]
    Read(ReadError),
    /// Retry: where the files of a day are was not read.
    #[error("where the files of the day are was not read")]
    State(#[source] StateError),
    /// Retry: the object's events did not become files, for instance because the disk is full.
    #[error("{object} was not converted")]
    Convert {
        /// The raw object.
        object: ObjectRef,
        /// Why not.
        #[source]
        source: Box<event_parquet::Error>,
    },
    /// Retry: a file was not written.
    #[error(transparent)]
    Put(PutError),
    /// Retry: a small object was not written.
    #[error(transparent)]
    Write(WriteError),
    /// Retry: what is replaced was not deleted.
    #[error("what the object no longer makes was not deleted")]
    Delete(#[source] FolderError),
    /// Bug: the receipt of an earlier delivery is damaged, or a later release wrote it; what it lists would stay.
    #[error(
        "{object} is no receipt that this release reads; if it is damaged, delete it and what its source made before"
    )]
    Receipt {
        /// The receipt.
        object: ObjectRef,
        /// Why it is none.
        #[source]
        source: serde_json::Error,
    },
    /// Retry: the rejected lines could not be kept on the disk.
    #[error("the rejected lines of {object} could not be kept")]
    Rejected {
        /// The raw object.
        object: ObjectRef,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Retry: the thread that converts was stopped, as when the runtime shuts down.
    #[error("the conversion of {object} was stopped")]
    Stopped {
        /// The raw object.
        object: ObjectRef,
        /// Why.
        #[source]
        source: tokio::task::JoinError,
    },
}

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Notice(_) => "Notice",
            Self::Look { .. } => "Look",
            Self::Read(_) => "Read",
            Self::State(_) => "State",
            Self::Convert { .. } => "Convert",
            Self::Put(_) => "Put",
            Self::Write(_) => "Write",
            Self::Delete(_) => "Delete",
            Self::Receipt { .. } => "Receipt",
            Self::Rejected { .. } => "Rejected",
            Self::Stopped { .. } => "Stopped",
        }
    }
}
