//! What the tests of conversions share.

#![allow(dead_code, reason = "not every test needs everything")]

use std::collections::BTreeMap;

use std::io::Read;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use event_parquet::{Layout, Limits, Part, Rejected, Report, Sink, SinkError, Source, convert};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::SourceFile;
use serde_json::{Map, Value, json};

/// Tables with columns of every type, at every depth.
const PIPELINE: &str = r#"
description = "p"
[events]
description = "e"
[events.tables.posts]
description = "t"
type = "track"
event = "Post Created"
[events.tables.posts.columns]
title = { type = "string" }
ok = { type = "boolean" }
small = { type = "int" }
large = { type = "bigint" }
ratio = { type = "double" }
day = { type = "date" }
at = { type = "timestamp" }
library = { path = "context.library.name", type = "string" }
place = { path = "context.place", type = "string" }
town = { path = "context.place.town", type = "string" }
[events.tables.users]
description = "t"
type = "identify"
[events.tables.users.columns]
plan = { type = "string" }
"#;

pub(crate) fn layout() -> Layout {
    let file = SourceFile { path: "p/pipeline.toml".to_owned(), text: PIPELINE.to_owned() };
    Layout::new(pipeline::parse(&[file]).unwrap().events().unwrap())
}

/// Limits for tests that write little.
pub(crate) fn limits() -> Limits {
    Limits::new(std::env::temp_dir())
}

pub(crate) fn source(place: Option<(&str, &str)>) -> Source {
    let place = place.map(|(table, date)| (table.to_owned(), date.to_owned()));
    Source { name: "s3://lake/raw/a".to_owned(), version: Some("v1".to_owned()), place }
}

/// A finished file.
pub(crate) struct Written {
    pub(crate) table: String,
    pub(crate) date: String,
    pub(crate) number: u32,
    pub(crate) rows: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Keeps what is made.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) files: Vec<Written>,
    pub(crate) rejected: Vec<Value>,
}

impl Sink for Kept {
    fn file(&mut self, mut part: Part) -> Result<(), SinkError> {
        let mut bytes = Vec::new();
        part.file.read_to_end(&mut bytes)?;
        let Part { table, date, number, rows, .. } = part;
        self.files.push(Written { table, date, number, rows, bytes });
        Ok(())
    }

    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError> {
        self.rejected.push(serde_json::from_slice(&rejected.to_line(&source(None)))?);
        Ok(())
    }
}

impl Kept {
    /// The rows of all files, in the order of the files.
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.files.iter().flat_map(|file| batches(&file.bytes).into_iter().flat_map(|batch| rows(&batch))).collect()
    }

    /// One line per rejected text: line, offset, length, reason and the text.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let text = |value: &Value| {
            use base64::Engine;
            let raw = base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
            String::from_utf8_lossy(&raw).chars().take(40).collect::<String>()
        };
        let line = |line: &Value| {
            let reason = line["reason"].as_str().unwrap();
            format!("{}@{}+{} {reason}: {}", line["line"], line["offset"], line["length"], text(&line["raw"]))
        };
        self.rejected.iter().map(line).collect()
    }

    /// Table, day, number and rows of all files.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |file: &Written| format!("{}/{}/{} {}", file.table, file.date, file.number, file.rows);
        self.files.iter().map(name).collect()
    }
}

/// Converts events that determine themselves where they belong.
pub(crate) fn run(bytes: impl Read) -> (Report, Kept) {
    run_with(bytes, &source(None), &limits())
}

pub(crate) fn run_with(bytes: impl Read, source: &Source, limits: &Limits) -> (Report, Kept) {
    let mut kept = Kept::default();
    let report = convert(bytes, source, &layout(), limits, &mut kept).unwrap();
    (report, kept)
}

pub(crate) fn batches(bytes: &[u8]) -> Vec<RecordBatch> {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

/// Rows as JSON, without NULLs; times as RFC 3339 texts would lose digits, so they stay numbers.
pub(crate) fn rows(batch: &RecordBatch) -> Vec<Value> {
    let row = |at: usize| {
        let value = |(field, column): (&std::sync::Arc<arrow::datatypes::Field>, &std::sync::Arc<dyn Array>)| {
            column.is_valid(at).then(|| (field.name().clone(), cell(column, at)))
        };
        let schema = batch.schema();
        let fields: Map<String, Value> = schema.fields().iter().zip(batch.columns()).filter_map(value).collect();
        Value::Object(fields)
    };
    (0..batch.num_rows()).map(row).collect()
}

fn cell(column: &dyn Array, at: usize) -> Value {
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(at)),
        DataType::Boolean => json!(column.as_boolean().value(at)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(at)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(at)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(at)),
        DataType::Date32 => json!(column.as_primitive::<Date32Type>().value(at)),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if zone.as_ref() == "UTC" => {
            json!(column.as_primitive::<TimestampMicrosecondType>().value(at))
        }
        other => json!(other.to_string()),
    }
}

/// The names of a file's columns and their types.
pub(crate) fn schema(bytes: &[u8]) -> BTreeMap<String, String> {
    let batch = &batches(bytes)[0];
    batch.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().to_string())).collect()
}

/// Gives its bytes a few at a time.
pub(crate) struct Trickle<'a>(pub(crate) &'a [u8], pub(crate) usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}
