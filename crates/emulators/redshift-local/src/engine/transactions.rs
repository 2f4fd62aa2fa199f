//! What all transactions of a warehouse share: their numbers, their locks, and the commits that shall fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::locks::{Locks, TransactionId};
use crate::config::Conflicts;

/// The transactions of one warehouse.
pub(crate) struct Transactions {
    pub(crate) locks: Locks,
    pub(crate) conflicts: Arc<Conflicts>,
    next: AtomicU64,
}

impl Transactions {
    pub(crate) fn new(conflicts: Arc<Conflicts>) -> Self {
        Self { locks: Locks::default(), conflicts, next: AtomicU64::new(1_000) }
    }

    /// The number of the next transaction; younger ones have greater numbers.
    pub(crate) fn next(&self) -> TransactionId {
        self.next.fetch_add(1, Ordering::SeqCst)
    }
}
