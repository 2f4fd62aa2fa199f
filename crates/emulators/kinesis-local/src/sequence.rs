//! Sequence numbers as Kinesis writes them: decimal, 56 digits beginning with 49, and in the order of the shard.

use std::fmt;

/// The number of a record, unique among all streams and shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SequenceNumber {
    /// When the stream was created: milliseconds since 1970.
    pub(crate) created: i64,
    pub(crate) shard: u32,
    /// The record's place in its shard.
    pub(crate) number: u64,
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "49{:014}{:012}{:028}", self.created, self.shard, self.number)
    }
}

impl SequenceNumber {
    /// Reads what [`fmt::Display`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_ours = text.len() == 56 && text.starts_with("49") && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_ours {
            return None;
        }
        Some(Self {
            created: text[2..16].parse().ok()?,
            shard: text[16..28].parse().ok()?,
            number: text[28..].parse().ok()?,
        })
    }
}

/// The name of a shard.
pub(crate) fn shard_id(shard: u32) -> String {
    format!("shardId-{shard:012}")
}

/// The shard of this name.
pub(crate) fn parse_shard_id(id: &str) -> Option<u32> {
    let number = id.strip_prefix("shardId-")?.parse().ok()?;
    (shard_id(number) == id).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_and_read() {
        let number = SequenceNumber { created: 1_763_697_600_123, shard: 3, number: 42 };
        assert_eq!(number.to_string(), "49017636976001230000000000030000000000000000000000000042");
        assert_eq!(SequenceNumber::parse(&number.to_string()), Some(number));
        let next = SequenceNumber { number: 43, ..number };
        assert!(next.to_string() > number.to_string());
        for text in ["", "42", "49546986683135544286507457936321625675700192471156785154x", "é"] {
            assert_eq!(SequenceNumber::parse(text), None, "{text}");
        }
        assert_eq!((parse_shard_id("shardId-000000000007"), parse_shard_id("shardId-7")), (Some(7), None));
    }
}
