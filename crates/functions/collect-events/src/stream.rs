use std::time::Duration;

use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::operation::put_records::{PutRecordsError, PutRecordsOutput};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::record::Record;

/// The records of one `PutRecords` (API reference).
pub const REQUEST_RECORDS_MAX: usize = 500;

/// The bytes of one `PutRecords`, data and keys. The API takes 10 MiB, and took 5 before; some emulators still do.
pub const REQUEST_BYTES_MAX: usize = 9 << 19;

/// The bytes of a record, data and key, unless the stream is made for larger ones. An event of 32 KB stays far below.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// A Kinesis stream.
#[derive(Debug, Clone)]
pub struct Stream {
    /// A client that does not retry by itself.
    pub client: aws_sdk_kinesis::Client,
    /// The stream's name.
    pub name: String,
    /// How long to try.
    pub patience: Patience,
}

/// How long the stream is tried before the client is told to come again. Node's client gives up waiting for an answer after 10 seconds,
/// Python's after 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// All tries together.
    pub total: Duration,
    /// One try.
    pub attempt: Duration,
    /// The longest wait before the second try; it doubles with each further one. The wait is drawn from zero to it.
    pub first_wait: Duration,
    /// The longest wait of all.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(8),
            attempt: Duration::from_secs(3),
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(1),
        }
    }
}

/// What became of records.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// How many are in the stream.
    pub(crate) records: usize,
    /// How many were sent again.
    pub(crate) retried: usize,
    /// Why the others are not; none is missing without it.
    pub(crate) failure: Option<String>,
}

impl Stream {
    /// Puts records into the stream. Those that fail, and only those, are sent again until the time is over. Nothing more is sent behind a
    /// request that failed for good.
    pub(crate) async fn deliver(&self, records: impl Iterator<Item = Record>) -> Delivery {
        let deadline = Instant::now() + self.patience.total;
        let mut delivery = Delivery::default();
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for record in records {
            let size = record.key.len() + record.data.len();
            if entries.len() == REQUEST_RECORDS_MAX || bytes + size > REQUEST_BYTES_MAX {
                self.put(std::mem::take(&mut entries), deadline, &mut delivery).await;
                bytes = 0;
                if delivery.failure.is_some() {
                    return delivery;
                }
            }
            bytes += size;
            match entry(record) {
                Ok(entry) => entries.push(entry),
                Err(error) => delivery.failure = Some(causes::chain(&error)),
            }
        }
        if !entries.is_empty() {
            self.put(entries, deadline, &mut delivery).await;
        }
        delivery
    }

    async fn put(&self, mut entries: Vec<PutRecordsRequestEntry>, deadline: Instant, delivery: &mut Delivery) {
        let mut wait = self.patience.first_wait;
        loop {
            let sent = entries.len();
            let request = self.client.put_records().stream_name(&self.name).set_records(Some(entries.clone()));
            let patience = deadline.min(Instant::now() + self.patience.attempt);
            let reason = match timeout_at(patience, request.send()).await {
                Ok(Ok(output)) => {
                    let reason = keep_failed(&mut entries, &output);
                    delivery.records += sent - entries.len();
                    reason
                }
                Ok(Err(error)) if !is_passing(&error) => return delivery.failure = Some(causes::service(&error)),
                Ok(Err(error)) => causes::service(&error),
                Err(_) => "no answer came in time".to_owned(),
            };
            if entries.is_empty() {
                return;
            }
            let next = Instant::now() + drawn(wait);
            if next >= deadline {
                return delivery.failure = Some(reason);
            }
            tokio::time::sleep_until(next).await;
            wait = (wait * 2).min(self.patience.longest_wait);
            delivery.retried += entries.len();
        }
    }
}

fn entry(record: Record) -> Result<PutRecordsRequestEntry, aws_sdk_kinesis::error::BuildError> {
    PutRecordsRequestEntry::builder().data(Blob::new(record.data)).partition_key(record.key).build()
}

/// Leaves the entries that the answer does not confirm, in their order; why the first of them failed.
fn keep_failed(entries: &mut Vec<PutRecordsRequestEntry>, output: &PutRecordsOutput) -> String {
    let results = output.records();
    let is_stored = |at: usize| results.get(at).is_some_and(|result| result.error_code().is_none());
    let mut at = 0;
    entries.retain(|_| {
        at += 1;
        !is_stored(at - 1)
    });
    let first = results.iter().find_map(|result| result.error_code());
    first.unwrap_or("the answer does not confirm every record").to_owned()
}

/// Whether the same request may succeed later.
fn is_passing(error: &SdkError<PutRecordsError>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let is_limit =
                |code: &str| ["Throttl", "ThroughputExceeded", "LimitExceeded"].iter().any(|part| code.contains(part));
            status >= 500 || status == 429 || answer.err().code().is_some_and(is_limit)
        }
        _ => true,
    }
}

/// Full jitter: functions that failed together do not come again together.
fn drawn(longest: Duration) -> Duration {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    // The upper 32 bits are random; the version is below.
    let thousandths = u32::try_from((high >> 32) % 1000).unwrap_or_default();
    longest * thousandths / 1000
}
