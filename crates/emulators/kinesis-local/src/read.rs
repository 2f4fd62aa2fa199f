//! `GetShardIterator` and `GetRecords`.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cursor::{Cursor, ReadLimit};
use crate::refusal::Refusal;
use crate::request::{Named, parse};
use crate::sequence::{SequenceNumber, parse_shard_id, shard_id};
use crate::store::Store;
use crate::stream::Stream;

/// The most records that are answered, and the default.
const RECORDS: usize = 10_000;

/// The most bytes that are answered.
const BYTES: usize = 10 * 1024 * 1024;

/// How long an iterator is good: five minutes, in milliseconds.
const ITERATOR_MILLISECONDS: i64 = 300_000;

/// What an iterator stands for; it is opaque to who holds it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ShardIterator {
    stream: String,
    created: i64,
    shard: u32,
    next: u64,
    issued: i64,
}

impl ShardIterator {
    fn token(&self) -> String {
        // A struct of plain members is always JSON.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(token: &str, now: i64) -> Result<Self, Refusal> {
        let json = URL_SAFE_NO_PAD.decode(token).ok();
        let iterator: Option<Self> = json.and_then(|json| serde_json::from_slice(&json).ok());
        let iterator = iterator.ok_or_else(|| Refusal::argument("Invalid ShardIterator."))?;
        if now - iterator.issued > ITERATOR_MILLISECONDS {
            let message = format!(
                "Iterator expired. The iterator was created at {} while right now it is {now}, which is further in the future than the \
                 tolerated delay of {ITERATOR_MILLISECONDS} milliseconds.",
                iterator.issued
            );
            return Err(Refusal::expired_iterator(message));
        }
        Ok(iterator)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetShardIterator {
    shard_id: String,
    shard_iterator_type: String,
    starting_sequence_number: Option<String>,
    timestamp: Option<f64>,
}

pub(crate) fn shard_iterator(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let stream = parse::<Named>(body)?.find(store)?;
    let request: GetShardIterator = parse(body)?;
    let name = &stream.description.name;
    let shard = parse_shard_id(&request.shard_id).filter(|shard| *shard < stream.description.shards);
    let shard = shard.ok_or_else(|| Refusal::no_shard(&request.shard_id, name))?;
    let next = starting_at(&stream, shard, &request)?;
    let (stream, created, issued) = (name.clone(), stream.description.created, Utc::now().timestamp_millis());
    Ok(json!({ "ShardIterator": ShardIterator { stream, created, shard, next, issued }.token() }))
}

/// The number of the first record that the iterator stands before.
fn starting_at(stream: &Stream, shard: u32, request: &GetShardIterator) -> Result<u64, Refusal> {
    stream.expire();
    let Some(log) = stream.shard(shard) else { return Ok(1) };
    let sequence = || {
        let text = request.starting_sequence_number.as_deref().ok_or_else(|| {
            Refusal::argument(format!("StartingSequenceNumber must be given for {}.", request.shard_iterator_type))
        })?;
        SequenceNumber::parse(text)
            .filter(|number| number.created == stream.description.created && number.shard == shard)
            .ok_or_else(|| {
                let (name, shard) = (&stream.description.name, shard_id(shard));
                Refusal::argument(format!(
                    "StartingSequenceNumber {text} used in GetShardIterator on shard {shard} in stream {name} is invalid because it did \
                     not come from this stream."
                ))
            })
    };
    match request.shard_iterator_type.as_str() {
        "TRIM_HORIZON" => Ok(log.start()),
        "LATEST" => Ok(log.end()),
        "AT_SEQUENCE_NUMBER" => Ok(sequence()?.number.max(log.start())),
        "AFTER_SEQUENCE_NUMBER" => Ok((sequence()?.number.saturating_add(1)).max(log.start())),
        "AT_TIMESTAMP" => {
            let seconds =
                request.timestamp.ok_or_else(|| Refusal::argument("Timestamp must be given for AT_TIMESTAMP."))?;
            // A time with less than a millisecond begins in the millisecond after it.
            Ok(Cursor::at_time(log, (seconds * 1000.0).ceil() as i64)?.next)
        }
        other => {
            let constraint = "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, \
                              TRIM_HORIZON]";
            Err(Refusal::validation(other, "shardIteratorType", constraint))
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetRecords {
    shard_iterator: String,
    limit: Option<i64>,
}

pub(crate) fn records(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let request: GetRecords = parse(body)?;
    let now = Utc::now().timestamp_millis();
    let iterator = ShardIterator::read(&request.shard_iterator, now)?;
    let limit = match request.limit {
        None => RECORDS,
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=RECORDS).contains(limit))
            .ok_or_else(|| Refusal::validation(limit, "limit", &format!("Member must be between 1 and {RECORDS}")))?,
    };
    let stream = store.get(&iterator.stream).filter(|stream| stream.description.created == iterator.created);
    let stream = stream.ok_or_else(|| Refusal::no_stream(&iterator.stream))?;
    let shard = stream.shard(iterator.shard).ok_or_else(|| Refusal::argument("Invalid ShardIterator."))?;
    shard.expire();
    let mut cursor = Cursor::at(iterator.next);
    let stored = cursor.read(shard, ReadLimit { records: limit, bytes: BYTES, one_at_least: true })?;
    let behind = match stored.last() {
        Some(last) if cursor.next < shard.end() => (shard.last_arrival() - last.arrival).max(0),
        None if cursor.next < shard.end() => now - shard.last_arrival(),
        _ => 0,
    };
    let records: Vec<Value> = stored
        .into_iter()
        .map(|record| {
            json!({
                "SequenceNumber": stream.sequence(iterator.shard, record.number).to_string(),
                "ApproximateArrivalTimestamp": seconds(record.arrival),
                "Data": STANDARD.encode(&record.data),
                "PartitionKey": record.partition_key,
                "EncryptionType": "NONE",
            })
        })
        .collect();
    let next = ShardIterator { next: cursor.next, issued: now, ..iterator };
    Ok(json!({ "Records": records, "NextShardIterator": next.token(), "MillisBehindLatest": behind }))
}

/// A time as the API writes it: seconds with a fraction.
pub(crate) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterators_are_read_and_expire() {
        let iterator = || ShardIterator {
            stream: "s".repeat(128),
            created: 1_763_697_600_123,
            shard: 199,
            next: u64::MAX,
            issued: 1_000,
        };
        let token = iterator().token();
        assert!(token.len() <= 512, "{}", token.len());
        assert_eq!(ShardIterator::read(&token, 301_000), Ok(iterator()));
        assert_eq!(ShardIterator::read(&token, 301_001).unwrap_err().code, "ExpiredIteratorException");
        assert_eq!(ShardIterator::read("AAAA", 0).unwrap_err().code, "InvalidArgumentException");
    }
}
