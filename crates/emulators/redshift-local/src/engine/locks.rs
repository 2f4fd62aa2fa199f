//! Table locks, held until the transaction ends.
//!
//! Readers wait for nobody but an exclusive holder; writers of one table wait for each other; LOCK, DDL and TRUNCATE wait for everybody.

use std::collections::{HashMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The number of a transaction; a younger transaction has a greater number.
pub(crate) type TransactionId = u64;

/// How a table is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// SELECT.
    Read,
    /// INSERT, UPDATE, DELETE, MERGE, COPY.
    Write,
    /// LOCK, DDL, TRUNCATE.
    Exclusive,
}

impl Mode {
    fn conflicts(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exclusive, _) | (_, Self::Exclusive) => true,
            (Self::Write, Self::Write) => true,
            (Self::Read, _) | (_, Self::Read) => false,
        }
    }
}

/// Why a lock was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Waiting would never end, and this transaction is the youngest of those that wait for each other.
    Deadlock,
    /// The waiting statement was cancelled.
    Cancelled,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    transaction: TransactionId,
    table: String,
    mode: Mode,
}

#[derive(Debug, Default)]
struct State {
    held: HashMap<String, HashMap<TransactionId, Mode>>,
    waiting: Vec<Waiter>,
    victims: HashSet<TransactionId>,
    tickets: u64,
}

impl State {
    /// The transactions that `waiter` must wait for: holders in a conflicting mode, and those that came earlier to the same table.
    /// A transaction that already holds the table does not queue, for those behind it in the queue wait for it.
    fn blockers(&self, waiter: &Waiter) -> HashSet<TransactionId> {
        let holders = self.held.get(&waiter.table);
        let mut blockers: HashSet<TransactionId> = holders
            .into_iter()
            .flatten()
            .filter(|(holder, mode)| **holder != waiter.transaction && mode.conflicts(waiter.mode))
            .map(|(holder, _)| *holder)
            .collect();
        if holders.is_none_or(|holders| !holders.contains_key(&waiter.transaction)) {
            let earlier =
                self.waiting.iter().filter(|other| other.ticket < waiter.ticket && other.table == waiter.table);
            blockers.extend(
                earlier
                    .filter(|other| other.transaction != waiter.transaction && other.mode.conflicts(waiter.mode))
                    .map(|other| other.transaction),
            );
        }
        blockers
    }

    /// Marks the youngest transaction of a cycle that `start` is part of; true when one was marked.
    fn break_deadlock(&mut self, start: TransactionId) -> bool {
        if let Some(cycle) = self.cycle(start)
            && !cycle.iter().any(|member| self.victims.contains(member))
            && let Some(youngest) = cycle.into_iter().max()
        {
            return self.victims.insert(youngest);
        }
        false
    }

    fn cycle(&self, start: TransactionId) -> Option<Vec<TransactionId>> {
        let mut paths = vec![vec![start]];
        let mut seen = HashSet::new();
        while let Some(path) = paths.pop() {
            let last = *path.last()?;
            for waiter in self.waiting.iter().filter(|waiter| waiter.transaction == last) {
                for blocker in self.blockers(waiter) {
                    if blocker == start {
                        return Some(path);
                    }
                    if seen.insert(blocker) {
                        paths.push(path.iter().copied().chain([blocker]).collect());
                    }
                }
            }
        }
        None
    }
}

/// All table locks of one warehouse.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    state: Mutex<State>,
    changed: Condvar,
}

impl Locks {
    /// Takes the locks in order and reports whether any had to be waited for; `cancelled` is asked whenever something changes.
    pub(crate) fn acquire(
        &self,
        transaction: TransactionId,
        tables: &[(String, Mode)],
        cancelled: impl Fn() -> bool,
    ) -> Result<bool, Refused> {
        let mut waited = false;
        for (table, mode) in tables {
            waited |= self.acquire_one(transaction, table, *mode, &cancelled)?;
        }
        Ok(waited)
    }

    /// Gives back everything that a transaction holds.
    pub(crate) fn release(&self, transaction: TransactionId) {
        let mut state = self.lock();
        state.held.retain(|_, holders| {
            holders.remove(&transaction);
            !holders.is_empty()
        });
        state.victims.remove(&transaction);
        self.changed.notify_all();
    }

    /// Makes every waiter look again whether it was cancelled.
    pub(crate) fn wake(&self) {
        let _state = self.lock();
        self.changed.notify_all();
    }

    fn acquire_one(
        &self,
        transaction: TransactionId,
        table: &str,
        mode: Mode,
        cancelled: &impl Fn() -> bool,
    ) -> Result<bool, Refused> {
        let mut state = self.lock();
        if state.held.get(table).and_then(|holders| holders.get(&transaction)).is_some_and(|held| *held >= mode) {
            return Ok(false);
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.push(Waiter { ticket, transaction, table: table.to_owned(), mode });
        let mut waited = false;
        let outcome = loop {
            let Some(waiter) = state.waiting.iter().find(|waiter| waiter.ticket == ticket) else {
                break Ok(waited);
            };
            if state.blockers(waiter).is_empty() {
                state.held.entry(table.to_owned()).or_default().insert(transaction, mode);
                break Ok(waited);
            }
            if state.break_deadlock(transaction) {
                self.changed.notify_all();
            }
            if state.victims.remove(&transaction) {
                break Err(Refused::Deadlock);
            }
            if cancelled() {
                break Err(Refused::Cancelled);
            }
            waited = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.waiting.retain(|waiter| waiter.ticket != ticket);
        self.changed.notify_all();
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many statements wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    fn one(table: &str, mode: Mode) -> Vec<(String, Mode)> {
        vec![(table.to_owned(), mode)]
    }

    fn until(condition: impl Fn() -> bool) {
        while !condition() {
            thread::yield_now();
        }
    }

    #[test]
    fn readers_and_a_writer_share_a_table() {
        let locks = Locks::default();
        for (transaction, mode) in [(1, Mode::Write), (2, Mode::Read), (3, Mode::Read)] {
            assert_eq!(locks.acquire(transaction, &one("t", mode), || false), Ok(false));
        }
    }

    #[test]
    fn an_exclusive_holder_is_waited_for() {
        let locks = Arc::new(Locks::default());
        locks.acquire(1, &one("t", Mode::Exclusive), || false).unwrap();
        let (sender, receiver) = channel();
        let reader = Arc::clone(&locks);
        let worker = thread::spawn(move || sender.send(reader.acquire(2, &one("t", Mode::Read), || false)));
        until(|| locks.waiting() == 1);
        assert!(receiver.try_recv().is_err());
        locks.release(1);
        assert_eq!(receiver.recv().unwrap(), Ok(true));
        worker.join().unwrap().unwrap();
    }

    #[test]
    fn the_youngest_of_a_deadlock_is_refused() {
        let locks = Arc::new(Locks::default());
        locks.acquire(1, &one("a", Mode::Write), || false).unwrap();
        locks.acquire(2, &one("b", Mode::Write), || false).unwrap();
        let older = Arc::clone(&locks);
        let worker = thread::spawn(move || older.acquire(1, &one("b", Mode::Write), || false));
        until(|| locks.waiting() == 1);
        assert_eq!(locks.acquire(2, &one("a", Mode::Write), || false), Err(Refused::Deadlock));
        locks.release(2);
        assert_eq!(worker.join().unwrap(), Ok(true));
    }

    #[test]
    fn the_youngest_is_refused_even_when_the_older_closes_the_cycle() {
        let locks = Arc::new(Locks::default());
        locks.acquire(1, &one("a", Mode::Write), || false).unwrap();
        locks.acquire(2, &one("b", Mode::Write), || false).unwrap();
        let younger = Arc::clone(&locks);
        let worker = thread::spawn(move || {
            let refused = younger.acquire(2, &one("a", Mode::Write), || false);
            younger.release(2);
            refused
        });
        until(|| locks.waiting() == 1);
        assert_eq!(locks.acquire(1, &one("b", Mode::Write), || false), Ok(true));
        assert_eq!(worker.join().unwrap(), Err(Refused::Deadlock));
    }

    #[test]
    fn a_cancelled_waiter_stops() {
        let locks = Locks::default();
        locks.acquire(1, &one("t", Mode::Exclusive), || false).unwrap();
        assert_eq!(locks.acquire(2, &one("t", Mode::Read), || true), Err(Refused::Cancelled));
    }
}
