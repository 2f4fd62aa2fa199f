#![doc = include_str!("../README.md")]

mod commands;
mod cursor;
mod error;
mod functions;
mod names;
mod privileges;
mod query;
mod rewrite;
mod statement;
mod tables;
#[cfg(test)]
mod tests;
mod views;

pub use error::SqlError;
pub use functions::{Answer, MACROS, SCALARS, SETTINGS, ScalarFunction};
pub use statement::{
    AlterAppend, CreateTable, Grant, GrantObjects, Grantee, Identity, Like, ObjectKind, Relation, Statement,
    StatementKind,
};

use cursor::Cursor;
use redshift_types::{RedshiftType, TargetColumn};

/// What translation must know of the database's tables.
pub trait Catalog {
    /// The columns of a table or view in their order, or `None` if it is not there.
    fn columns(&self, schema: Option<&str>, table: &str) -> Option<Vec<(String, RedshiftType)>>;

    /// The columns of a table with NOT NULL and defaults, which `CREATE TABLE (LIKE ...)` takes over.
    /// Without it, columns are taken over as nullable and without defaults.
    fn definition(&self, schema: Option<&str>, table: &str) -> Option<Vec<TargetColumn>> {
        let columns = self.columns(schema, table)?;
        let column =
            |(name, data_type)| TargetColumn { name, data_type, not_null: false, default: None, identity: false };
        Some(columns.into_iter().map(column).collect())
    }

    /// Whether a function that a user created has this name.
    fn has_function(&self, name: &str) -> bool {
        let _ = name;
        false
    }
}

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
        Some("function") => functions::user::create_function(cursor, catalog),
        Some(other) => Err(SqlError::unsupported(format!("CREATE {}", other.to_uppercase()))),
        None => {
            cursor.seek(at);
            Err(cursor.unexpected())
        }
    }
}
