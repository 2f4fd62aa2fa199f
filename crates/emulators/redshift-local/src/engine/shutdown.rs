//! The end of statements before they end by themselves.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::history::Record;
use super::identifiers::DATABASE;
use super::warehouse::Engine;

/// How often a cancelled statement is interrupted again, in case DuckDB was between two steps of it.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(10);

/// Stops a statement, whatever it is doing.
pub(crate) fn cancel(engine: &Arc<Engine>, record: &Arc<Record>) {
    record.cancel();
    engine.transactions.locks.wake();
    engine.stops.wake();
    let (engine, record) = (Arc::clone(engine), Arc::clone(record));
    let runtime = engine.runtime.clone();
    runtime.spawn(async move {
        while !record.status().is_final() {
            record.interrupt();
            engine.transactions.locks.wake();
            engine.stops.wake();
            record.wait(INTERRUPT_INTERVAL).await;
        }
    });
}

/// Stops everything, after the grace that the settings give, and writes what is committed into the database file.
pub(crate) async fn close(engine: &Arc<Engine>) {
    let running: Vec<Arc<Record>> =
        engine.history.newest_first().into_iter().filter(|record| !record.status().is_final()).collect();
    let grace = engine.config.shutdown_grace;
    let grace_ends = Instant::now() + grace;
    for record in running.iter().filter(|record| record.request.with_event || grace.is_zero()) {
        cancel(engine, record);
    }
    for record in running.iter().filter(|record| !record.is_cancelled()) {
        record.wait(grace_ends.duration_since(Instant::now())).await;
    }
    for record in running.iter().filter(|record| !record.status().is_final()) {
        cancel(engine, record);
    }
    for record in &running {
        record.wait(Duration::from_secs(10)).await;
    }
    engine.sessions.close_all();
    let checkpoint = engine.definitions.lock().execute_batch(&format!("checkpoint {DATABASE}"));
    if let Err(error) = checkpoint {
        tracing::warn!(?error, "the database file was not checkpointed; its log will be read at the next start");
    }
}
