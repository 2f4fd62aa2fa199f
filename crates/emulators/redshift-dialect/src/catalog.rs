//! What translation asks of the database.

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
