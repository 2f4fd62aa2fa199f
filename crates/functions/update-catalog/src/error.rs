use event_lake::state_store::StateError;
use glue_catalog::{ColumnError, Refusal};
use notifications::NoticeError;
use vendor_files::HeadError;

/// Why a file is not registered. With a queue its message is delivered again, and kept in the dead-letter queue in the end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Discard after the retries of the trigger: the event is none that is known.
    #[error("the event was not read")]
    Notice(#[from] NoticeError),
    /// Retry, unless the file is not Parquet.
    #[error("the schema of the file was not read")]
    Schema(#[source] Box<HeadError>),
    /// Kept: a column has no place in a table.
    #[error("{file} has a column that no table can have")]
    Column {
        /// The file.
        file: String,
        /// Which one.
        #[source]
        source: ColumnError,
    },
    /// Kept: the table cannot read the file.
    #[error("the file was not registered")]
    Refused(#[source] Box<Refusal>),
    /// Retry: another file of the same table failed, and they are registered together.
    #[error("{0} was not registered, because its table was not")]
    Together(String),
    /// Retry: the catalog did not answer, or refused.
    #[error("the catalog was not updated")]
    Catalog(#[source] glue_catalog::Error),
    /// Retry: the state of a compaction could not be read.
    #[error("where the files of the day are was not read")]
    State(#[source] StateError),
    /// Retry: others kept changing the table, or it was dropped meanwhile.
    #[error(
        "table {table} was changed by others {attempts} times while it was updated; the message will be delivered again"
    )]
    Contended {
        /// The table.
        table: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// Bug: a table lacks what every table has.
    #[error("the definition of table {table} is not complete")]
    Definition {
        /// The table.
        table: String,
        /// What it lacks.
        #[source]
        source: aws_sdk_glue::error::BuildError,
    },
}

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Notice(_) => "Notice",
            Self::Schema(_) => "Schema",
            Self::Column { .. } => "Column",
            Self::Refused(_) => "Refused",
            Self::Together(_) => "Together",
            Self::Catalog(_) => "Catalog",
            Self::State(_) => "State",
            Self::Contended { .. } => "Contended",
            Self::Definition { .. } => "Definition",
        }
    }
}
