//! CREATE VIEW and CREATE MATERIALIZED VIEW.

use super::catalog::Catalog;
use super::cursor::Cursor;
use super::error::SqlError;
use super::names::{quoted, quoted_relation};
use super::query;
use super::statement::{Statement, StatementKind};

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW ...`, from its first word.
pub(super) fn create_view(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    cursor.expect(&["create"])?;
    let or_replace = cursor.eat(&["or", "replace"]);
    let materialized = cursor.eat(&["materialized"]);
    cursor.expect(&["view"])?;
    let view = cursor.relation()?;
    let mut columns = Vec::new();
    if cursor.eat(&["("]) {
        loop {
            columns.push(quoted(&cursor.identifier()?));
            if cursor.eat(&[")"]) {
                break;
            }
            cursor.expect(&[","])?;
        }
    }
    if materialized {
        skip_materialized_attributes(cursor)?;
    }
    cursor.expect(&["as"])?;
    let start = cursor.position();
    let mut end = cursor.tokens().len();
    let late_binding = end >= start + 4
        && ["with", "no", "schema", "binding"].iter().enumerate().all(|(i, word)| cursor.is_at(end - 4 + i, word));
    if late_binding {
        end -= 4;
    }
    let text = cursor.slice(start, end);
    let query = query::text(text, catalog)?;
    let bare = query.reads.iter().find(|relation| late_binding && relation.schema.is_none());
    if let Some(bare) = bare {
        return Err(SqlError::refused(format!(
            "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING: \"{bare}\" is not"
        )));
    }
    let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
    let sql = format!(
        "CREATE {}VIEW {}{columns} AS {}",
        if or_replace { "OR REPLACE " } else { "" },
        quoted_relation(&view),
        query.sql
    );
    let kind =
        StatementKind::CreateView { or_replace, late_binding, query: text.to_string(), relations: query.reads.clone() };
    Ok(Statement { kind, sql: vec![sql], reads: query.reads, writes: vec![view] })
}

fn skip_materialized_attributes(cursor: &mut Cursor<'_>) -> Result<(), SqlError> {
    super::tables::skip_table_attributes(cursor)?;
    if cursor.eat(&["auto", "refresh"]) && !cursor.eat(&["yes"]) {
        cursor.expect(&["no"])?;
    }
    Ok(())
}
