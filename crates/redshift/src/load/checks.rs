//! One statement per check: it counts what is wrong and fails, with the count and an example in its text, when that is too
//! much.

use pipeline::{Check, CheckRule, LoadMode, TableRef};

use super::values::{text_of, written};
use super::{Request, slice};
use crate::sql::{identifier, identifiers, literal, table};

/// The statement of one check on `subject`, the table that holds the rows of the file.
pub(super) fn statement(request: &Request<'_>, check: &Check, subject: &str, staged: bool) -> String {
    match &check.rule {
        CheckRule::RowsMin(min) => rows(subject, &format!("n < {min}")),
        CheckRule::RowsMax(max) => rows(subject, &format!("n > {max}")),
        CheckRule::RowsMaxDrop(hundredths) => max_drop(request, subject, *hundredths),
        CheckRule::NotNull(column) => offending(&format!(
            "SELECT COUNT(*) AS n, CAST(NULL AS VARCHAR) AS example FROM {subject} WHERE {} IS NULL",
            identifier(column)
        )),
        CheckRule::Unique(columns) => unique(request, columns, subject, staged),
        CheckRule::References { column, table, target } => references(request, column, table, target, subject),
        CheckRule::Accepted { column, values } => accepted(request, column, values, subject),
        CheckRule::Sql { sql } => own(sql),
    }
}

/// Fails when the file has rows outside the slice that it replaces: they would stay when the slice is replaced again.
pub(super) fn inside_slice(request: &Request<'_>, subject: &str) -> Option<(String, String)> {
    let condition = slice::condition(request)?;
    let (column, _) = slice::values(request).into_iter().next()?;
    let example = text_of(request.table, column, &identifier(column).to_string());
    // CASE takes an unknown condition for none: a NULL is outside the slice.
    let sql = format!(
        "SELECT COUNT(*) AS n, MIN({example}) AS example FROM {subject} WHERE CASE WHEN {condition} THEN 0 ELSE 1 END = 1"
    );
    Some((format!("slice({})", slice::text(request)), offending(&sql)))
}

/// Fails when a row has no key, which MERGE would insert again with each load, or two rows have one key, of which MERGE would take neither.
pub(super) fn merge_key(request: &Request<'_>, subject: &str) -> Vec<(String, String)> {
    let LoadMode::Merge { key } = &request.dataset.mode else { return Vec::new() };
    let names = key.join(", ");
    let absent = key.iter().map(|column| format!("{} IS NULL", identifier(column))).collect::<Vec<_>>().join(" OR ");
    let complete = format!("SELECT COUNT(*) AS n, CAST(NULL AS VARCHAR) AS example FROM {subject} WHERE {absent}");
    vec![
        (format!("merge_key_not_null({names})"), offending(&complete)),
        (format!("merge_key({names})"), duplicates(request, key, subject)),
    ]
}

/// The author's query counts what offends: one row, whose first column is that number, whatever it is called. No row and NULL say nothing,
/// and fail.
fn own(sql: &str) -> String {
    format!(
        "SELECT CAST(CASE WHEN COUNT(*) <> 1 THEN 'observed ' || CAST(COUNT(*) AS VARCHAR) || ' rows where one was expected' \
         WHEN MAX(n) IS NULL THEN 'observed NULL' WHEN MAX(n) <> 0 THEN 'observed ' || CAST(MAX(n) AS VARCHAR) \
         ELSE '0' END AS INTEGER) FROM ({sql}) AS counted (n)"
    )
}

fn rows(subject: &str, wrong: &str) -> String {
    format!(
        "SELECT CAST(CASE WHEN {wrong} THEN 'observed ' || CAST(n AS VARCHAR) || ' rows' ELSE '0' END AS INTEGER) \
         FROM (SELECT COUNT(*) AS n FROM {subject}) AS counted"
    )
}

/// Compares with the newest load of the same rows in the ledger: the table's own old rows are gone by now.
fn max_drop(request: &Request<'_>, subject: &str, hundredths: u32) -> String {
    let earlier = format!(
        "SELECT rows_loaded FROM landfall.loads WHERE dataset = {} AND slice IN ({}) AND trusted \
         ORDER BY loaded_at DESC LIMIT 1",
        literal(request.dataset.name.as_str()),
        slice::texts(request),
    );
    let keep = 10_000_u32.saturating_sub(hundredths);
    format!(
        "SELECT CAST(CASE WHEN loaded.n * 10000 < earlier.n * {keep} \
         THEN 'observed ' || CAST(loaded.n AS VARCHAR) || ' rows after ' || CAST(earlier.n AS VARCHAR) ELSE '0' END AS INTEGER) \
         FROM (SELECT COUNT(*) AS n FROM {subject}) AS loaded \
         CROSS JOIN (SELECT COALESCE(MAX(rows_loaded), 0) AS n FROM ({earlier}) AS newest) AS earlier"
    )
}

/// Files that are appended must be unique together with the rows that are there.
fn unique(request: &Request<'_>, columns: &[String], subject: &str, staged: bool) -> String {
    if !(staged && matches!(request.dataset.mode, LoadMode::Append)) {
        return duplicates(request, columns, subject);
    }
    let names = identifiers(columns.iter().map(String::as_str));
    let target = table(&request.table.name);
    let together = format!("(SELECT {names} FROM {target} UNION ALL SELECT {names} FROM {subject}) AS together");
    duplicates(request, columns, &together)
}

fn duplicates(request: &Request<'_>, columns: &[String], subject: &str) -> String {
    let names = identifiers(columns.iter().map(String::as_str));
    let example = columns
        .iter()
        .map(|c| format!("COALESCE({}, 'NULL')", text_of(request.table, c, &identifier(c).to_string())))
        .collect::<Vec<_>>()
        .join(" || ', ' || ");
    offending(&format!(
        "SELECT COUNT(*) AS n, MIN(example) AS example FROM \
         (SELECT {example} AS example FROM {subject} GROUP BY {names} HAVING COUNT(*) > 1) AS repeated"
    ))
}

fn references(request: &Request<'_>, column: &str, other: &TableRef, target: &str, subject: &str) -> String {
    let child = format!("child.{}", identifier(column));
    let (example, target) = (text_of(request.table, column, &child), identifier(target));
    offending(&format!(
        "SELECT COUNT(*) AS n, MIN({example}) AS example FROM {subject} AS child \
         LEFT JOIN (SELECT DISTINCT {target} AS parent_key FROM {}) AS parent ON {child} = parent.parent_key \
         WHERE {child} IS NOT NULL AND parent.parent_key IS NULL",
        table(other)
    ))
}

fn accepted(request: &Request<'_>, column: &str, values: &[String], subject: &str) -> String {
    let text = text_of(request.table, column, &identifier(column).to_string());
    let values =
        values.iter().map(|v| literal(&written(request.table, column, v)).to_string()).collect::<Vec<_>>().join(", ");
    offending(&format!("SELECT COUNT(*) AS n, MIN({text}) AS example FROM {subject} WHERE {text} NOT IN ({values})"))
}

/// Fails when `query`, with the columns `n` and `example`, counts anything.
fn offending(query: &str) -> String {
    format!(
        "SELECT CAST(CASE WHEN n > 0 THEN 'observed ' || CAST(n AS VARCHAR) \
         || COALESCE(', for example ' || LEFT(example, 100), '') ELSE '0' END AS INTEGER) FROM ({query}) AS counted"
    )
}
