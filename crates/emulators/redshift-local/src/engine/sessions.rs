//! Sessions that outlive a statement, and the right to use one for a statement.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::history::Target;
use super::session::Session;

/// A session is closed after this long, whoever keeps it alive.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SessionStatus {
    Available,
    Busy,
    Closed,
}

impl SessionStatus {
    /// The state as the Data API writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Busy => "BUSY",
            Self::Closed => "CLOSED",
        }
    }
}

/// What is known of a session.
#[derive(Debug, Clone)]
pub(crate) struct Info {
    pub(crate) id: String,
    pub(crate) status: SessionStatus,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) keep_alive: Duration,
    pub(crate) target: Target,
    pub(crate) pid: i64,
    pub(crate) statement: Option<String>,
}

impl Info {
    /// When it closes unless it is used.
    pub(crate) fn expires(&self) -> DateTime<Utc> {
        (self.updated + self.keep_alive).min(self.created + LONGEST)
    }
}

struct Entry {
    info: Info,
    session: Option<Session>,
}

/// Why a session cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// There is none of this id, or it is closed.
    Unknown,
    /// It runs another statement.
    Busy,
}

/// All sessions of the last 24 hours.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<String, Entry>>);

impl Sessions {
    /// Adds a session that a statement has begun with.
    pub(crate) fn open(&self, info: Info) {
        self.lock().insert(info.id.clone(), Entry { info, session: None });
    }

    /// Takes a session for a statement.
    pub(crate) fn take(
        &self,
        id: &str,
        statement: &str,
        keep_alive: Option<Duration>,
    ) -> Result<(Session, Info), Unusable> {
        let mut entries = self.lock();
        let entry =
            entries.get_mut(id).filter(|entry| entry.info.status != SessionStatus::Closed).ok_or(Unusable::Unknown)?;
        let session = entry.session.take().ok_or(Unusable::Busy)?;
        entry.info.status = SessionStatus::Busy;
        entry.info.updated = Utc::now();
        entry.info.statement = Some(statement.to_owned());
        entry.info.keep_alive = keep_alive.unwrap_or(entry.info.keep_alive);
        Ok((session, entry.info.clone()))
    }

    /// Gives a session back; one that shall not be kept alive closes.
    pub(crate) fn give_back(&self, id: &str, mut session: Session) {
        let mut entries = self.lock();
        if let Some(entry) = entries.get_mut(id) {
            entry.info.updated = Utc::now();
            entry.info.statement = None;
            if entry.info.keep_alive > Duration::ZERO && entry.info.expires() > Utc::now() {
                entry.info.status = SessionStatus::Available;
                entry.session = Some(session);
                return;
            }
            entry.info.status = SessionStatus::Closed;
        }
        session.rollback();
    }

    /// Closes a session whose connection is lost.
    pub(crate) fn discard(&self, id: &str) {
        if let Some(entry) = self.lock().get_mut(id) {
            entry.info.status = SessionStatus::Closed;
            entry.session = None;
        }
    }

    /// Closes the sessions that nobody used for too long.
    pub(crate) fn expire(&self) {
        let now = Utc::now();
        let mut entries = self.lock();
        entries.retain(|_, entry| entry.info.created > now - LONGEST || entry.info.status != SessionStatus::Closed);
        for entry in entries.values_mut() {
            if entry.info.expires() <= now
                && let Some(mut session) = entry.session.take()
            {
                session.rollback();
                entry.info.status = SessionStatus::Closed;
                entry.info.updated = now;
            }
        }
    }

    /// Closes every idle session.
    pub(crate) fn close_all(&self) {
        for entry in self.lock().values_mut() {
            entry.session = None;
            entry.info.status = SessionStatus::Closed;
        }
    }

    /// All sessions.
    pub(crate) fn list(&self) -> Vec<Info> {
        self.lock().values().map(|entry| entry.info.clone()).collect()
    }

    /// How many sessions are open.
    pub(crate) fn active(&self) -> usize {
        self.lock().values().filter(|entry| entry.info.status != SessionStatus::Closed).count()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right of one statement to a session, which ends with the statement.
pub(crate) struct Lease {
    session: Option<Session>,
    /// The session's id when it outlives the statement.
    kept: Option<String>,
}

impl Lease {
    /// A session for one statement, or the first statement of a kept one.
    pub(crate) fn new(session: Session, kept: Option<String>) -> Self {
        Self { session: Some(session), kept }
    }

    /// The session; `None` after the lease has ended.
    pub(crate) fn session(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// Drops a session that can no longer be trusted, with its locks.
    pub(crate) fn discard(&mut self, sessions: &Sessions) {
        if let Some(mut session) = self.session.take() {
            session.rollback();
        }
        if let Some(id) = self.kept.take() {
            sessions.discard(&id);
        }
    }

    /// Ends the lease: a kept session is available again, another is rolled back and closed.
    pub(crate) fn give_back(&mut self, sessions: &Sessions) {
        match (self.session.take(), self.kept.take()) {
            (Some(session), Some(id)) => sessions.give_back(&id, session),
            (Some(mut session), None) => session.rollback(),
            (None, _) => {}
        }
    }
}
