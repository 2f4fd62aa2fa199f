//! The table that a COPY fills: where DuckDB has it, and which of its columns take the fields.

use duckdb::{Connection, params};

use super::command::CopyCommand;
use super::failure::CopyFailure;
use crate::types::TargetColumn;

/// A table's place in DuckDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) catalog: String,
    pub(super) schema: String,
    pub(super) name: String,
}

impl Table {
    /// The table that the command names: a temporary one first, then the session's schema, as Redshift's search path.
    pub(super) fn find(connection: &Connection, command: &CopyCommand) -> Result<Self, CopyFailure> {
        const FIND: &str = "
            SELECT database_name, schema_name, table_name FROM duckdb_tables()
            WHERE lower(table_name) = $1
              AND NOT internal
              AND ($2 IS NULL OR (lower(schema_name) = $2 AND NOT temporary))
            ORDER BY temporary DESC, schema_name = current_schema() DESC, schema_name = 'public' DESC
            LIMIT 1";
        let found = connection.query_row(FIND, params![command.table, command.schema], |row| {
            Ok(Self { catalog: row.get(0)?, schema: row.get(1)?, name: row.get(2)? })
        });
        found.map_err(|error| match error {
            duckdb::Error::QueryReturnedNoRows => {
                let schema = command.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
                CopyFailure::of(format!("Cannot COPY into nonexistent table {schema}{}", command.table))
            }
            error => CopyFailure::of(error.to_string()),
        })
    }

    /// The table's name in SQL.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}.{}", quoted(&self.catalog), quoted(&self.schema), quoted(&self.name))
    }
}

/// An identifier in SQL.
pub(super) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The columns that take the fields, in the order of the fields.
///
/// Without a column list these are all columns but the identity ones, and those too with EXPLICIT_IDS.
pub(super) fn field_columns(command: &CopyCommand, target: &[TargetColumn]) -> Result<Vec<TargetColumn>, CopyFailure> {
    let explicit = command.options.explicit_ids;
    let Some(list) = &command.columns else {
        return Ok(target.iter().filter(|column| explicit || !column.identity).cloned().collect());
    };
    let mut columns: Vec<TargetColumn> = Vec::with_capacity(list.len());
    for name in list {
        let Some(column) = target.iter().find(|column| column.name == *name) else {
            let message = format!("column \"{name}\" of relation \"{}\" does not exist", command.table);
            return Err(CopyFailure::of(message));
        };
        if columns.contains(column) {
            return Err(CopyFailure::of(format!("column \"{name}\" specified more than once")));
        }
        if column.identity && !explicit {
            let message = format!("cannot load the identity column \"{name}\": add EXPLICIT_IDS, or leave it out");
            return Err(CopyFailure::of(message));
        }
        columns.push(column.clone());
    }
    for column in target.iter().filter(|column| !columns.contains(column)) {
        if column.identity && explicit {
            let message = format!("EXPLICIT_IDS needs the identity column \"{}\" in the column list", column.name);
            return Err(CopyFailure::of(message));
        }
        if column.not_null && column.default.is_none() && !column.identity {
            let message = format!(
                "Cannot insert a NULL value into column {}: it is NOT NULL, has no default and is not in the column list",
                column.name
            );
            return Err(CopyFailure::of(message));
        }
    }
    Ok(columns)
}
