//! Where DuckDB has what Redshift's names stand for, and how names and texts are quoted.

/// DuckDB's name for the database that keeps the data. No Redshift schema has it, so `schema.table` is never ambiguous.
pub(crate) const DATABASE: &str = "redshift_local";
/// The schema of the system tables.
pub(crate) const SYSTEM_SCHEMA: &str = "redshift_local_system";
/// The schema that every database has, where unqualified names are found.
pub(crate) const PUBLIC: &str = "public";

/// A text literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An identifier in quotes.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
