//! COPY from Parquet: columns by position, types that match closely. DuckDB reads the files, from a temporary copy.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use duckdb::Connection;

use super::command::CopyCommand;
use super::failure::{CopyFailure, LoadErrorRow};
use super::manifest::SourceObject;
use super::table::{Table, quoted};
use super::text::of_column;
use super::{CANCELLED, CopiedFile};
use crate::objects::ObjectSource;
use crate::types::{RedshiftType, TargetColumn};

/// The code of an error that the scan of a columnar file reports.
const SCAN_ERROR: i32 = 15_007;
/// How much of an object is copied between two looks at the cancel flag, in bytes.
const COPY_BYTES: usize = 1024 * 1024;

/// What a load from Parquet works with.
pub(super) struct ParquetLoad<'a> {
    pub(super) connection: &'a Connection,
    pub(super) command: &'a CopyCommand,
    pub(super) table: &'a Table,
    pub(super) columns: &'a [TargetColumn],
    pub(super) objects: &'a dyn ObjectSource,
    pub(super) cancel: &'a AtomicBool,
}

/// A column of a file: its name and DuckDB's type for it.
struct FileColumn {
    name: String,
    data_type: String,
}

impl ParquetLoad<'_> {
    /// Loads one object; `None` if it does not exist and need not.
    pub(super) fn load(&self, object: &SourceObject) -> Result<Option<CopiedFile>, CopyFailure> {
        let url = object.location.to_string();
        let opened = match self.objects.open(&object.location) {
            Ok(opened) => opened,
            Err(error) if error.is_missing() && !object.mandatory => return Ok(None),
            Err(error) => return Err(CopyFailure::of(error.to_string())),
        };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::Interrupted => CopyFailure::of(CANCELLED),
            _ => CopyFailure::of(format!("{url} could not be read to its end: {error}")),
        };
        let file = tempfile::Builder::new().suffix(".parquet").tempfile().map_err(failed)?;
        self.download(opened.reader, file.as_file()).map_err(failed)?;
        let path = file.path().to_string_lossy().replace('\'', "''");
        let scan = format!("read_parquet('{path}')");
        let found = self.file_columns(&scan, &url)?;
        let expressions = self.expressions(&found, &url)?;
        self.check_values(&scan, &found, &url)?;
        let rows = self.insert(&scan, &expressions, &url)?;
        Ok(Some(CopiedFile { url, rows, bytes: opened.size }))
    }

    fn download(&self, mut reader: Box<dyn Read + Send>, mut file: &File) -> io::Result<()> {
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match reader.read(&mut buffer) {
                Ok(0) => return file.flush(),
                Ok(read) => file.write_all(&buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn file_columns(&self, scan: &str, url: &str) -> Result<Vec<FileColumn>, CopyFailure> {
        let unreadable = |error: duckdb::Error| self.scan_failure(url, scan, &error);
        let sql = format!("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {scan})");
        let mut statement = self.connection.prepare(&sql).map_err(unreadable)?;
        let rows = statement.query_map([], |row| Ok(FileColumn { name: row.get(0)?, data_type: row.get(1)? }));
        rows.and_then(Iterator::collect).map_err(unreadable)
    }

    /// For each target column the SQL of its value.
    fn expressions(&self, found: &[FileColumn], url: &str) -> Result<Vec<String>, CopyFailure> {
        let fill = self.command.options.fill_record;
        if found.len() != self.columns.len() && !(fill && found.len() < self.columns.len()) {
            let context = format!(
                "Unmatched number of columns between table and file. Table columns: {}, Data columns: {}, File name: {url}",
                self.columns.len(),
                found.len()
            );
            return Err(self.failure(url, None, context));
        }
        let expression = |(at, target): (usize, &TargetColumn)| match found.get(at) {
            None => Ok("NULL".to_owned()),
            Some(column) => convert(column, target.data_type).ok_or_else(|| self.incompatible(column, target, url)),
        };
        self.columns.iter().enumerate().map(expression).collect()
    }

    /// Lengths and NULLs, which DuckDB does not check as Redshift does.
    fn check_values(&self, scan: &str, found: &[FileColumn], url: &str) -> Result<(), CopyFailure> {
        let measures = self.columns.iter().enumerate().map(|(at, target)| match found.get(at) {
            None => "0, count(*)".to_owned(),
            Some(column) => {
                let name = quoted(&column.name);
                let length = if target.data_type.is_text() { format!("max(strlen({name}))") } else { "0".to_owned() };
                format!("coalesce({length}, 0), count(*) - count({name})")
            }
        });
        let sql = format!("SELECT {} FROM {scan}", measures.collect::<Vec<_>>().join(", "));
        let count = self.columns.len() * 2;
        let measured = self
            .connection
            .query_row(&sql, [], |row| (0..count).map(|at| row.get::<_, i64>(at)).collect::<Result<Vec<_>, _>>());
        let measured = measured.map_err(|error| self.scan_failure(url, scan, &error))?;
        for (target, values) in self.columns.iter().zip(measured.chunks_exact(2)) {
            let limit = target.data_type.length().filter(|_| target.data_type.is_text());
            if let Some(limit) = limit.filter(|limit| values[0] > i64::from(*limit)) {
                let context = format!(
                    "The length of the data column {} is longer than the length defined in the table. Table: {limit}, Data: {}",
                    target.name, values[0]
                );
                return Err(self.failure(url, Some(target), context));
            }
            if target.not_null && values[1] > 0 {
                let context = format!("Missing data for not-null field: {} has {} NULLs", target.name, values[1]);
                return Err(self.failure(url, Some(target), context));
            }
        }
        Ok(())
    }

    fn insert(&self, scan: &str, expressions: &[String], url: &str) -> Result<u64, CopyFailure> {
        let columns = self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ");
        let sql = if self.command.options.no_load {
            format!("SELECT {} FROM {scan}", expressions.join(", "))
        } else {
            format!("INSERT INTO {} ({columns}) SELECT {} FROM {scan}", self.table.sql(), expressions.join(", "))
        };
        let rows = self.connection.execute(&sql, []).map_err(|error| self.scan_failure(url, scan, &error))?;
        Ok(if self.command.options.no_load { 0 } else { rows as u64 })
    }

    fn incompatible(&self, column: &FileColumn, target: &TargetColumn, url: &str) -> CopyFailure {
        let context = format!(
            "File '{url}' has an incompatible Parquet schema for column '{url}.{}'. Column type: {}, Parquet schema: {} {}",
            target.name,
            target.data_type.to_string().to_uppercase(),
            column.data_type,
            column.name
        );
        self.failure(url, Some(target), context)
    }

    /// DuckDB's own complaint about a file, with the object's name for the temporary one.
    fn scan_failure(&self, url: &str, scan: &str, error: &duckdb::Error) -> CopyFailure {
        let path = scan.trim_start_matches("read_parquet('").trim_end_matches("')");
        self.failure(url, None, format!("File '{url}': {}", error.to_string().replace(path, url)))
    }

    fn failure(&self, url: &str, column: Option<&TargetColumn>, context: String) -> CopyFailure {
        let row = LoadErrorRow {
            file_name: url.to_owned(),
            error_code: SCAN_ERROR,
            error_message: format!("Spectrum Scan Error. {context}"),
            ..column.map(of_column).unwrap_or_default()
        };
        CopyFailure { message: row.error_message.clone(), errors: vec![row] }
    }
}

/// The SQL that gives `column` as `target`, where Redshift takes the one for the other.
fn convert(column: &FileColumn, target: RedshiftType) -> Option<String> {
    let name = quoted(&column.name);
    let same = || Some(name.clone());
    match (column.data_type.as_str(), target) {
        ("TINYINT" | "SMALLINT", RedshiftType::SmallInt | RedshiftType::Integer)
        | ("INTEGER", RedshiftType::Integer)
        | ("BIGINT", RedshiftType::BigInt)
        | ("FLOAT", RedshiftType::Real)
        | ("DOUBLE", RedshiftType::DoublePrecision)
        | ("BOOLEAN", RedshiftType::Boolean)
        | ("DATE", RedshiftType::Date)
        | ("VARCHAR", RedshiftType::Varchar(_))
        | ("BLOB", RedshiftType::Varbyte(_)) => same(),
        ("VARCHAR", RedshiftType::Char(_)) => Some(format!("rtrim({name}, ' ')")),
        ("TIMESTAMP" | "TIMESTAMP_NS" | "TIMESTAMP_MS" | "TIMESTAMP_S", RedshiftType::Timestamp) => {
            Some(format!("{name}::TIMESTAMP"))
        }
        // Microseconds since 1970 in UTC, whatever zone the session is in.
        ("TIMESTAMP WITH TIME ZONE", RedshiftType::Timestamp) => Some(format!("make_timestamp(epoch_us({name}))")),
        ("TIMESTAMP WITH TIME ZONE", RedshiftType::TimestampTz) => same(),
        (text, RedshiftType::Decimal { precision, scale }) => {
            let (found_precision, found_scale) = decimal(text)?;
            (found_scale == scale && found_precision <= precision).then_some(name)
        }
        _ => None,
    }
}

/// The precision and scale of `DECIMAL(p,s)`.
fn decimal(text: &str) -> Option<(u8, u8)> {
    let (precision, scale) = text.strip_prefix("DECIMAL(")?.strip_suffix(')')?.split_once(',')?;
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}
