//! The warehouse's own record of the lines that COPY could not read.

use chrono::{DateTime, TimeDelta, Utc};

use crate::client::ResultSet;
use crate::ledger::timestamp;
use crate::sql::literal;

/// How many lines a person is shown.
const LINES: u32 = 10;

/// One line that COPY could not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// From 1; none where a split of the file hides it.
    pub line: Option<u64>,
    /// The table's column.
    pub column: Option<String>,
    /// The column's type with its length.
    pub data_type: Option<String>,
    /// The field's text.
    pub value: Option<String>,
    /// Redshift's code ("Load error reference").
    pub code: Option<i64>,
    /// Redshift's words.
    pub reason: String,
    /// The number of the COPY.
    pub query_id: Option<i64>,
}

/// Asks `stl_load_errors`, which has the field's text and exists on provisioned clusters.
pub fn with_values(url: &str, since: DateTime<Utc>) -> String {
    query("stl_load_errors", url, since, "starttime", "filename", |sql| {
        sql.push_str("line_number, colname, type, col_length, raw_field_value, err_code, err_reason, query");
    })
}

/// Asks `sys_load_error_detail`, which exists everywhere and has no field's text.
pub fn without_values(url: &str, since: DateTime<Utc>) -> String {
    query("sys_load_error_detail", url, since, "start_time", "file_name", |sql| {
        sql.push_str(
            "line_number, column_name, column_type, column_length, CAST(NULL AS VARCHAR), error_code, error_message, query_id",
        );
    })
}

/// The lines of either answer.
pub fn read(result: &ResultSet) -> Vec<LoadError> {
    result
        .rows
        .iter()
        .map(|row| {
            // CHAR columns of system tables are padded with blanks.
            let text = |i: usize| {
                let text = row.get(i).and_then(|v| v.as_str()).map(str::trim).unwrap_or_default();
                (!text.is_empty()).then(|| text.to_owned())
            };
            let number = |i: usize| {
                let value = row.get(i)?;
                value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
            };
            LoadError {
                line: number(0).and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0),
                column: text(1),
                data_type: text(2).map(|name| match text(3).or_else(|| number(3).map(|n| n.to_string())) {
                    Some(length) if length != "0" && name.contains("char") => format!("{name}({length})"),
                    _ => name,
                }),
                value: text(4),
                code: number(5),
                reason: text(6).unwrap_or_else(|| "the warehouse gave no reason".to_owned()),
                query_id: number(7),
            }
        })
        .collect()
}

/// The file's name has at most 256 bytes there; an error is never older than the batch that caused it, up to a second of
/// difference between two clocks.
fn query(
    table: &str,
    url: &str,
    since: DateTime<Utc>,
    time: &str,
    file: &str,
    columns: impl Fn(&mut String),
) -> String {
    let name = &url[..url.floor_char_boundary(256)];
    let since = timestamp(since - TimeDelta::seconds(1));
    let mut sql = "SELECT ".to_owned();
    columns(&mut sql);
    sql.push_str(&format!(
        " FROM {table} WHERE TRIM({file}) = {} AND {time} >= {since} ORDER BY {time} DESC, line_number LIMIT {LINES}",
        literal(name)
    ));
    sql
}
