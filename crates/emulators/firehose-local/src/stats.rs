//! What a delivery stream has done.

use std::sync::{Mutex, PoisonError};

/// Counts since the start of the delivery stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryStats {
    /// Records read from the source.
    pub read: u64,
    /// Records that are, or wait to be, delivered as the function left them.
    pub ok: u64,
    /// Records that the function dropped.
    pub dropped: u64,
    /// Records that are, or wait to be, delivered to the errors.
    pub failed: u64,
    /// Invocations of the function.
    pub invocations: u64,
    /// Invocations after one that failed.
    pub retries: u64,
    /// Objects written.
    pub objects: u64,
    /// Plans of an earlier process that were carried out.
    pub recovered: u64,
    /// What keeps the stream from delivering, while something does.
    pub trouble: Option<String>,
}

/// The counts, shared.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<DeliveryStats>);

impl Counters {
    pub(crate) fn update(&self, change: impl FnOnce(&mut DeliveryStats)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn get(&self) -> DeliveryStats {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
