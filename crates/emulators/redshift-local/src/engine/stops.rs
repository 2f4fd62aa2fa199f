//! Batches that shall stand still, so that a crash, a cancellation or a reader can be put at any place of a transaction.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Where the next batch stands still: `set landfall.stop_before to <n>`.
#[derive(Debug, Default)]
pub(crate) struct Stops {
    /// From 1; 0 is nowhere. One more than a batch has statements is before its commit.
    before: Mutex<usize>,
    changed: Condvar,
}

impl Stops {
    /// Stops the next batches before their statement of this number; 0 lets everything go on.
    pub(crate) fn set(&self, number: usize) {
        *self.lock() = number;
        self.changed.notify_all();
    }

    /// Makes every batch that stands still look again whether it was cancelled.
    pub(crate) fn wake(&self) {
        let _before = self.lock();
        self.changed.notify_all();
    }

    /// Stands still while this statement is the one to stop before.
    pub(crate) fn pass(&self, number: usize, cancelled: impl Fn() -> bool) {
        let mut before = self.lock();
        while *before == number && !cancelled() {
            before = self.changed.wait(before).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
