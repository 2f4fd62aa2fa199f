//! From a statement's text to its translation: which grammar reads it.

use super::catalog::Catalog;
use super::cursor::Cursor;
use super::error::SqlError;
use super::statement::{Statement, StatementKind};
use super::{commands, privileges, query, tables, user_functions, views};

/// Reads one Redshift statement and finds the DuckDB statements that do the same.
///
/// # Errors
///
/// [`SqlError`] says what is wrong with the statement, or what of it is not known here.
pub fn translate(sql: &str, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    let mut cursor = Cursor::statement(sql)?;
    match cursor.word().unwrap_or_else(|| cursor.raw(0).to_string()).as_str() {
        "select" | "with" | "(" => query::select(&cursor, catalog),
        "insert" | "update" | "delete" | "merge" => query::change(&cursor, catalog),
        "create" => create(&mut cursor, catalog),
        "alter" => tables::alter(&mut cursor, catalog),
        "drop" => commands::drop_object(&mut cursor),
        "explain" => explain(&mut cursor, catalog),
        _ => commands::command(&mut cursor, catalog),
    }
}

fn create(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    let mut at = cursor.position() + 1;
    while matches!(
        cursor.word_at(at).as_deref(),
        Some("or" | "replace" | "temp" | "temporary" | "local" | "materialized")
    ) {
        at += 1;
    }
    match cursor.word_at(at).as_deref() {
        Some("table") => tables::create_table(cursor, catalog),
        Some("view") => views::create_view(cursor, catalog),
        Some("schema") => commands::create_schema(cursor),
        Some("user") => privileges::create_user(cursor),
        Some("function") => user_functions::create_function(cursor, catalog),
        Some(other) => Err(SqlError::unsupported(format!("CREATE {}", other.to_uppercase()))),
        None => {
            cursor.seek(at);
            Err(cursor.unexpected())
        }
    }
}

fn explain(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    cursor.advance();
    cursor.eat(&["verbose"]);
    let inner = translate(cursor.rest(), catalog)?;
    let sql = inner.sql.last().map(|sql| format!("EXPLAIN {sql}")).into_iter().collect();
    Ok(Statement { kind: StatementKind::Explain, sql, reads: inner.reads, writes: Vec::new() })
}
