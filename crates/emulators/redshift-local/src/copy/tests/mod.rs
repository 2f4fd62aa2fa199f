//! COPY from end to end: bytes in S3, a statement, and the rows of the table or of the error table.

mod commands;
mod files;
mod formats;

use std::sync::atomic::AtomicBool;

use duckdb::Connection;

use super::{Copied, CopyFailure, parse, run};
use crate::objects::memory::MemoryObjects;
use crate::types::{RedshiftType, TargetColumn};

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

/// A database with the empty table `t`.
fn database(ddl: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let columns = target(ddl).into_iter().map(|column| {
        let default = if column.identity { Some("nextval('ids')".to_owned()) } else { column.default.clone() };
        let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
        format!("\"{}\" {}{default}", column.name, column.data_type.duckdb_type())
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    connection.execute_batch(&format!("CREATE SEQUENCE ids; CREATE TABLE t ({columns}); BEGIN")).unwrap();
    connection
}

fn copy(connection: &Connection, ddl: &str, sql: &str, objects: &MemoryObjects) -> Result<Copied, CopyFailure> {
    let command = parse(sql).map_err(|error| CopyFailure { message: error.to_string(), errors: Vec::new() })?;
    run(connection, &command, &target(ddl), objects, &AtomicBool::new(false))
}

/// Every row of `t`, its columns separated by `|`.
fn rows(connection: &Connection) -> String {
    let mut statement = connection.prepare("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t").unwrap();
    let mut found = statement.query([]).unwrap();
    let mut shown = Vec::new();
    while let Some(row) = found.next().unwrap() {
        let columns = row.as_ref().column_count();
        let value = |at| row.get::<_, Option<String>>(at).unwrap().unwrap_or_else(|| "NULL".to_owned());
        shown.push((0..columns).map(value).collect::<Vec<_>>().join("|"));
    }
    shown.join(" / ")
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
    let connection = database(ddl);
    let objects = MemoryObjects::default().with("s3://in/file", input);
    let sql = format!("COPY t FROM 's3://in/file' IAM_ROLE default {options}");
    match copy(&connection, ddl, &sql, &objects) {
        Ok(_) => rows(&connection),
        Err(failure) => shown(&failure),
    }
}

#[track_caller]
fn check(ddl: &str, options: &str, input: &str, expected: &str) {
    assert_eq!(loaded(ddl, options, input), expected, "{options}: {input:?}");
}
