use std::io;

use arrow::error::ArrowError;

/// Why a SAS file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened.
    #[error("{file} cannot be opened")]
    Open {
        /// What was read.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// The stream could not be written to a temporary file.
    #[error("the stream cannot be written to a temporary file, which needs room for all of it")]
    Spool(#[source] io::Error),
    /// The file's head is not that of a SAS7BDAT file, or of none that can be read.
    #[error("{file} is not a SAS7BDAT file that can be read")]
    Head {
        /// What was read.
        file: String,
        /// Why not.
        source: sas7bdat::Error,
    },
    /// Two columns have the same name.
    #[error("{file} is broken: two of its columns are called \"{column}\"; deliver it again")]
    Column {
        /// What was read.
        file: String,
        /// The name.
        column: String,
    },
    /// The file ends too early.
    #[error(
        "{file} has {length} bytes, and {expected} are needed for the {pages} pages that its header states: it ends in page {page}; deliver it again"
    )]
    Truncated {
        /// What was read.
        file: String,
        /// Its size in bytes.
        length: u64,
        /// The size that its header states, in bytes.
        expected: u64,
        /// How many pages the header states.
        pages: u64,
        /// The first page that is missing or not whole, from 1.
        page: u64,
    },
    /// A page cannot be read.
    #[error("{file} cannot be read after row {row}, at about byte {offset}, in page {page}")]
    Page {
        /// What was read.
        file: String,
        /// How many rows were read.
        row: u64,
        /// Where, in bytes from 0: the page's beginning.
        offset: u64,
        /// Which page, from 1.
        page: u64,
        /// Why not.
        source: sas7bdat::Error,
    },
    /// The file has fewer or more rows than it states.
    #[error("{file} states {stated} rows, and {found} were found; deliver it again")]
    Rows {
        /// What was read.
        file: String,
        /// Without those that are deleted.
        stated: u64,
        /// How many were found.
        found: u64,
    },
    /// A text has another encoding.
    #[error(
        "{file}, row {row}, column {column}: \"{value}\" is not text of the encoding {encoding}; state the encoding that the file really has"
    )]
    Text {
        /// What was read.
        file: String,
        /// From 1.
        row: u64,
        /// Its name.
        column: String,
        /// The text's bytes; what is not ASCII is escaped.
        value: String,
        /// What the file or the caller stated.
        encoding: String,
    },
    /// A date or a time is out of its column's range.
    #[error(
        "{file}, row {row}, column {column}: {value} is out of the range of the type {to}; read dates and times as raw numbers"
    )]
    Value {
        /// What was read.
        file: String,
        /// From 1.
        row: u64,
        /// Its name.
        column: String,
        /// As the file has it.
        value: f64,
        /// The column's type.
        to: String,
    },
    /// The columns of a batch do not fit together.
    #[error("{file}: a batch of rows cannot be built")]
    Batch {
        /// What was read.
        file: String,
        /// Why not.
        source: ArrowError,
    },
    /// The thread that reads cannot be started, or ended without a reason.
    #[error("{file}: the thread that reads it {what}")]
    Thread {
        /// What was read.
        file: String,
        /// What happened.
        what: String,
    },
}
