//! COPY inside a session: its target, and what the system tables remember of it.

use std::sync::atomic::AtomicBool;

use duckdb::{Appender, Connection};

use super::catalog::Table;
use super::definitions::Definitions;
use super::errors::Failure;
use super::identifiers::DATABASE;
use super::outcome::Outcome;
use super::session::Session;
use super::system::{Load, record_load};
use redshift_copy::{Copied, CopyCommand, CopyFailure, LoadErrorRow, S3Objects, field_columns};
use redshift_dialect::Relation;

/// What a COPY reaches beside its session.
pub(crate) struct Surroundings<'a> {
    /// Where the objects are; without it every COPY fails.
    pub(crate) objects: Option<S3Objects>,
    /// Where the load is written down, so that a rollback does not undo it.
    pub(crate) definitions: &'a Definitions,
    /// The database's name in the system tables.
    pub(crate) database: &'a str,
    pub(crate) cancel: &'a AtomicBool,
}

/// Runs a COPY whose lock is held.
pub(crate) fn copy(
    session: &mut Session,
    surroundings: &Surroundings<'_>,
    sql: &str,
    query_id: i64,
) -> Result<Outcome, Failure> {
    let command = redshift_copy::parse(sql).map_err(|error| Failure::error(error.to_string()))?;
    let Some(objects) = &surroundings.objects else {
        return Err(Failure::error("COPY has no Amazon S3 to read from: start redshift-local with an S3 client"));
    };
    session.begin(true)?;
    let relation = Relation { schema: command.schema.clone(), name: command.table.clone() };
    let Some(table) = session.catalog().find(&relation) else {
        return Err(Failure::error(format!("Cannot COPY into nonexistent table {}", command.table)));
    };
    let loaded = load(&session.connection, &command, &table, objects, surroundings.cancel);
    let source = command.source.to_string();
    let entry = Load {
        query_id,
        session_id: session.pid,
        transaction_id: session.transaction(),
        table: &command.table,
        database: surroundings.database,
        status: "completed",
        rows: 0,
        source: &source,
        error: "",
    };
    match loaded {
        Ok(copied) => {
            remember(surroundings.definitions, &Load { rows: copied.rows, ..entry }, &copied.errors);
            let variables =
                format!("set variable pg_last_copy_id = {query_id}; set variable pg_last_copy_count = {}", copied.rows);
            let set = session.connection.execute_batch(&variables);
            set.map_err(|error| Failure::error(error.to_string()))?;
            Ok(Outcome { rows: i64::try_from(copied.rows).unwrap_or(i64::MAX), result: None })
        }
        Err(failure) => {
            let failed = Load { status: "failed", error: &failure.message, ..entry };
            remember(surroundings.definitions, &failed, &failure.errors);
            Err(Failure::error(failure.message))
        }
    }
}

/// Appends what the objects hold. A column that is not in the list takes its default.
fn load(
    connection: &Connection,
    command: &CopyCommand,
    table: &Table,
    objects: &S3Objects,
    cancel: &AtomicBool,
) -> Result<Copied, CopyFailure> {
    let columns = field_columns(command, &table.columns)?;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let (database, schema) = if table.temporary { ("temp", "main") } else { (DATABASE, table.schema.as_str()) };
    let refused = |error: duckdb::Error| CopyFailure::not_added(&command.table, &error.to_string());
    let mut appender: Appender<'_> =
        connection.appender_with_columns_to_catalog_and_db(&table.name, database, schema, &names).map_err(refused)?;
    let mut append = |batch| appender.append_record_batch(batch).map_err(|error| error.to_string());
    let copied = redshift_copy::run(command, &columns, objects, cancel, &mut append)?;
    appender.flush().map_err(refused)?;
    Ok(copied)
}

/// Writes to the system tables on a connection of its own, so that a rollback does not undo it.
fn remember(definitions: &Definitions, load: &Load<'_>, errors: &[LoadErrorRow]) {
    if let Err(error) = record_load(&definitions.lock(), load, errors) {
        tracing::error!(?error, query_id = load.query_id, "the system tables could not be written");
    }
}
