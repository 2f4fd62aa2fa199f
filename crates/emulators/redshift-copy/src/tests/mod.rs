//! COPY from end to end: bytes in S3, a statement, and the rows that go to the table or to the error table.

mod commands;
mod files;
mod formats;
mod parquet;

use std::sync::atomic::AtomicBool;

use arrow::array::{ArrayRef, RecordBatch, make_array};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use redshift_types::{RedshiftType, TargetColumn};

use super::objects::memory::MemoryObjects;
use super::{Copied, CopyFailure, field_columns, parse, run};

/// Reads `a int not null default 5; b varchar(3) identity`.
fn target(ddl: &str) -> Vec<TargetColumn> {
    let column = |text: &str| {
        let (name, rest) = text.trim().split_once(' ').unwrap();
        let (rest, default) = rest.split_once(" default ").map_or((rest, None), |(rest, value)| (rest, Some(value)));
        let (rest, identity) = rest.strip_suffix(" identity").map_or((rest, false), |rest| (rest, true));
        let (rest, not_null) = rest.strip_suffix(" not null").map_or((rest, false), |rest| (rest, true));
        let data_type = RedshiftType::parse(rest).unwrap();
        TargetColumn { name: name.to_owned(), data_type, not_null, default: default.map(str::to_owned), identity }
    };
    ddl.split(';').map(column).collect()
}

/// What a COPY did and the rows it added, in the order of its columns.
fn copy(ddl: &str, sql: &str, objects: &MemoryObjects) -> Result<(Copied, String), CopyFailure> {
    copy_unless(ddl, sql, objects, &AtomicBool::new(false))
}

fn copy_unless(
    ddl: &str,
    sql: &str,
    objects: &MemoryObjects,
    cancel: &AtomicBool,
) -> Result<(Copied, String), CopyFailure> {
    let command = parse(sql).map_err(|error| CopyFailure { message: error.to_string(), errors: Vec::new() })?;
    let columns = field_columns(&command, &target(ddl))?;
    let mut rows = Vec::new();
    let mut append = |batch: RecordBatch| {
        rows.extend((0..batch.num_rows()).map(|row| row_of(&batch, row)));
        Ok(())
    };
    let copied = run(&command, &columns, objects, cancel, &mut append)?;
    Ok((copied, rows.join(" / ")))
}

/// A row, its columns separated by `|`.
fn row_of(batch: &RecordBatch, row: usize) -> String {
    let options = FormatOptions::new()
        .with_null("NULL")
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"));
    let value = |values: &ArrayRef| match values.data_type() {
        // The formatter knows zones by their offset only.
        DataType::Timestamp(unit, Some(zone)) if zone.as_ref() == "UTC" => {
            let utc = values.to_data().into_builder().data_type(DataType::Timestamp(*unit, Some("+00:00".into())));
            let utc = make_array(utc.build().unwrap());
            ArrayFormatter::try_new(&utc, &options).unwrap().value(row).to_string()
        }
        _ => ArrayFormatter::try_new(values, &options).unwrap().value(row).to_string(),
    };
    batch.columns().iter().map(value).collect::<Vec<_>>().join("|")
}

/// The rows that a COPY adds, or why there are none.
fn outcome(ddl: &str, sql: &str, objects: &MemoryObjects) -> String {
    copy(ddl, sql, objects).map(|(_, rows)| rows).unwrap_or_else(|failure| shown(&failure))
}

/// A failure with its bad records: line, column and type, position, code, reason, value.
fn shown(failure: &CopyFailure) -> String {
    let rows = failure.errors.iter().map(|row| {
        format!(
            "line {} {} {}({}) at {}: {} {} [{}]",
            row.line_number,
            row.column_name,
            row.column_type,
            row.column_length,
            row.position,
            row.error_code,
            row.error_message,
            row.raw_field_value
        )
    });
    let rows = rows.collect::<Vec<_>>().join(" / ");
    if rows.is_empty() { failure.message.clone() } else { rows }
}

/// Loads `input` into a table of `ddl` with `options`: the rows, or why there are none.
fn loaded(ddl: &str, options: &str, input: impl Into<Vec<u8>>) -> String {
    let objects = MemoryObjects::default().with("s3://in/file", input);
    outcome(ddl, &format!("COPY t FROM 's3://in/file' IAM_ROLE default {options}"), &objects)
}

#[track_caller]
fn check(ddl: &str, options: &str, input: &str, expected: &str) {
    assert_eq!(loaded(ddl, options, input), expected, "{options}: {input:?}");
}
