//! Statements and what they give, run on DuckDB.

mod changes;
mod definitions;
mod functions;
mod queries;

use std::cell::RefCell;
use std::collections::HashMap;

use duckdb::Connection;
use duckdb::types::{TimeUnit, Value};

use redshift_dialect::{Catalog, StatementKind, translate};
use redshift_types::{RedshiftType, TargetColumn};

use super::prepare;

/// A database with the tables that its statements created.
struct Database {
    connection: Connection,
    tables: RefCell<HashMap<String, Vec<TargetColumn>>>,
}

impl Catalog for Database {
    fn columns(&self, _schema: Option<&str>, table: &str) -> Option<Vec<(String, RedshiftType)>> {
        let columns = self.definition(None, table)?;
        Some(columns.into_iter().map(|column| (column.name, column.data_type)).collect())
    }

    fn definition(&self, _schema: Option<&str>, table: &str) -> Option<Vec<TargetColumn>> {
        self.tables.borrow().get(table).cloned()
    }
}

impl Database {
    fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        prepare(&connection).unwrap();
        prepare(&connection).unwrap();
        Self { connection, tables: RefCell::default() }
    }

    fn with(statements: &[&str]) -> Self {
        let database = Self::new();
        for statement in statements {
            database.run(statement);
        }
        database
    }

    fn run(&self, sql: &str) {
        self.try_run(sql).map_err(|error| format!("{sql}: {error}")).unwrap();
    }

    fn try_run(&self, sql: &str) -> Result<(), String> {
        let statement = translate(sql, self).map_err(|error| error.to_string())?;
        for sql in &statement.sql {
            self.connection.execute_batch(sql).map_err(|error| format!("{error} in {sql}"))?;
        }
        match statement.kind {
            StatementKind::CreateTable(table) => {
                self.tables.borrow_mut().insert(statement.writes[0].name.clone(), table.columns);
            }
            StatementKind::Drop { .. } => self.tables.borrow_mut().retain(|name, _| *name != statement.writes[0].name),
            _ => {}
        }
        Ok(())
    }

    /// Column names and rows, one line each.
    fn rows(&self, sql: &str) -> String {
        self.try_rows(sql).map_err(|error| format!("{sql}: {error}")).unwrap()
    }

    fn try_rows(&self, sql: &str) -> Result<String, String> {
        let statement = translate(sql, self).map_err(|error| error.to_string())?;
        let sql = statement.sql.last().cloned().unwrap_or_default();
        let mut prepared = self.connection.prepare(&sql).map_err(|error| format!("{error} in {sql}"))?;
        let mut rows = prepared.query([]).map_err(|error| format!("{error} in {sql}"))?;
        let names = rows.as_ref().map(|statement| statement.column_names()).unwrap_or_default();
        let mut lines = vec![names.join(" | ")];
        while let Some(row) = rows.next().map_err(|error| error.to_string())? {
            let cells: Vec<String> = (0..names.len()).map(|at| shown(row.get(at).unwrap())).collect();
            lines.push(cells.join(" | "));
        }
        Ok(lines.join("\n"))
    }
}

fn shown(value: Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Boolean(value) => value.to_string(),
        Value::TinyInt(value) => value.to_string(),
        Value::SmallInt(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(value) => value.to_string(),
        Value::HugeInt(value) => format!("{value} (hugeint)"),
        Value::Float(value) => value.to_string(),
        Value::Double(value) => format!("{value}f"),
        Value::Decimal(value) => value.to_string(),
        Value::Text(value) => value,
        Value::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Value::Date32(days) => moment(i64::from(days) * 86_400_000_000)[..10].to_string(),
        Value::Time64(TimeUnit::Microsecond, micros) => moment(micros)[11..].to_string(),
        Value::Timestamp(TimeUnit::Microsecond, micros) => moment(micros),
        other => format!("{other:?}"),
    }
}

fn moment(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros).unwrap().format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// One value of a query without tables.
fn value(expression: &str) -> String {
    let rows = Database::new().rows(&format!("select {expression}"));
    rows.lines().nth(1).unwrap_or("no row").to_string()
}

#[track_caller]
fn check(expressions: &[(&str, &str)]) {
    let database = Database::new();
    for (expression, expected) in expressions {
        let rows = database.rows(&format!("select {expression}"));
        assert_eq!(rows.lines().nth(1).unwrap_or("no row"), *expected, "{expression}");
    }
}

#[track_caller]
fn refused(sql: &str, expected: &str) {
    let error = Database::new().try_rows(sql).expect_err(sql);
    assert!(error.contains(expected), "{sql}: {error}");
}
