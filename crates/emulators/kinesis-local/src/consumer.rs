//! Reading a stream within this process.

use std::sync::Arc;

use bytes::Bytes;
use local_server::Error;
use tokio::sync::watch;

use crate::cursor::{Cursor, ReadLimit};
use crate::sequence::shard_id;
use crate::shard::Shard;
use crate::stream::Stream;

/// A reader in this process, known to the stream by its name. What it has not marked as consumed is not removed, also after a restart: a
/// reader that is given up for good is forgotten by removing `consumers/<name>.json` from the stream's folder.
pub struct Consumer {
    name: String,
    stream: Arc<Stream>,
    changes: watch::Receiver<u64>,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The sequence number, as Kinesis writes it.
    pub sequence_number: String,
    /// Its place in its shard, from 1.
    pub number: u64,
    /// When it was taken: milliseconds since 1970.
    pub arrival: i64,
    /// The partition key.
    pub partition_key: String,
    /// What was put.
    pub data: Bytes,
}

/// A place in one shard.
#[derive(Debug, Default)]
pub struct Position {
    shard: u32,
    cursor: Cursor,
}

impl Position {
    /// Before the record of this number, which counts from 1.
    #[must_use]
    pub fn new(shard: u32, next: u64) -> Self {
        Self { shard, cursor: Cursor::at(next) }
    }

    /// The number of the next record.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.cursor.next
    }
}

impl Consumer {
    pub(crate) fn new(stream: Arc<Stream>, name: &str) -> Result<Self, Error> {
        stream.set_consumed(name, &stream.consumed(name))?;
        let changes = stream.changes();
        Ok(Self { name: name.to_owned(), stream, changes })
    }

    /// The stream's name.
    #[must_use]
    pub fn stream(&self) -> &str {
        &self.stream.description.name
    }

    /// The stream's ARN.
    #[must_use]
    pub fn stream_arn(&self) -> String {
        self.stream.arn()
    }

    /// The region in its ARN.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.stream.region
    }

    /// When the stream was created, which tells it from another of the same name: milliseconds since 1970.
    #[must_use]
    pub fn stream_created(&self) -> i64 {
        self.stream.description.created
    }

    /// How many shards the stream has.
    #[must_use]
    pub fn shards(&self) -> u32 {
        self.stream.description.shards
    }

    /// The name of a shard.
    #[must_use]
    pub fn shard_id(&self, shard: u32) -> String {
        shard_id(shard)
    }

    /// For each shard the number of the oldest record that is kept.
    #[must_use]
    pub fn starts(&self) -> Vec<u64> {
        self.stream.shards().iter().map(Shard::start).collect()
    }

    /// For each shard the number that the next record gets; nothing, when the stream was deleted.
    #[must_use]
    pub fn ends(&self) -> Vec<u64> {
        if self.stream.is_deleted() {
            return Vec::new();
        }
        self.stream.shards().iter().map(Shard::end).collect()
    }

    /// Reads on from a place. Blocks on the disk. A stream that was deleted has no records.
    ///
    /// # Errors
    ///
    /// When the shard's files cannot be read, or hold a damaged record.
    pub fn read(&self, position: &mut Position, limit: ReadLimit) -> Result<Vec<Record>, Error> {
        let shard = position.shard;
        let Some(log) = self.stream.shard(shard).filter(|_| !self.stream.is_deleted()) else { return Ok(Vec::new()) };
        let records = position.cursor.read(log, limit)?.into_iter().map(|record| Record {
            sequence_number: self.stream.sequence(shard, record.number).to_string(),
            number: record.number,
            arrival: record.arrival,
            partition_key: record.partition_key,
            data: record.data,
        });
        Ok(records.collect())
    }

    /// Waits for a write since the last wait, or since this consumer was made.
    pub async fn changed(&mut self) {
        // The sender lives in the stream, so waiting cannot fail.
        let _ = self.changes.changed().await;
    }

    /// Changes with every write.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// Marks what is below these numbers, one per shard, as consumed: it may be removed.
    ///
    /// # Errors
    ///
    /// When that cannot be written down.
    pub fn consumed(&self, next: &[u64]) -> Result<(), Error> {
        if self.stream.is_deleted() { Ok(()) } else { self.stream.set_consumed(&self.name, next) }
    }
}
