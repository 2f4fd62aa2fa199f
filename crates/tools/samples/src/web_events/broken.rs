//! Records that are no events.

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Malformed {
    /// It ends in the middle, as after a full disk.
    Truncated,
    /// A text that is not JSON.
    Text,
    /// JSON, but no object.
    Array,
    /// An object without a `type`.
    NoType,
    /// Bytes that are no UTF-8.
    NotUtf8,
}

impl Malformed {
    /// Every kind.
    pub const ALL: [Malformed; 5] =
        [Malformed::Truncated, Malformed::Text, Malformed::Array, Malformed::NoType, Malformed::NotUtf8];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::Truncated => "truncated",
            Malformed::Text => "text",
            Malformed::Array => "array",
            Malformed::NoType => "no-type",
            Malformed::NotUtf8 => "not-utf8",
        }
    }

    /// The record that a producer with this fault makes of a good event.
    pub(super) fn of(self, event: &[u8]) -> Vec<u8> {
        match self {
            Malformed::Truncated => event[..event.len() / 2].to_vec(),
            Malformed::Text => b"ERROR producer: queue is full, 17 events were dropped".to_vec(),
            Malformed::Array => [b"[", event, b"]"].concat(),
            Malformed::NoType => {
                let at = event.iter().position(|byte| *byte == b',').map_or(1, |comma| comma + 1);
                [b"{", &event[at..]].concat()
            }
            Malformed::NotUtf8 => {
                let mut data = event.to_vec();
                let at = data.len() / 2;
                data[at] = 0xff;
                data
            }
        }
    }
}
