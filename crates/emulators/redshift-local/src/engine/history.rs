//! What is known of every statement: kept in memory for 24 hours, as the service keeps it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use duckdb::InterruptHandle;
use tokio::sync::watch;

use super::results::{Format, ResultSet};
use crate::parameters::Parameter;

/// Statements, results and tokens older than this are forgotten.
const RETENTION: chrono::Duration = chrono::Duration::hours(24);
/// A ClientToken means the same statement for this long.
const TOKEN_LIFETIME: chrono::Duration = chrono::Duration::hours(8);

/// The state of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Submitted,
    Picked,
    Started,
    Finished,
    Failed,
    Aborted,
}

impl Status {
    /// Whether the state is final.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Aborted)
    }

    /// The state as the Data API writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Picked => "PICKED",
            Self::Started => "STARTED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}

/// How a batch treats its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ExecutionMode {
    /// All in one transaction.
    #[default]
    Transaction,
    /// Each in its own.
    AutoCommit,
}

/// Whom a request speaks to, as it named it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) cluster: Option<String>,
    pub(crate) workgroup: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) db_user: Option<String>,
    pub(crate) database: Option<String>,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) sqls: Vec<String>,
    pub(crate) batch: Option<ExecutionMode>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) format: Format,
    pub(crate) with_event: bool,
    pub(crate) target: Target,
    pub(crate) session: Option<String>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) pid: i64,
}

/// The state of one SQL statement of a request.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) status: Status,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) duration: Duration,
    pub(crate) error: Option<String>,
    /// Rows returned or changed; -1 while unknown.
    pub(crate) rows: i64,
    /// Bytes of the result; -1 while unknown.
    pub(crate) bytes: i64,
    /// -1 until it runs.
    pub(crate) query_id: i64,
    pub(crate) result: Option<Arc<ResultSet>>,
}

/// The state of a request.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) status: Status,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) duration: Duration,
    pub(crate) error: Option<String>,
    pub(crate) parts: Vec<Part>,
}

/// One request and everything that happened to it.
pub(crate) struct Record {
    pub(crate) request: Request,
    progress: Mutex<Progress>,
    changed: watch::Sender<Status>,
    cancelled: AtomicBool,
    interrupt: Mutex<Option<Arc<InterruptHandle>>>,
}

impl Record {
    pub(crate) fn new(request: Request) -> Self {
        let part = Part {
            status: Status::Submitted,
            created: request.created,
            updated: request.created,
            duration: Duration::ZERO,
            error: None,
            rows: -1,
            bytes: -1,
            query_id: -1,
            result: None,
        };
        let progress = Progress {
            status: Status::Submitted,
            updated: request.created,
            duration: Duration::ZERO,
            error: None,
            parts: vec![part; request.sqls.len()],
        };
        Self {
            request,
            progress: Mutex::new(progress),
            changed: watch::Sender::new(Status::Submitted),
            cancelled: AtomicBool::new(false),
            interrupt: Mutex::new(None),
        }
    }

    /// A copy of the state.
    pub(crate) fn progress(&self) -> Progress {
        lock(&self.progress).clone()
    }

    /// The state of the whole.
    pub(crate) fn status(&self) -> Status {
        lock(&self.progress).status
    }

    /// Changes the state and tells those that wait for it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Progress)) {
        let status = {
            let mut progress = lock(&self.progress);
            change(&mut progress);
            progress.updated = Utc::now();
            progress.status
        };
        self.changed.send_replace(status);
    }

    /// Changes the state of one part.
    pub(crate) fn update_part(&self, index: usize, change: impl FnOnce(&mut Part)) {
        self.update(|progress| {
            if let Some(part) = progress.parts.get_mut(index) {
                change(part);
                part.updated = Utc::now();
            }
        });
    }

    /// Waits until the state is final, or `limit` has passed.
    pub(crate) async fn wait(&self, limit: Duration) {
        let mut receiver = self.changed.subscribe();
        let ended = receiver.wait_for(|status| status.is_final());
        // Neither the passing of the limit nor a closed channel is an error: the caller looks at the state next.
        let _ = tokio::time::timeout(limit, ended).await;
    }

    /// Asks the statement to stop.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        self.interrupt();
    }

    /// Stops what DuckDB runs at this moment, if it runs anything.
    pub(crate) fn interrupt(&self) {
        if let Some(handle) = lock(&self.interrupt).as_ref() {
            handle.interrupt();
        }
    }

    /// Whether the statement was asked to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// The flag that long work looks at.
    pub(crate) fn cancel_flag(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Sets or clears what a cancellation interrupts.
    pub(crate) fn set_interrupt(&self, handle: Option<Arc<InterruptHandle>>) {
        *lock(&self.interrupt) = handle;
    }
}

#[derive(Debug)]
struct Token {
    request: String,
    statement: String,
    created: DateTime<Utc>,
}

/// What a ClientToken says about a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenUse {
    /// Not seen within its lifetime.
    New,
    /// The same request: this is its statement.
    Repeated(String),
    /// Another request had it.
    Different,
}

/// All statements.
#[derive(Default)]
pub(crate) struct History {
    records: Mutex<Vec<Arc<Record>>>,
    tokens: Mutex<HashMap<String, Token>>,
}

impl History {
    /// Remembers a statement, and forgets those that are too old.
    pub(crate) fn add(&self, record: Arc<Record>) {
        let horizon = Utc::now() - RETENTION;
        let mut records = lock(&self.records);
        records.retain(|record| record.request.created > horizon || !record.status().is_final());
        records.push(record);
    }

    /// The statement of this id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Record>> {
        lock(&self.records).iter().rev().find(|record| record.request.id == id).cloned()
    }

    /// All statements, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<Arc<Record>> {
        lock(&self.records).iter().rev().cloned().collect()
    }

    /// How many statements have not ended.
    pub(crate) fn active(&self) -> usize {
        lock(&self.records).iter().filter(|record| !record.status().is_final()).count()
    }

    /// Takes a token for a statement, in one step, so that of two equal requests only one is new.
    pub(crate) fn take_token(&self, token: &str, request: &str, statement: &str) -> TokenUse {
        let now = Utc::now();
        let mut tokens = lock(&self.tokens);
        tokens.retain(|_, known| known.created > now - TOKEN_LIFETIME);
        match tokens.get(token) {
            Some(known) if known.request == request => TokenUse::Repeated(known.statement.clone()),
            Some(_) => TokenUse::Different,
            None => {
                let entry = Token { request: request.to_owned(), statement: statement.to_owned(), created: now };
                tokens.insert(token.to_owned(), entry);
                TokenUse::New
            }
        }
    }

    /// Gives back a token whose request was refused.
    pub(crate) fn drop_token(&self, token: &str) {
        lock(&self.tokens).remove(token);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
