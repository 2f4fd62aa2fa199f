//! What an emulated warehouse is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Receives the completion events of statements that were executed with `WithEvent`.
pub trait Completion: Send + Sync {
    /// Takes one `Redshift Data Statement Status Change` event, as EventBridge would deliver it.
    ///
    /// Called on the thread that ran the statement, after DescribeStatement shows the outcome.
    fn completed(&self, event: serde_json::Value);
}

/// Commits that shall fail with `ERROR: 1023`, as a serializable isolation violation does.
///
/// Also set by the statement `set landfall.conflict to <n>`.
#[derive(Debug, Default)]
pub struct Conflicts(AtomicU32);

impl Conflicts {
    /// Makes the next `count` commits of transactions that wrote something fail.
    pub fn fail_next_commits(&self, count: u32) {
        self.0.store(count, Ordering::SeqCst);
    }

    /// Takes one failure from the stock; false when none is left.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

/// The settings of one emulated warehouse.
#[derive(Clone)]
pub struct Config {
    /// The DuckDB file that keeps the data; `None` keeps it in memory until shutdown.
    pub database: Option<PathBuf>,
    /// Where COPY and UNLOAD find their objects; without it they fail.
    pub s3: Option<aws_sdk_s3::Client>,
    /// DuckDB's `memory_limit` in MiB; `None` leaves DuckDB's own default.
    pub memory_limit_mib: Option<u64>,
    /// DuckDB's `threads`; `None` leaves DuckDB's own default.
    pub threads: Option<u32>,
    /// The region in ARNs and events.
    pub region: String,
    /// The account in ARNs and events.
    pub account: String,
    /// The workgroup names that are accepted; empty accepts every name.
    pub workgroups: Vec<String>,
    /// The database names that are accepted; the first is what `current_database()` and ListDatabases show.
    pub databases: Vec<String>,
    /// Names under which the endpoint answers besides its address and those of the loopback address, as a container needs them.
    pub hosts: Vec<String>,
    /// Who receives completion events.
    pub completion: Option<Arc<dyn Completion>>,
    /// Commits that shall fail.
    pub conflicts: Arc<Conflicts>,
    /// How long a statement that asked for no completion event may go on at a shutdown. One that asked is cancelled at once: who waits
    /// for the event submits it again.
    pub shutdown_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: None,
            s3: None,
            memory_limit_mib: None,
            threads: None,
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            workgroups: Vec::new(),
            databases: vec!["dev".to_owned()],
            hosts: Vec::new(),
            completion: None,
            conflicts: Arc::default(),
            shutdown_grace: Duration::ZERO,
        }
    }
}
