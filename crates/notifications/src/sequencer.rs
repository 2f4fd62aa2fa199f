use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Orders the events of one key: a larger sequencer is later. It says nothing about two different keys.
///
/// Rule: S3 user guide, "Event message structure": pad the shorter with zeros on the right, then compare as text. The case
/// of the hexadecimal digits is not documented, so it is ignored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequencer(String);

impl Sequencer {
    /// Wide enough for every sequencer seen (18 digits), so that padded texts compare in SQL.
    pub const PADDED: usize = 32;

    /// Takes the text of an event.
    pub fn new(text: &str) -> Self {
        Self(text.to_ascii_uppercase())
    }

    /// Upper case, padded with zeros on the right to [`Self::PADDED`] digits: compares as text, in SQL too.
    pub fn padded(&self) -> String {
        format!("{:0<width$}", self.0, width = Self::PADDED)
    }
}

impl fmt::Display for Sequencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Sequencer {
    fn cmp(&self, other: &Self) -> Ordering {
        let width = self.0.len().max(other.0.len());
        format!("{:0<width$}", self.0).cmp(&format!("{:0<width$}", other.0))
    }
}

impl PartialOrd for Sequencer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sequencer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Sequencer {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_is_padded_on_the_right_and_case_is_ignored() {
        let cases = [
            ("0055AED6DCD90281E5", "0055AED6DCD90281E6", Ordering::Less),
            ("0055aed6dcd90281e5", "0055AED6DCD90281E5", Ordering::Equal),
            ("00", "0000", Ordering::Equal),
            ("01", "0099", Ordering::Greater),
            ("A", "B0", Ordering::Less),
        ];
        for (left, right, expected) in cases {
            let (left, right) = (Sequencer::new(left), Sequencer::new(right));
            assert_eq!(left.cmp(&right), expected, "{left} {right}");
            assert_eq!(left.padded().cmp(&right.padded()), expected, "padded {left} {right}");
        }
    }
}
