//! Result sets: their columns, and their rows in pages that are ready to send.

use std::fs::File;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;

use arrow::array::{Array as _, StructArray};

use super::columns::Column;
use super::values::{Field, field};

/// A result may hold this many bytes.
const MAX_RESULT_BYTES: u64 = 500 * 1024 * 1024;
/// A row of a result may hold this many bytes.
const MAX_ROW_BYTES: usize = 64 * 1024;
/// A page ends at this many bytes or rows, whichever comes first.
const PAGE_BYTES: usize = 1024 * 1024;
const PAGE_ROWS: u64 = 1_000;
/// Pages beyond this many bytes go to a temporary file.
const MEMORY_BYTES: u64 = 4 * 1024 * 1024;

/// How rows were asked for when the statement was executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) enum Format {
    /// Typed fields, for GetStatementResult.
    #[default]
    #[serde(rename = "JSON")]
    Json,
    /// CSV text, for GetStatementResultV2.
    #[serde(rename = "CSV")]
    Csv,
}

/// Why a result could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultError {
    #[error("Row size exceeds the limit of 64 KB")]
    Row,
    #[error("Query result size exceeds the limit of 500 MB")]
    Size,
    #[error("the result could not be written to a temporary file")]
    Spill(#[source] io::Error),
}

#[derive(Debug)]
struct Page {
    offset: u64,
    length: usize,
}

/// A complete result.
#[derive(Debug)]
pub(crate) struct ResultSet {
    pub(crate) columns: Vec<Column>,
    pub(crate) format: Format,
    pub(crate) rows: u64,
    /// The values' bytes.
    pub(crate) bytes: u64,
    pages: Vec<Page>,
    memory: Vec<u8>,
    spilled: Option<File>,
}

impl ResultSet {
    /// The text of a page: the records of a JSON array, or CSV lines; `None` when there is no such page.
    pub(crate) fn page(&self, number: usize) -> Option<io::Result<String>> {
        let page = self.pages.get(number)?;
        let mut bytes = vec![0; page.length];
        let read = match &self.spilled {
            Some(file) => file.read_exact_at(&mut bytes, page.offset),
            None => {
                let start = usize::try_from(page.offset).unwrap_or(usize::MAX);
                bytes.copy_from_slice(&self.memory[start..start + page.length]);
                Ok(())
            }
        };
        Some(read.and_then(|()| String::from_utf8(bytes).map_err(io::Error::other)))
    }

    /// Whether a page follows this one.
    pub(crate) fn has_page(&self, number: usize) -> bool {
        number < self.pages.len()
    }
}

/// Collects rows into a result.
pub(crate) struct Builder {
    result: ResultSet,
    page: Vec<u8>,
    page_rows: u64,
    written: u64,
}

impl Builder {
    pub(crate) fn new(columns: Vec<Column>, format: Format) -> Self {
        let mut page = Vec::new();
        if format == Format::Csv {
            write_csv(&mut page, columns.iter().map(|column| column.label.clone()));
        }
        let result =
            ResultSet { columns, format, rows: 0, bytes: 0, pages: Vec::new(), memory: Vec::new(), spilled: None };
        Self { result, page, page_rows: 0, written: 0 }
    }

    /// Adds the rows of a chunk.
    pub(crate) fn push(&mut self, chunk: &StructArray) -> Result<(), ResultError> {
        for row in 0..chunk.len() {
            let fields: Vec<Field> = chunk.columns().iter().map(|column| field(column.as_ref(), row)).collect();
            self.push_row(&fields)?;
        }
        Ok(())
    }

    /// Adds one row.
    pub(crate) fn push_row(&mut self, fields: &[Field]) -> Result<(), ResultError> {
        let size: usize = fields.iter().map(Field::size).sum();
        if size > MAX_ROW_BYTES {
            return Err(ResultError::Row);
        }
        self.result.bytes += size as u64;
        if self.result.bytes > MAX_RESULT_BYTES {
            return Err(ResultError::Size);
        }
        match self.result.format {
            Format::Json => {
                if self.page_rows > 0 {
                    self.page.push(b',');
                }
                let record = serde_json::Value::Array(fields.iter().map(Field::json).collect());
                self.page.extend_from_slice(record.to_string().as_bytes());
            }
            Format::Csv => write_csv(&mut self.page, fields.iter().map(Field::csv)),
        }
        self.page_rows += 1;
        self.result.rows += 1;
        if self.page_rows >= PAGE_ROWS || self.page.len() >= PAGE_BYTES {
            self.end_page()?;
        }
        Ok(())
    }

    /// The result with all its pages.
    pub(crate) fn finish(mut self) -> Result<ResultSet, ResultError> {
        if !self.page.is_empty() || self.result.pages.is_empty() {
            self.end_page()?;
        }
        Ok(self.result)
    }

    fn end_page(&mut self) -> Result<(), ResultError> {
        let length = self.page.len();
        self.result.pages.push(Page { offset: self.written, length });
        self.written += length as u64;
        if self.result.spilled.is_none() && self.written > MEMORY_BYTES {
            let mut file = tempfile::tempfile().map_err(ResultError::Spill)?;
            file.write_all(&std::mem::take(&mut self.result.memory)).map_err(ResultError::Spill)?;
            self.result.spilled = Some(file);
        }
        match &mut self.result.spilled {
            Some(file) => file.write_all(&self.page).map_err(ResultError::Spill)?,
            None => self.result.memory.extend_from_slice(&self.page),
        }
        self.page.clear();
        self.page_rows = 0;
        Ok(())
    }
}

fn write_csv(out: &mut Vec<u8>, values: impl Iterator<Item = String>) {
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if value.contains([',', '"', '\n', '\r']) {
            out.push(b'"');
            out.extend_from_slice(value.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(value.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(rows: usize, text: &str) -> ResultSet {
        let mut builder = Builder::new(Vec::new(), Format::Json);
        for _ in 0..rows {
            builder.push_row(&[Field::Text(text.to_owned())]).unwrap();
        }
        builder.finish().unwrap()
    }

    #[test]
    fn pages_end_at_a_thousand_rows_and_survive_the_spill() {
        let long = "x".repeat(5_000);
        for text in ["short", long.as_str()] {
            let result = filled(2_500, text);
            let mut rows = 0;
            let mut page = 0;
            while let Some(records) = result.page(page) {
                let records: Vec<serde_json::Value> = serde_json::from_str(&format!("[{}]", records.unwrap())).unwrap();
                assert!(records.iter().all(|record| record[0]["stringValue"] == text));
                rows += records.len();
                page += 1;
            }
            assert_eq!(rows, 2_500);
            assert_eq!(result.spilled.is_some(), text.len() > 1_000);
        }
    }

    #[test]
    fn a_row_over_64_kb_is_refused() {
        let mut builder = Builder::new(Vec::new(), Format::Json);
        assert!(matches!(builder.push_row(&[Field::Text("x".repeat(70_000))]), Err(ResultError::Row)));
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let mut builder = Builder::new(Vec::new(), Format::Csv);
        builder.push_row(&[Field::Long(1), Field::Null, Field::Text("a,\"b\"".to_owned())]).unwrap();
        assert_eq!(builder.finish().unwrap().page(0).unwrap().unwrap(), "\r\n1,,\"a,\"\"b\"\"\"\r\n");
    }
}
