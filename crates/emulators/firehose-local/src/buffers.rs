//! What waits to be delivered, by partition.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kinesis_local::Record;
use serde::Serialize;
use tokio::time::Instant;

use crate::answer::{Failure, Verdict};
use crate::stats::DeliveryStats;
use crate::transform::Transformed;

/// Where records go together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// A partition: the values of its keys.
    Partition(Vec<String>),
    /// Errors of one type, `!{firehose:error-output-type}`.
    Errors(&'static str),
}

/// The type of errors of the transformation.
const PROCESSING_FAILED: &str = "processing-failed";

/// The type of errors of records for whose partition there was no place.
const TOO_MANY_PARTITIONS: &str = "activePartitionExceeded";

/// One object to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Buffer {
    pub(crate) bytes: Vec<u8>,
    /// The arrival of its oldest record: milliseconds since 1970.
    pub(crate) oldest: i64,
}

/// All objects to be.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) groups: BTreeMap<Group, Buffer>,
    /// The bytes of all of them.
    bytes: usize,
    /// The bytes of the largest.
    largest: usize,
    partitions: usize,
    /// When the first record came, also one that was dropped.
    pub(crate) since: Option<Instant>,
}

/// A record that could not be delivered: a line of an object of errors.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorLine<'a> {
    attempts_made: u32,
    arrival_timestamp: i64,
    error_code: &'a str,
    error_message: &'a str,
    attempt_ending_timestamp: i64,
    raw_data: String,
    lambda_arn: &'a str,
}

/// What buffers need to know of the stream.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) buffer_bytes: usize,
    pub(crate) memory_bytes: usize,
    pub(crate) active_partitions: usize,
    pub(crate) lambda_arn: String,
}

impl Buffers {
    /// Takes a batch in.
    pub(crate) fn take(&mut self, done: Transformed, rules: &Rules, stats: &mut DeliveryStats) {
        self.since.get_or_insert_with(Instant::now);
        let Transformed { batch, verdicts, attempts, ended } = done;
        for (record, verdict) in batch.records.iter().zip(verdicts) {
            match verdict {
                Verdict::Dropped => stats.dropped += 1,
                Verdict::Failed(failure) => {
                    stats.failed += 1;
                    self.fail(PROCESSING_FAILED, record, &failure, (attempts, ended), rules);
                }
                Verdict::Ok { data, partition } => {
                    let group = Group::Partition(partition);
                    let is_new = !self.groups.contains_key(&group);
                    if is_new && self.partitions >= rules.active_partitions {
                        stats.failed += 1;
                        let failure = too_many(rules.active_partitions);
                        self.fail(TOO_MANY_PARTITIONS, record, &failure, (attempts, ended), rules);
                        continue;
                    }
                    stats.ok += 1;
                    self.partitions += usize::from(is_new);
                    self.append(group, record.arrival, &data);
                }
            }
        }
    }

    /// Whether a buffer, or all of them together, is full.
    pub(crate) fn is_full(&self, rules: &Rules) -> bool {
        self.largest >= rules.buffer_bytes || self.bytes >= rules.memory_bytes
    }

    fn fail(&mut self, kind: &'static str, record: &Record, failure: &Failure, tried: (u32, i64), rules: &Rules) {
        let line = ErrorLine {
            attempts_made: tried.0,
            arrival_timestamp: record.arrival,
            error_code: failure.code,
            error_message: &failure.message,
            attempt_ending_timestamp: tried.1,
            raw_data: STANDARD.encode(&record.data),
            lambda_arn: &rules.lambda_arn,
        };
        // A struct of plain members is always JSON.
        let mut line = serde_json::to_vec(&line).unwrap_or_default();
        line.push(b'\n');
        self.append(Group::Errors(kind), record.arrival, &line);
    }

    fn append(&mut self, group: Group, arrival: i64, data: &[u8]) {
        let buffer = self.groups.entry(group).or_insert_with(|| Buffer { bytes: Vec::new(), oldest: arrival });
        buffer.bytes.extend_from_slice(data);
        buffer.oldest = buffer.oldest.min(arrival);
        self.bytes += data.len();
        self.largest = self.largest.max(buffer.bytes.len());
    }
}

fn too_many(limit: usize) -> Failure {
    Failure {
        code: "DynamicPartitioning.ActivePartitionExceeded",
        message: format!("The delivery stream has {limit} active partitions, which is its limit."),
    }
}
