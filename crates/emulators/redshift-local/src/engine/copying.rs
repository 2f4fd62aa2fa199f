//! COPY inside a session: its lock, its target, and what the system tables remember of it.

use std::sync::atomic::AtomicBool;

use super::catalog::{DATABASE, Table};
use super::errors::Failure;
use super::run::{Outcome, Run};
use super::session::Session;
use super::system::{Load, record_load};
use duckdb::Appender;
use redshift_copy::{Copied, CopyCommand, CopyFailure, LoadErrorRow, S3Objects, field_columns};
use redshift_dialect::Relation;

/// Runs a COPY whose lock is held.
pub(crate) fn copy(run: &mut Run<'_>, sql: &str) -> Result<Outcome, Failure> {
    let command = redshift_copy::parse(sql).map_err(|error| Failure::error(error.to_string()))?;
    let relation = Relation { schema: command.schema.clone(), name: command.table.clone() };
    let Some(client) = &run.engine.config.s3 else {
        return Err(Failure::error("COPY has no Amazon S3 to read from: start redshift-local with an S3 client"));
    };
    let objects = S3Objects::new(client.clone(), run.engine.runtime.clone());
    run.session.begin(true)?;
    let Some(table) = run.table(&relation) else {
        return Err(Failure::error(format!("Cannot COPY into nonexistent table {}", command.table)));
    };
    match load(run.session, &command, &table, &objects, run.record.cancel_flag()) {
        Ok(copied) => {
            remember(run, &command, "completed", copied.rows, "", &copied.errors);
            let variables = format!(
                "set variable pg_last_copy_id = {}; set variable pg_last_copy_count = {}",
                run.query_id, copied.rows
            );
            let set = run.session.connection.execute_batch(&variables);
            set.map_err(|error| Failure::error(error.to_string()))?;
            Ok(Outcome { rows: i64::try_from(copied.rows).unwrap_or(i64::MAX), result: None })
        }
        Err(failure) => {
            remember(run, &command, "failed", 0, &failure.message, &failure.errors);
            Err(Failure::error(failure.message))
        }
    }
}

/// Appends what the objects hold. A column that is not in the list takes its default.
fn load(
    session: &Session,
    command: &CopyCommand,
    table: &Table,
    objects: &S3Objects,
    cancel: &AtomicBool,
) -> Result<Copied, CopyFailure> {
    let columns = field_columns(command, &table.columns)?;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let (database, schema) = if table.temporary { ("temp", "main") } else { (DATABASE, table.schema.as_str()) };
    let refused = |error: duckdb::Error| CopyFailure::not_added(&command.table, &error.to_string());
    let mut appender: Appender<'_> = session
        .connection
        .appender_with_columns_to_catalog_and_db(&table.name, database, schema, &names)
        .map_err(refused)?;
    let mut append = |batch| appender.append_record_batch(batch).map_err(|error| error.to_string());
    let copied = redshift_copy::run(command, &columns, objects, cancel, &mut append)?;
    appender.flush().map_err(refused)?;
    Ok(copied)
}

/// Writes to the system tables on a connection of its own, so that a rollback does not undo it.
fn remember(
    run: &mut Run<'_>,
    command: &CopyCommand,
    status: &'static str,
    rows: u64,
    error: &str,
    errors: &[LoadErrorRow],
) {
    let transaction_id = run.session.transaction(run.engine);
    let source = command.source.to_string();
    let load = Load {
        query_id: run.query_id,
        session_id: run.session.pid,
        transaction_id,
        table: &command.table,
        database: run.engine.database(),
        status,
        rows,
        source: &source,
        error,
    };
    let connection = run.engine.definitions();
    if let Err(error) = record_load(&connection, &load, errors) {
        tracing::error!(?error, query_id = run.query_id, "the system tables could not be written");
    }
}
