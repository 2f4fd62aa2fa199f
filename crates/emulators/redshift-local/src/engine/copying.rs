//! COPY inside a session: its lock, its target, and what the system tables remember of it.

use super::errors::Failure;
use super::run::{Outcome, Run};
use super::system::{Load, record_load};
use crate::copy::{self, CopyCommand, LoadErrorRow};
use crate::dialect::Relation;
use crate::objects::S3Objects;

/// Runs a COPY whose lock is held.
pub(crate) fn copy(run: &mut Run<'_>, sql: &str) -> Result<Outcome, Failure> {
    let command = copy::parse(sql).map_err(|error| Failure::error(error.to_string()))?;
    let relation = Relation { schema: command.schema.clone(), name: command.table.clone() };
    let Some(client) = &run.engine.config.s3 else {
        return Err(Failure::error("COPY has no Amazon S3 to read from: start redshift-local with an S3 client"));
    };
    let objects = S3Objects::new(client.clone(), run.engine.runtime.clone());
    run.session.begin(true)?;
    let Some(table) = run.table(&relation) else {
        return Err(Failure::error(format!("Cannot COPY into nonexistent table {}", command.table)));
    };
    match copy::run(&run.session.connection, &command, &table.columns, &objects, run.record.cancel_flag()) {
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
