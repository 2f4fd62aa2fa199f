//! The connection for short work outside every session.

use std::sync::{Mutex, MutexGuard, PoisonError};

use duckdb::Connection;

/// The connection for definitions of views, system tables and lists: what is done on it no session's rollback undoes.
pub(crate) struct Definitions(Mutex<Connection>);

impl Definitions {
    pub(crate) fn new(connection: Connection) -> Self {
        Self(Mutex::new(connection))
    }

    /// The connection, for as long as nobody else has it.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
