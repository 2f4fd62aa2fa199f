//! A request from SUBMITTED to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::errors::Failure;
use super::events;
use super::history::{ExecutionMode, Part, Record, Status};
use super::outcome::Outcome;
use super::run::Run;
use super::session::{Session, State};
use super::sessions::Lease;
use super::warehouse::Engine;
use crate::parameters::bind;

/// What a worker's stack holds: deeply nested SQL is parsed by recursion.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Runs a request on a thread of its own.
pub(crate) fn start(engine: &Arc<Engine>, record: Arc<Record>, lease: Lease) -> std::io::Result<()> {
    let engine = Arc::clone(engine);
    let worker = std::thread::Builder::new().name("statement".to_owned()).stack_size(STACK_BYTES);
    worker.spawn(move || run(&engine, &record, lease)).map(|_| ())
}

/// Runs a request and shows how it ended; then its session is free again, and the event goes out.
fn run(engine: &Engine, record: &Record, mut lease: Lease) {
    let started = Instant::now();
    record.update(|progress| progress.status = Status::Picked);
    let ended = catch_unwind(AssertUnwindSafe(|| match lease.session() {
        Some(session) => {
            record.update(|progress| progress.status = Status::Started);
            run_parts(engine, session, record)
        }
        None => Err(Failure::error("the session is closed")),
    }));
    let ended = ended.unwrap_or_else(|_| {
        lease.discard(&engine.sessions);
        Err(Failure::error("redshift-local stopped at a fault of its own; the session is closed"))
    });
    record.set_interrupt(None);
    lease.give_back(&engine.sessions);
    record.update(|progress| {
        for part in progress.parts.iter_mut().filter(|part| !part.status.is_final()) {
            part.status = Status::Aborted;
        }
        progress.duration = started.elapsed();
        (progress.status, progress.error) = match &ended {
            Ok(()) => (Status::Finished, None),
            Err(Failure::Cancelled) => (Status::Aborted, Some("Query cancelled on user's request".to_owned())),
            Err(Failure::Error(message)) => (Status::Failed, Some(message.clone())),
        };
    });
    events::send(&engine.config, record);
}

fn run_parts(engine: &Engine, session: &mut Session, record: &Record) -> Result<(), Failure> {
    let transaction = record.request.batch == Some(ExecutionMode::Transaction) && !session.in_block();
    if transaction {
        session.state = State::Open;
    }
    let mut first_failure = None;
    for (index, sql) in record.request.sqls.iter().enumerate() {
        stop(engine, record, index + 1);
        let ended = run_part(engine, session, record, index, sql);
        if transaction && ended.is_ok() && !session.in_block() {
            // A COMMIT or ROLLBACK inside the batch: what follows is one transaction again.
            session.state = State::Open;
        }
        let Err(failure) = ended else { continue };
        let stop = transaction || failure == Failure::Cancelled || record.request.batch.is_none();
        first_failure.get_or_insert(failure);
        if stop {
            break;
        }
    }
    if !transaction {
        return first_failure.map_or(Ok(()), Err);
    }
    if let Some(failure) = first_failure {
        session.rollback();
        return Err(failure);
    }
    stop(engine, record, record.request.sqls.len() + 1);
    if record.is_cancelled() {
        session.rollback();
        return Err(Failure::Cancelled);
    }
    session.commit(-1).inspect_err(|failure| fail_last(record, failure))
}

/// Stands still before this statement of a batch (from 1), if that was asked for.
fn stop(engine: &Engine, record: &Record, number: usize) {
    if record.request.batch.is_some() {
        engine.stops.pass(number, || record.is_cancelled());
    }
}

/// Runs one statement of a request and keeps what it did.
fn run_part(engine: &Engine, session: &mut Session, record: &Record, index: usize, sql: &str) -> Result<(), Failure> {
    let query_id = engine.next_query();
    let started = Instant::now();
    record.update_part(index, |part| {
        part.status = Status::Started;
        part.query_id = query_id;
    });
    let sql = bind(sql, &record.request.parameters);
    let ended = Run { engine, session, record, query_id }.statement(&sql);
    record.update_part(index, |part| {
        part.duration = started.elapsed();
        keep(part, &ended);
    });
    ended.map(|_| ())
}

fn keep(part: &mut Part, ended: &Result<Outcome, Failure>) {
    match ended {
        Ok(outcome) => {
            part.status = Status::Finished;
            part.rows = outcome.rows;
            part.bytes = outcome.result.as_ref().map_or(0, |result| i64::try_from(result.bytes).unwrap_or(i64::MAX));
            part.result = outcome.result.clone();
        }
        Err(Failure::Cancelled) => part.status = Status::Aborted,
        Err(Failure::Error(message)) => {
            part.status = Status::Failed;
            part.error = Some(message.clone());
        }
    }
}

/// A batch whose commit is refused fails with its last statement.
fn fail_last(record: &Record, failure: &Failure) {
    let last = record.request.sqls.len().saturating_sub(1);
    record.update_part(last, |part| keep(part, &Err(failure.clone())));
}
