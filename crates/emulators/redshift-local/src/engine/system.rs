//! The system tables and views, and what the engine writes into them.

use duckdb::{Connection, params};

use super::identifiers::{DATABASE, SYSTEM_SCHEMA};
use redshift_copy::LoadErrorRow;

/// One COPY that ended.
#[derive(Debug, Clone)]
pub(crate) struct Load<'a> {
    pub(crate) query_id: i64,
    pub(crate) session_id: i64,
    pub(crate) transaction_id: u64,
    pub(crate) table: &'a str,
    pub(crate) database: &'a str,
    pub(crate) status: &'static str,
    pub(crate) rows: u64,
    pub(crate) source: &'a str,
    pub(crate) error: &'a str,
}

/// Creates what is missing and the views anew; called once for a database.
pub(crate) fn prepare(connection: &Connection, database: &str) -> Result<(), duckdb::Error> {
    let sql = include_str!("system.sql")
        .replace("{schema}", &format!("{DATABASE}.{SYSTEM_SCHEMA}"))
        .replace("{database}", DATABASE)
        .replace("{system}", SYSTEM_SCHEMA)
        .replace("{name}", &database.replace('\'', "''"));
    connection.execute_batch(&sql)
}

/// The functions that look into the session.
pub(crate) const SESSION_FUNCTIONS: [&str; 5] =
    ["current_database", "current_setting", "pg_backend_pid", "pg_last_copy_count", "pg_last_copy_id"];

/// Creates [`SESSION_FUNCTIONS`], but `current_setting`, as macros of the database that no restart keeps.
pub(crate) fn prepare_functions(connection: &Connection, database: &str) -> Result<(), duckdb::Error> {
    let name = database.replace('\'', "''");
    connection.execute_batch(&format!(
        "create or replace macro pg_last_copy_id() as coalesce(cast(getvariable('pg_last_copy_id') as integer), -1);
         create or replace macro pg_last_copy_count() as coalesce(cast(getvariable('pg_last_copy_count') as bigint), 0);
         create or replace macro pg_backend_pid() as coalesce(cast(getvariable('pg_backend_pid') as integer), 0);
         create or replace macro current_database() as '{name}';"
    ))
}

/// Keeps what a COPY did, with the lines that failed.
pub(crate) fn record_load(
    connection: &Connection,
    load: &Load<'_>,
    errors: &[LoadErrorRow],
) -> Result<(), duckdb::Error> {
    let schema = format!("{DATABASE}.{SYSTEM_SCHEMA}");
    connection.execute_batch("begin")?;
    let recorded = insert_load(connection, &schema, load, errors);
    connection.execute_batch(if recorded.is_ok() { "commit" } else { "rollback" })?;
    recorded
}

/// The system tables keep the beginning of a file's name: CHAR(256).
const FILE_NAME_BYTES: usize = 256;

fn insert_load(
    connection: &Connection,
    schema: &str,
    load: &Load<'_>,
    errors: &[LoadErrorRow],
) -> Result<(), duckdb::Error> {
    connection.execute(
        &format!("insert into {schema}.emulated_loads values (?, ?, ?, ?, ?, ?, ?, ?, ?, now()::timestamp)"),
        params![
            load.query_id,
            load.session_id,
            load.transaction_id,
            load.database,
            load.table,
            load.status,
            load.rows,
            load.source,
            load.error
        ],
    )?;
    let mut statement = connection.prepare(&format!(
        "insert into {schema}.emulated_load_errors values (?, ?, ?, ?, ?, now()::timestamp, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))?;
    for error in errors {
        statement.execute(params![
            load.query_id,
            load.session_id,
            load.transaction_id,
            load.database,
            load.table,
            &error.file_name[..error.file_name.floor_char_boundary(FILE_NAME_BYTES)],
            error.line_number,
            error.column_name,
            error.column_type,
            error.column_length,
            error.position,
            error.error_code,
            error.error_message,
            error.raw_line,
            error.raw_field_value,
        ])?;
    }
    Ok(())
}
