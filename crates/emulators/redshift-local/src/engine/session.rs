//! One database session: a connection, the transaction that is open on it, and the locks that it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use duckdb::Connection;

use super::catalog::Catalog;
use super::errors::{Context, Failure, conflict, translate};
use super::identifiers::PUBLIC;
use super::locks::{Mode, Refused, TransactionId};
use super::transactions::Transactions;

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
    transactions: Arc<Transactions>,
    /// The transaction's number; `None` before its first lock.
    transaction: Option<TransactionId>,
    /// Whether DuckDB's transaction, and so the snapshot, has begun.
    begun: bool,
    /// Whether the transaction changed anything.
    wrote: bool,
}

impl Session {
    pub(crate) fn new(connection: Connection, pid: i64, transactions: Arc<Transactions>) -> Self {
        Self {
            connection,
            pid,
            state: State::AutoCommit,
            settings: BTreeMap::new(),
            transactions,
            transaction: None,
            begun: false,
            wrote: false,
        }
    }

    /// The transaction's number, a new one if none is open.
    pub(crate) fn transaction(&mut self) -> TransactionId {
        *self.transaction.get_or_insert_with(|| self.transactions.next())
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

    /// The catalogue, with what the transaction sees.
    pub(crate) fn catalog(&self) -> Catalog<'_> {
        Catalog { connection: &self.connection, search_path: self.search_path() }
    }

    /// Takes table locks until the transaction ends; true when it had to wait. `cancelled` is asked while it waits.
    pub(crate) fn lock(&mut self, tables: &[(String, Mode)], cancelled: impl Fn() -> bool) -> Result<bool, Failure> {
        let transaction = self.transaction();
        self.transactions.locks.acquire(transaction, tables, cancelled).map_err(|refused| match refused {
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
    pub(crate) fn commit(&mut self, query_id: i64) -> Result<(), Failure> {
        if self.wrote && self.transactions.conflicts.take() {
            let transaction = self.transaction();
            self.rollback();
            return Err(Failure::Error(conflict(transaction, query_id)));
        }
        let committed = if self.begun { self.control("commit") } else { Ok(()) };
        if committed.is_err() {
            self.rollback();
        }
        self.end();
        committed
    }

    /// Commits inside a block that stays open, as statements do that end transactions themselves.
    pub(crate) fn commit_before(&mut self, query_id: i64) -> Result<(), Failure> {
        let state = self.state;
        self.commit(query_id)?;
        self.state = state;
        Ok(())
    }

    /// Undoes everything since the transaction began, and gives the locks back.
    pub(crate) fn rollback(&mut self) {
        if self.begun
            && let Err(error) = self.control("rollback")
        {
            // A failed COMMIT has already rolled back.
            tracing::debug!(?error, "rollback without a transaction");
        }
        self.end();
    }

    fn end(&mut self) {
        self.begun = false;
        self.wrote = false;
        self.state = State::AutoCommit;
        if let Some(transaction) = self.transaction.take() {
            self.transactions.locks.release(transaction);
        }
    }

    fn control(&self, sql: &str) -> Result<(), Failure> {
        self.connection.execute_batch(sql).map_err(|error| translate(&error, Context { relations: &[], query_id: -1 }))
    }
}
