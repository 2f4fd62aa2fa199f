//! One shard on its way into batches.

use std::sync::Arc;

use kinesis_local::{Consumer, Position, ReadLimit, Record};
use local_server::Error;
use tokio::time::Instant;

use crate::transform::Batch;

/// The invocations of one shard at the same time: "Data transformation" in the Firehose developer guide.
pub(crate) const INVOCATIONS: usize = 5;

/// A record's members in an event, with a partition key of 256 characters that are all escaped.
const RECORD_OVERHEAD: usize = 2_200;

/// An invocation's request has 6 MB; read as 6,000,000 bytes, which is safe either way.
const REQUEST_BYTES: usize = 6_000_000;

/// A shard: what was read of it and waits for its batch to be full.
pub(crate) struct Lane {
    shard: u32,
    position: Position,
    pending: Vec<Record>,
    bytes: usize,
    since: Option<Instant>,
    /// How many batches of it are with the function.
    pub(crate) in_flight: usize,
}

impl Lane {
    /// Begins with the record of this number.
    pub(crate) fn new(shard: u32, next: u64) -> Self {
        Self { shard, position: Position::new(shard, next), pending: Vec::new(), bytes: 0, since: None, in_flight: 0 }
    }

    /// Since when records wait, if any do and a batch of them may be sent.
    pub(crate) fn waits_since(&self) -> Option<Instant> {
        self.since.filter(|_| self.in_flight < INVOCATIONS)
    }

    /// Reads what a batch still has room for, and tells how many records those were and whether the batch is full.
    pub(crate) async fn read(&mut self, source: &Arc<Consumer>, batch_bytes: usize) -> Result<(usize, bool), Error> {
        let most = ((REQUEST_BYTES - batch_bytes * 4 / 3) / RECORD_OVERHEAD).max(1);
        let limit = ReadLimit {
            records: most.saturating_sub(self.pending.len()),
            bytes: batch_bytes.saturating_sub(self.bytes),
            one_at_least: self.pending.is_empty(),
        };
        // After a failure reading begins here again, with a search: the place in the file is not to be trusted then.
        let again = Position::new(self.shard, self.position.next());
        let mut position = std::mem::replace(&mut self.position, again);
        let reader = Arc::clone(source);
        let reading =
            tokio::task::spawn_blocking(move || reader.read(&mut position, limit).map(|read| (position, read)));
        let Ok(read) = reading.await else { return Ok((0, false)) };
        let (position, records) = read?;
        self.position = position;
        let end = source.ends().get(self.shard as usize).copied().unwrap_or_default();
        let has_more = self.position.next() < end;
        if !records.is_empty() {
            self.since.get_or_insert_with(Instant::now);
        }
        self.bytes += records.iter().map(|record| record.data.len() + record.partition_key.len()).sum::<usize>();
        let count = records.len();
        self.pending.extend(records);
        Ok((count, has_more && !self.pending.is_empty()))
    }

    /// The batch of what waits; none, when nothing does or the function has enough of this shard.
    pub(crate) fn batch(&mut self, source: &Consumer) -> Option<Batch> {
        if self.pending.is_empty() || self.in_flight >= INVOCATIONS {
            return None;
        }
        self.in_flight += 1;
        self.bytes = 0;
        self.since = None;
        let records = std::mem::take(&mut self.pending);
        Some(Batch { shard: self.shard, shard_id: source.shard_id(self.shard), records })
    }
}
