//! The order of changes, as S3 tells it: `sequencer` of an event, a hexadecimal number that grows.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Utc;

/// Gives out sequencers: upper-case hexadecimal of 16 digits, each greater than all before, also after a restart.
#[derive(Debug, Default)]
pub(crate) struct Sequencers {
    last: AtomicU64,
}

impl Sequencers {
    /// The next sequencer: the clock in nanoseconds, or one more than the last where the clock stands still or goes back.
    pub(crate) fn next(&self) -> String {
        let now = Utc::now().timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or_default();
        let step = |last: u64| now.max(last + 1);
        let last = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(step(last)))
            .unwrap_or_else(|last| last);
        format!("{:016X}", step(last))
    }

    /// Takes note of a sequencer given out by an earlier process.
    pub(crate) fn seen(&self, sequencer: &str) {
        if let Ok(number) = u64::from_str_radix(sequencer, 16) {
            self.last.fetch_max(number, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequencers_grow_even_when_the_clock_has_gone_back() {
        let sequencers = Sequencers::default();
        let first = sequencers.next();
        let second = sequencers.next();
        assert!(first < second && first.len() == 16 && second.len() == 16, "{first} {second}");
        sequencers.seen("7000000000000000");
        assert_eq!(sequencers.next(), "7000000000000001");
        sequencers.seen("1");
        assert_eq!(sequencers.next(), "7000000000000002");
    }
}
