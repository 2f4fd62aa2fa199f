//! Quoting for DuckDB.

use super::statement::Relation;

/// A quoted identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A quoted name with its schema, when it has one.
pub(super) fn quoted_relation(relation: &Relation) -> String {
    match &relation.schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(&relation.name)),
        None => quoted(&relation.name),
    }
}

/// A text literal.
pub(super) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
