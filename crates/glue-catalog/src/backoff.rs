//! Pauses between attempts, so that many writers of one table get out of each other's way.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// Attempts before it is given up. With fifty writers at once, the last one may lose to each of the others.
const ATTEMPTS: u32 = 80;
const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(2);

/// Counts attempts.
#[derive(Debug, Default)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// Attempts so far.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Waits a random time that may grow with each attempt; returns whether there is another one.
    pub async fn again(&mut self) -> bool {
        self.attempts += 1;
        if self.attempts >= ATTEMPTS {
            return false;
        }
        tokio::time::sleep(pause(self.attempts, RandomState::new().build_hasher().finish())).await;
        true
    }
}

/// A part, by `random`, of a time that doubles up to a bound.
fn pause(attempt: u32, random: u64) -> Duration {
    let longest = FIRST.saturating_mul(1 << attempt.min(10)).min(LONGEST);
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random % (micros + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_random_and_bounded() {
        assert_eq!(pause(1, 0), Duration::ZERO);
        assert_eq!(pause(1, 40_000), Duration::from_millis(40));
        assert_eq!(pause(1, 40_001), Duration::ZERO);
        for attempt in [1, 7, 11, 80, u32::MAX] {
            assert!(pause(attempt, u64::MAX) <= LONGEST);
        }
    }
}
