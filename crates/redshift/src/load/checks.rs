//! One statement per check: it counts what is wrong and fails, with the count and an example in its text, when that is too
//! much.

use pipeline::{Check, CheckRule, LoadMode, TableRef};

use super::{Request, slice_text, slice_values};
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
        CheckRule::References { column, table, target } => references(column, table, target, subject),
        CheckRule::Accepted { column, values } => accepted(column, values, subject),
        // The author's query counts what offends; its first column is that number, whatever it is called.
        CheckRule::Sql { sql } => {
            format!(
                "SELECT CAST(CASE WHEN n <> 0 THEN 'observed ' || CAST(n AS VARCHAR) ELSE '0' END AS INTEGER) FROM ({sql}) AS counted (n)"
            )
        }
    }
}

/// Fails when the file has rows outside the slice that it replaces: they would stay when the slice is replaced again.
pub(super) fn slice(request: &Request<'_>, subject: &str) -> Option<(String, String)> {
    let values = slice_values(request);
    if values.is_empty() {
        return None;
    }
    let inside =
        values.iter().map(|(column, value)| format!("{} = {}", identifier(column), literal(value))).collect::<Vec<_>>();
    let example = identifiers(values.iter().map(|(column, _)| *column).take(1));
    let sql = format!(
        "SELECT COUNT(*) AS n, MIN(CAST({example} AS VARCHAR)) AS example FROM {subject} WHERE ({}) IS NOT TRUE",
        inside.join(" AND ")
    );
    Some((format!("slice({})", slice_text(request)), offending(&sql)))
}

/// Fails when the file has two rows for one key: MERGE would take neither.
pub(super) fn merge_key(request: &Request<'_>, subject: &str) -> Option<(String, String)> {
    let LoadMode::Merge { key } = &request.dataset.mode else { return None };
    Some((format!("merge_key({})", key.join(", ")), duplicates(key, subject)))
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
        "SELECT rows_loaded FROM landfall.loads WHERE dataset = {} AND slice = {} AND trusted \
         ORDER BY loaded_at DESC LIMIT 1",
        literal(request.dataset.name.as_str()),
        literal(&slice_text(request)),
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
        return duplicates(columns, subject);
    }
    let names = identifiers(columns.iter().map(String::as_str));
    let target = table(&request.table.name);
    duplicates(columns, &format!("(SELECT {names} FROM {target} UNION ALL SELECT {names} FROM {subject}) AS together"))
}

fn duplicates(columns: &[String], subject: &str) -> String {
    let names = identifiers(columns.iter().map(String::as_str));
    let example = columns
        .iter()
        .map(|c| format!("COALESCE(CAST({} AS VARCHAR), 'NULL')", identifier(c)))
        .collect::<Vec<_>>()
        .join(" || ', ' || ");
    offending(&format!(
        "SELECT COUNT(*) AS n, MIN(example) AS example FROM \
         (SELECT {example} AS example FROM {subject} GROUP BY {names} HAVING COUNT(*) > 1) AS repeated"
    ))
}

fn references(column: &str, other: &TableRef, target: &str, subject: &str) -> String {
    let (column, target) = (identifier(column), identifier(target));
    offending(&format!(
        "SELECT COUNT(*) AS n, MIN(CAST(child.{column} AS VARCHAR)) AS example FROM {subject} AS child \
         LEFT JOIN (SELECT DISTINCT {target} AS parent_key FROM {}) AS parent ON child.{column} = parent.parent_key \
         WHERE child.{column} IS NOT NULL AND parent.parent_key IS NULL",
        table(other)
    ))
}

fn accepted(column: &str, values: &[String], subject: &str) -> String {
    let column = identifier(column);
    let values = values.iter().map(|v| literal(v).to_string()).collect::<Vec<_>>().join(", ");
    offending(&format!(
        "SELECT COUNT(*) AS n, MIN(CAST({column} AS VARCHAR)) AS example FROM {subject} \
         WHERE CAST({column} AS VARCHAR) NOT IN ({values})"
    ))
}

/// Fails when `query`, with the columns `n` and `example`, counts anything.
fn offending(query: &str) -> String {
    format!(
        "SELECT CAST(CASE WHEN n > 0 THEN 'observed ' || CAST(n AS VARCHAR) \
         || COALESCE(', for example ' || LEFT(example, 100), '') ELSE '0' END AS INTEGER) FROM ({query}) AS counted"
    )
}
