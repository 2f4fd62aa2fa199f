//! `PutRecord` and `PutRecords`.
//!
//! Rules: the API reference of both, and "Quotas and limits" in the Kinesis Data Streams developer guide. The rates of shards are not
//! enforced.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::request::{Named, parse};
use crate::sequence::shard_id;
use crate::shard::NewRecord;
use crate::store::Store;
use crate::stream::{Stream, hash_key};

/// The most records of one request.
const RECORDS: usize = 500;

/// The most bytes of one request: data and partition keys.
const REQUEST_BYTES: usize = 10 * 1024 * 1024;

/// The most bytes of a record: data and partition key. It is the default of a stream's `MaxRecordSizeInKiB`.
pub(crate) const RECORD_BYTES: usize = 1024 * 1024;

/// The most characters of a partition key.
const KEY_CHARACTERS: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecords<'a> {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(borrow)]
    records: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow)]
    partition_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Cow<'a, str>>,
}

/// A record that keeps the rules.
struct Accepted<'a> {
    shard: u32,
    partition_key: Cow<'a, str>,
    data: Vec<u8>,
}

pub(crate) fn record(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let stream = parse::<Named>(body)?.find(store)?;
    let record = accept(&stream, parse(body)?, "")?;
    if store.faults.fails_request() {
        return Err(Refusal::internal());
    }
    let shard = shard_id(record.shard);
    if store.faults.fails_record() {
        return Err(Refusal::throughput(&shard, &stream.description.name));
    }
    let new = NewRecord { partition_key: &record.partition_key, data: &record.data };
    let number = stream.put(&[(record.shard, new)]).into_iter().next().flatten().ok_or_else(Refusal::internal)?;
    Ok(json!({ "ShardId": shard, "SequenceNumber": number.to_string(), "EncryptionType": "NONE" }))
}

pub(crate) fn records(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    // Read once: it may be large.
    let request: PutRecords<'_> = parse(body)?;
    let stream = Named { name: request.stream_name, arn: request.stream_arn }.find(store)?;
    let count = request.records.len();
    if !(1..=RECORDS).contains(&count) {
        let constraint = format!("Member must have length between 1 and {RECORDS}");
        return Err(Refusal::validation(format!("[{count} records]"), "records", &constraint));
    }
    let mut accepted = Vec::with_capacity(count);
    let mut bytes = 0;
    for (place, entry) in (1..).zip(request.records) {
        let record = accept(&stream, entry, &format!("records.{place}.member."))?;
        bytes += record.data.len() + record.partition_key.len();
        accepted.push(record);
    }
    if bytes > REQUEST_BYTES {
        return Err(Refusal::argument(format!("Records size exceeds 10 MB limit: {bytes} bytes")));
    }
    if store.faults.fails_request() {
        return Err(Refusal::internal());
    }
    Ok(put(store, &stream, &accepted))
}

/// Takes what no fault refuses, and answers for each record in its place.
fn put(store: &Store, stream: &Stream, accepted: &[Accepted<'_>]) -> Value {
    let refused: Vec<bool> = accepted.iter().map(|_| store.faults.fails_record()).collect();
    let taken: Vec<(u32, NewRecord<'_>)> = accepted
        .iter()
        .zip(&refused)
        .filter(|(_, refused)| !**refused)
        .map(|(record, _)| (record.shard, NewRecord { partition_key: &record.partition_key, data: &record.data }))
        .collect();
    let mut numbers = stream.put(&taken).into_iter();
    let mut failed = 0;
    let answers: Vec<Value> = accepted
        .iter()
        .zip(refused)
        .map(|(record, refused)| {
            let shard = shard_id(record.shard);
            let refusal = if refused {
                Refusal::throughput(&shard, &stream.description.name)
            } else if let Some(number) = numbers.next().flatten() {
                return json!({ "ShardId": shard, "SequenceNumber": number.to_string() });
            } else {
                Refusal::internal()
            };
            failed += 1;
            json!({ "ErrorCode": refusal.code, "ErrorMessage": refusal.message })
        })
        .collect();
    json!({ "FailedRecordCount": failed, "Records": answers, "EncryptionType": "NONE" })
}

fn accept<'a>(stream: &Stream, entry: Entry<'a>, at: &str) -> Result<Accepted<'a>, Refusal> {
    let Some(partition_key) = entry.partition_key else {
        return Err(Refusal::validation("null", &format!("{at}partitionKey"), "Member must not be null"));
    };
    if !(1..=KEY_CHARACTERS).contains(&partition_key.chars().count()) {
        let constraint = format!("Member must have length between 1 and {KEY_CHARACTERS}");
        return Err(Refusal::validation(&partition_key, &format!("{at}partitionKey"), &constraint));
    }
    let data = STANDARD
        .decode(entry.data.as_ref())
        .map_err(|error| Refusal::serialization(format!("{at}data is not base64: {error}")))?;
    let bytes = data.len() + partition_key.len();
    if bytes > RECORD_BYTES {
        let constraint = format!("Member must have length less than or equal to {RECORD_BYTES}");
        return Err(Refusal::validation(format!("{bytes} bytes of data and key"), &format!("{at}data"), &constraint));
    }
    let hash_key = match &entry.explicit_hash_key {
        None => hash_key(&partition_key),
        Some(text) => text.parse().map_err(|_| {
            let constraint = "Member must be a whole number from 0 to 2^128 - 1";
            Refusal::validation(text, &format!("{at}explicitHashKey"), constraint)
        })?,
    };
    Ok(Accepted { shard: stream.shard_of(hash_key), partition_key, data })
}
