//! One warehouse: its parts, and how a session of it begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::runtime::Handle;

use super::definitions::Definitions;
use super::history::History;
use super::identifiers::PUBLIC;
use super::open::{OpenError, open};
use super::session::Session;
use super::sessions::Sessions;
use super::settings::search_path;
use super::stops::Stops;
use super::transactions::Transactions;
use crate::config::Config;

/// One warehouse.
pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) definitions: Definitions,
    pub(crate) history: History,
    pub(crate) sessions: Sessions,
    pub(crate) stops: Stops,
    pub(crate) runtime: Handle,
    /// Whether the database file was not there and was created.
    pub(crate) created: bool,
    queries: AtomicI64,
    pids: AtomicI64,
}

impl Engine {
    /// Opens the database and creates what every database has.
    pub(crate) fn open(config: Config, runtime: Handle) -> Result<Self, OpenError> {
        let created = config.database.as_ref().is_some_and(|file| !file.exists());
        let root = open(&config)?;
        Ok(Self {
            transactions: Arc::new(Transactions::new(Arc::clone(&config.conflicts))),
            config,
            definitions: Definitions::new(root),
            history: History::default(),
            sessions: Sessions::default(),
            stops: Stops::default(),
            runtime,
            created,
            queries: AtomicI64::new(first_query_id()),
            pids: AtomicI64::new(1_073_741_824),
        })
    }

    /// The database's name.
    pub(crate) fn database(&self) -> &str {
        self.config.databases.first().map_or("dev", String::as_str)
    }

    /// A new session.
    pub(crate) fn connect(&self) -> Result<Session, duckdb::Error> {
        let connection = self.definitions.lock().try_clone()?;
        connection.execute_batch(&search_path(&[PUBLIC.to_owned()]))?;
        connection.execute_batch("set timezone = 'UTC'")?;
        let pid = self.pids.fetch_add(1, Ordering::Relaxed);
        connection.execute_batch(&format!("set variable pg_backend_pid = {pid}"))?;
        Ok(Session::new(connection, pid, Arc::clone(&self.transactions)))
    }

    /// The number of the next query.
    pub(crate) fn next_query(&self) -> i64 {
        self.queries.fetch_add(1, Ordering::SeqCst)
    }
}

/// Numbers of queries go on rising over restarts, because the system tables keep them.
fn first_query_id() -> i64 {
    chrono::Utc::now().timestamp() - 1_700_000_000
}
