//! The warehouse behind the API: one DuckDB database, its sessions, its locks and its statements.

pub(crate) mod catalog;
pub(crate) mod columns;
mod copying;
mod ddl;
mod enforce;
mod errors;
mod events;
mod functions;
pub(crate) mod history;
mod locks;
mod names;
mod plan;
mod privileges;
pub(crate) mod results;
mod run;
mod session;
pub(crate) mod sessions;
mod settings;
mod stops;
mod system;
mod values;
mod views;
mod worker;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duckdb::Connection;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::config::Config;
use catalog::{DATABASE, PUBLIC, quoted};
use history::{History, Record};
use locks::{Locks, TransactionId};
use session::Session;
use sessions::{Lease, Sessions};
use stops::Stops;

/// How often a cancelled statement is interrupted again, in case DuckDB was between two steps of it.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(10);
/// What a worker's stack holds: deeply nested SQL is parsed by recursion.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Why a warehouse could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// DuckDB refused its settings, or could not start.
    #[error("DuckDB could not start")]
    Start(#[source] duckdb::Error),
    /// The database file could not be opened.
    #[error("the database file {path} could not be opened; is another process using it?")]
    Attach {
        /// The file.
        path: PathBuf,
        /// DuckDB's error.
        #[source]
        source: duckdb::Error,
    },
    /// The functions and system tables could not be created.
    #[error("the system tables and functions could not be created")]
    Prepare(#[source] duckdb::Error),
}

/// One warehouse.
pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) locks: Locks,
    pub(crate) history: History,
    pub(crate) sessions: Sessions,
    pub(crate) stops: Stops,
    pub(crate) runtime: Handle,
    root: Mutex<Connection>,
    transactions: AtomicU64,
    queries: AtomicI64,
    pids: AtomicI64,
}

impl Engine {
    /// Opens the database and creates what every database has.
    pub(crate) fn open(config: Config, runtime: Handle) -> Result<Self, OpenError> {
        let root = open_database(&config)?;
        Ok(Self {
            config,
            locks: Locks::default(),
            history: History::default(),
            sessions: Sessions::default(),
            stops: Stops::default(),
            runtime,
            root: Mutex::new(root),
            transactions: AtomicU64::new(1_000),
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
        let connection = self.definitions().try_clone()?;
        connection.execute_batch(&settings::search_path(&[PUBLIC.to_owned()]))?;
        connection.execute_batch("set timezone = 'UTC'")?;
        let pid = self.pids.fetch_add(1, Ordering::Relaxed);
        connection.execute_batch(&format!("set variable pg_backend_pid = {pid}"))?;
        Ok(Session::new(connection, pid))
    }

    /// The connection for short work outside every session: definitions of views, system tables, lists.
    pub(crate) fn definitions(&self) -> MutexGuard<'_, Connection> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the next transaction; younger ones have greater numbers.
    pub(crate) fn next_transaction(&self) -> TransactionId {
        self.transactions.fetch_add(1, Ordering::SeqCst)
    }

    /// The number of the next query.
    pub(crate) fn next_query(&self) -> i64 {
        self.queries.fetch_add(1, Ordering::SeqCst)
    }

    /// Runs a statement on a thread of its own.
    pub(crate) fn start(self: &Arc<Self>, record: Arc<Record>, lease: Lease) -> std::io::Result<()> {
        let engine = Arc::clone(self);
        let worker = std::thread::Builder::new().name("statement".to_owned()).stack_size(STACK_BYTES);
        worker.spawn(move || worker::run(&engine, &record, lease)).map(|_| ())
    }

    /// Stops a statement, whatever it is doing.
    pub(crate) fn cancel(self: &Arc<Self>, record: &Arc<Record>) {
        record.cancel();
        self.locks.wake();
        self.stops.wake();
        let (engine, record) = (Arc::clone(self), Arc::clone(record));
        self.runtime.spawn(async move {
            while !record.status().is_final() {
                record.interrupt();
                engine.locks.wake();
                engine.stops.wake();
                record.wait(INTERRUPT_INTERVAL).await;
            }
        });
    }

    /// Stops everything, after the grace that the settings give, and writes what is committed into the database file.
    pub(crate) async fn close(self: &Arc<Self>) {
        let running: Vec<Arc<Record>> =
            self.history.newest_first().into_iter().filter(|record| !record.status().is_final()).collect();
        let grace = self.config.shutdown_grace;
        let grace_ends = Instant::now() + grace;
        for record in running.iter().filter(|record| record.request.with_event || grace.is_zero()) {
            self.cancel(record);
        }
        for record in running.iter().filter(|record| !record.is_cancelled()) {
            record.wait(grace_ends.duration_since(Instant::now())).await;
        }
        for record in running.iter().filter(|record| !record.status().is_final()) {
            self.cancel(record);
        }
        for record in &running {
            record.wait(Duration::from_secs(10)).await;
        }
        self.sessions.close_all();
        let checkpoint = self.definitions().execute_batch(&format!("checkpoint {DATABASE}"));
        if let Err(error) = checkpoint {
            tracing::warn!(?error, "the database file was not checkpointed; its log will be read at the next start");
        }
    }
}

fn open_database(config: &Config) -> Result<Connection, OpenError> {
    let mut settings = duckdb::Config::default();
    if let Some(limit) = config.memory_limit_mib {
        settings = settings.max_memory(&format!("{limit}MiB")).map_err(OpenError::Start)?;
    }
    if let Some(threads) = config.threads {
        settings = settings.threads(threads.into()).map_err(OpenError::Start)?;
    }
    let connection = Connection::open_in_memory_with_flags(settings).map_err(OpenError::Start)?;
    let database = config.databases.first().map_or("dev", String::as_str);
    // Before the file is opened: after a crash its log is replayed, and the defaults of tables in it call these functions.
    functions::prepare(&connection).map_err(OpenError::Prepare)?;
    system::prepare_functions(&connection, database).map_err(OpenError::Prepare)?;
    let path = config.database.clone().unwrap_or_else(|| PathBuf::from(":memory:"));
    connection
        .execute_batch(&format!("attach {} as {DATABASE}", quoted(&path.to_string_lossy())))
        .map_err(|source| OpenError::Attach { path: path.clone(), source })?;
    system::prepare(&connection, database).map_err(OpenError::Prepare)?;
    connection.execute_batch(&settings::search_path(&[PUBLIC.to_owned()])).map_err(OpenError::Prepare)?;
    Ok(connection)
}

/// Numbers of queries go on rising over restarts, because the system tables keep them.
fn first_query_id() -> i64 {
    chrono::Utc::now().timestamp() - 1_700_000_000
}
