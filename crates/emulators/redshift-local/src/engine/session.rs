//! One database session: a connection, the transaction that is open on it, and the locks that it holds.

use std::collections::BTreeMap;

use duckdb::Connection;

use super::Engine;
use super::catalog::PUBLIC;
use super::errors::{Context, Failure, conflict, translate};
use super::history::Record;
use super::locks::{Mode, Refused, TransactionId};

/// Where a session stands between statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Every statement is a transaction.
    AutoCommit,
    /// A transaction is open until COMMIT or the end of the batch.
    Open,
    /// A statement of the open transaction failed.
    Failed,
}

/// A database session.
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) pid: i64,
    pub(crate) state: State,
    pub(crate) settings: BTreeMap<String, String>,
    /// The transaction's number; `None` before its first lock.
    transaction: Option<TransactionId>,
    /// Whether DuckDB's transaction, and so the snapshot, has begun.
    begun: bool,
    /// Whether the transaction changed anything.
    wrote: bool,
}

impl Session {
    pub(crate) fn new(connection: Connection, pid: i64) -> Self {
        Self {
            connection,
            pid,
            state: State::AutoCommit,
            settings: BTreeMap::new(),
            transaction: None,
            begun: false,
            wrote: false,
        }
    }

    /// The transaction's number, a new one if none is open.
    pub(crate) fn transaction(&mut self, engine: &Engine) -> TransactionId {
        *self.transaction.get_or_insert_with(|| engine.next_transaction())
    }

    /// Whether a transaction block is open.
    pub(crate) fn in_block(&self) -> bool {
        self.state != State::AutoCommit
    }

    /// Whether the transaction's snapshot is taken.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun
    }

    /// The schemas that unqualified names are looked for in.
    pub(crate) fn search_path(&self) -> Vec<String> {
        let path = self.settings.get("search_path").map_or(PUBLIC, String::as_str);
        let names = path.split(',').map(|name| name.trim().trim_matches(['"', '\'']).to_lowercase());
        names.filter(|name| !name.is_empty() && name != "$user").collect()
    }

    /// Takes table locks until the transaction ends; true when it had to wait.
    pub(crate) fn lock(
        &mut self,
        engine: &Engine,
        record: &Record,
        tables: &[(String, Mode)],
    ) -> Result<bool, Failure> {
        let transaction = self.transaction(engine);
        engine.locks.acquire(transaction, tables, || record.is_cancelled()).map_err(|refused| match refused {
            Refused::Cancelled => Failure::Cancelled,
            Refused::Deadlock => Failure::error("deadlock detected"),
        })
    }

    /// Begins DuckDB's transaction if it has not begun: only now, so that the snapshot holds what was committed while locks were waited for.
    pub(crate) fn begin(&mut self, wrote: bool) -> Result<(), Failure> {
        if !self.begun {
            self.control("begin transaction")?;
            self.begun = true;
        }
        self.wrote |= wrote;
        Ok(())
    }

    /// Makes everything since the transaction began visible, and gives the locks back.
    pub(crate) fn commit(&mut self, engine: &Engine, query_id: i64) -> Result<(), Failure> {
        if self.wrote && engine.config.conflicts.take() {
            let transaction = self.transaction(engine);
            self.rollback(engine);
            return Err(Failure::Error(conflict(transaction, query_id)));
        }
        let committed = if self.begun { self.control("commit") } else { Ok(()) };
        if committed.is_err() {
            self.rollback(engine);
        }
        self.end(engine);
        committed
    }

    /// Undoes everything since the transaction began, and gives the locks back.
    pub(crate) fn rollback(&mut self, engine: &Engine) {
        if self.begun
            && let Err(error) = self.control("rollback")
        {
            // A failed COMMIT has already rolled back.
            tracing::debug!(?error, "rollback without a transaction");
        }
        self.end(engine);
    }

    fn end(&mut self, engine: &Engine) {
        self.begun = false;
        self.wrote = false;
        self.state = State::AutoCommit;
        if let Some(transaction) = self.transaction.take() {
            engine.locks.release(transaction);
        }
    }

    fn control(&self, sql: &str) -> Result<(), Failure> {
        self.connection.execute_batch(sql).map_err(|error| translate(&error, Context { relations: &[], query_id: -1 }))
    }
}
