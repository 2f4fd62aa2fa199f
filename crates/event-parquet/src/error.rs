use std::io;

use parquet::errors::ParquetError;

use crate::sink::SinkError;

/// Why a source was not converted to its end. What was handed over before is sound, but not all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source did not give its bytes: try again later.
    #[error("the source could not be read")]
    Read(#[source] io::Error),
    /// A temporary Parquet file could not be written: is the disk full?
    #[error("the file of {table} of {date} could not be written")]
    Write {
        /// The table.
        table: String,
        /// The day.
        date: String,
        /// Why.
        #[source]
        source: ParquetError,
    },
    /// The temporary file of the events' ids could not be written or read: is the disk full?
    #[error("the ids of events that were seen could not be stored")]
    Seen(#[source] io::Error),
    /// Whoever takes the files and the rejected lines did not.
    #[error("what was made could not be handed over")]
    Sink(#[source] SinkError),
}
