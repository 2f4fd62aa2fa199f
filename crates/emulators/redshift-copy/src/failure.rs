//! How a load ends when it does not succeed, and the rows of the error tables.

use redshift_types::{RedshiftType, TargetColumn};

use super::options::{Compression, CopyOptions};

/// The error of a cancelled statement.
pub(super) const CANCELLED: &str = "Query cancelled on user's request";

/// The most bad records that are kept for the error tables: what MAXERROR may be at most.
pub(super) const MAX_RECORDED_ERRORS: usize = 100_000;
/// How much of a bad line is kept, in bytes.
const MAX_RAW_BYTES: usize = 1024;

/// A load that failed: nothing of it may stay in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CopyFailure {
    /// The statement's error, as Redshift words it.
    pub message: String,
    /// The bad records, for `sys_load_error_detail` and `stl_load_errors`.
    pub errors: Vec<LoadErrorRow>,
}

impl CopyFailure {
    /// A failure that is not about one record.
    pub(super) fn of(message: impl Into<String>) -> Self {
        Self { message: message.into(), errors: Vec::new() }
    }

    /// A table that does not take the rows; `error` is the database's.
    #[must_use]
    pub fn not_added(table: &str, error: &str) -> Self {
        Self::of(format!("rows could not be added to {table}: {error}"))
    }

    /// A failure whose records the error tables explain.
    pub(super) fn of_records(table: &str, errors: Vec<LoadErrorRow>) -> Self {
        // Two spaces, as Redshift has them.
        let message =
            format!("Load into table '{table}' failed.  Check 'sys_load_error_detail' system table for details.");
        Self { message, errors }
    }
}

/// One bad record. `sys_load_error_detail` shows all but the two raw columns, `stl_load_errors` all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadErrorRow {
    /// The object: `s3://bucket/key`.
    pub file_name: String,
    /// The line of the object that the record begins on (ends on, for JSON), counted from 1 with the header; of Parquet 0.
    pub line_number: i64,
    /// The column, or empty if the record as a whole is bad.
    pub column_name: String,
    /// The column's type: `int4`, `varchar`.
    pub column_type: String,
    /// The declared length: bytes of a string, `18, 0` of a decimal, `0` of what has none.
    pub column_length: String,
    /// The byte of the record that the field begins at, counted from 0.
    pub position: i64,
    /// The record, cut at 1024 bytes.
    pub raw_line: String,
    /// The field before it was converted, cut at 1024 bytes.
    pub raw_field_value: String,
    /// The code of Redshift's load error reference.
    pub error_code: i32,
    /// The reason.
    pub error_message: String,
}

/// Why a value or a record is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) code: i32,
    pub(super) message: String,
}

impl Rejection {
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The text of `bytes` for an error row: cut, and with `?` for what is no character.
pub(super) fn raw_text(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(MAX_RAW_BYTES)];
    let text = String::from_utf8_lossy(cut).replace(['\u{fffd}', '\0'], "?");
    text.trim_end_matches(['\r', '\n']).to_owned()
}

/// Why reading stops before the end of the objects.
#[derive(Debug)]
pub(super) enum Stop {
    /// As many bad records as the load allows: the error table has them.
    TooManyErrors,
    /// The statement was cancelled.
    Cancelled,
    /// The thread that appends is gone; it knows why.
    AppenderGone,
    /// Anything that is not about one record.
    Failed(String),
}

/// The part of an error row that is about the column.
pub(super) fn of_column(column: &TargetColumn) -> LoadErrorRow {
    let column_length = match column.data_type {
        RedshiftType::Decimal { precision, scale } => format!("{precision}, {scale}"),
        other => other.length().unwrap_or_default().to_string(),
    };
    LoadErrorRow {
        column_name: column.name.clone(),
        column_type: column.data_type.type_name().to_owned(),
        column_length,
        ..LoadErrorRow::default()
    }
}

/// A file whose bytes, compression or encoding are broken.
pub(super) fn unreadable(url: &str, options: &CopyOptions, error: &std::io::Error) -> Stop {
    let read_as = match options.compression {
        Compression::None => "",
        Compression::Gzip => " as GZIP",
        Compression::Bzip2 => " as BZIP2",
        Compression::Zstd => " as ZSTD",
    };
    Stop::Failed(format!("{url} could not be read{read_as} to its end: {error}"))
}
