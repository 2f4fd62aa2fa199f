//! Statements and what they are translated to. What they give is tested where DuckDB is: in `redshift-local`.

mod commands;
mod definitions;
mod functions;
mod queries;

use std::collections::HashMap;

use redshift_types::{RedshiftType, TargetColumn};

use super::{Catalog, Statement, StatementKind, translate};

/// The tables that CREATE TABLE statements describe.
#[derive(Default)]
struct Tables(HashMap<String, Vec<TargetColumn>>);

impl Catalog for Tables {
    fn columns(&self, _schema: Option<&str>, table: &str) -> Option<Vec<(String, RedshiftType)>> {
        let columns = self.definition(None, table)?;
        Some(columns.into_iter().map(|column| (column.name, column.data_type)).collect())
    }

    fn definition(&self, _schema: Option<&str>, table: &str) -> Option<Vec<TargetColumn>> {
        self.0.get(table).cloned()
    }
}

impl Tables {
    fn with(statements: &[&str]) -> Self {
        let mut tables = Self::default();
        for sql in statements {
            let statement = tables.translated(sql);
            if let StatementKind::CreateTable(table) = statement.kind {
                tables.0.insert(statement.writes[0].name.clone(), table.columns);
            }
        }
        tables
    }

    #[track_caller]
    fn translated(&self, sql: &str) -> Statement {
        translate(sql, self).map_err(|error| format!("{sql}: {error}")).unwrap()
    }

    /// The last DuckDB statement.
    #[track_caller]
    fn duckdb(&self, sql: &str) -> String {
        self.translated(sql).sql.pop().unwrap_or_default()
    }
}

#[track_caller]
fn refused(sql: &str, expected: &str) {
    let error = translate(sql, &Tables::default()).expect_err(sql).to_string();
    assert!(error.contains(expected), "{sql}: {error}");
}
