//! Failures on demand, for those who want to know what a producer does then.

use std::num::NonZeroU64;
use std::sync::{Mutex, PoisonError};

/// How puts fail from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Of the records that are put, every n-th is refused with `ProvisionedThroughputExceededException`; the others are taken.
    Records {
        /// 1 refuses every record.
        every: NonZeroU64,
        /// How many records are refused before it is over.
        times: u64,
    },
    /// Requests that put fail as a whole with `InternalFailure`, HTTP status 500. A client of an SDK tries again by itself.
    Outage {
        /// How many requests fail before it is over.
        requests: u64,
    },
}

/// The failures that are still to come.
#[derive(Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Default)]
struct State {
    records: Option<Records>,
    requests: u64,
}

struct Records {
    every: NonZeroU64,
    times: u64,
    seen: u64,
}

impl Faults {
    /// Adds a fault; one of the same kind is replaced.
    pub(crate) fn set(&self, fault: Fault) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Fault::Records { every, times } => state.records = Some(Records { every, times, seen: 0 }),
            Fault::Outage { requests } => state.requests = requests,
        }
    }

    /// Whether this request fails as a whole.
    pub(crate) fn fails_request(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fails = state.requests > 0;
        state.requests = state.requests.saturating_sub(1);
        fails
    }

    /// Whether this record is refused.
    pub(crate) fn fails_record(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(records) = &mut state.records else { return false };
        records.seen += 1;
        let fails = records.times > 0 && records.seen % records.every == 0;
        records.times -= u64::from(fails);
        fails
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_their_turn_and_end() {
        let faults = Faults::default();
        assert!(!faults.fails_request() && !faults.fails_record());
        faults.set(Fault::Outage { requests: 2 });
        assert_eq!([(); 4].map(|()| faults.fails_request()), [true, true, false, false]);
        faults.set(Fault::Records { every: NonZeroU64::new(2).unwrap(), times: 2 });
        assert_eq!([(); 7].map(|()| faults.fails_record()), [false, true, false, true, false, false, false]);
    }
}
