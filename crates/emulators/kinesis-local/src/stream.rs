//! A stream: its shards, who reads it, and which shard a record belongs to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use local_server::{ACCOUNT, Error, failed, read_json, write_json};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::sequence::{SequenceNumber, shard_id};
use crate::shard::{NewRecord, Retention, Shard};

/// The file that says what a stream is. A stream is there when it is.
const STREAM_FILE: &str = "stream.json";

/// The folder of the consumers' positions.
const CONSUMERS: &str = "consumers";

/// What a stream is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) shards: u32,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
    pub(crate) is_on_demand: bool,
}

/// A stream on disk.
pub(crate) struct Stream {
    pub(crate) description: Description,
    pub(crate) region: String,
    pub(crate) retention: Retention,
    folder: PathBuf,
    shards: Vec<Shard>,
    /// For each consumer the number of the next record of each shard that it needs.
    consumers: Mutex<BTreeMap<String, Vec<u64>>>,
    /// Counts the writes.
    changes: watch::Sender<u64>,
    deleted: AtomicBool,
}

impl Stream {
    /// Makes a stream that is not there yet.
    pub(crate) fn create(
        folder: PathBuf,
        region: &str,
        description: &Description,
        retention: Retention,
    ) -> Result<Self, Error> {
        fs::create_dir_all(folder.join(CONSUMERS)).map_err(failed("create", &folder))?;
        write_json(&folder.join(STREAM_FILE), description)?;
        Self::open(folder, region, retention)
    }

    /// Whether this is the folder of a stream.
    pub(crate) fn is_in(folder: &Path) -> bool {
        folder.join(STREAM_FILE).is_file()
    }

    pub(crate) fn open(folder: PathBuf, region: &str, retention: Retention) -> Result<Self, Error> {
        let description: Description = read_json(&folder.join(STREAM_FILE))?;
        let consumers = read_consumers(&folder.join(CONSUMERS))?;
        let mut shards = Vec::new();
        for shard in 0..description.shards {
            let needed = needed(&consumers, shard);
            shards.push(Shard::open(folder.join(shard_id(shard)), retention, needed)?);
        }
        Ok(Self {
            description,
            region: region.to_owned(),
            retention,
            folder,
            shards,
            consumers: Mutex::new(consumers),
            changes: watch::Sender::new(0),
            deleted: AtomicBool::new(false),
        })
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:kinesis:{}:{ACCOUNT}:stream/{}", self.region, self.description.name)
    }

    pub(crate) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    pub(crate) fn shard(&self, shard: u32) -> Option<&Shard> {
        self.shards.get(shard as usize)
    }

    pub(crate) fn sequence(&self, shard: u32, number: u64) -> SequenceNumber {
        SequenceNumber { created: self.description.created, shard, number }
    }

    /// The shard that a hash key belongs to: the one whose range holds it.
    pub(crate) fn shard_of(&self, hash_key: u128) -> u32 {
        let last = self.description.shards - 1;
        match width(self.description.shards) {
            None => 0,
            Some(width) => u32::try_from(hash_key / width).unwrap_or(last).min(last),
        }
    }

    /// The first and the last hash key of a shard: equal shares of 128 bits, the last shard has what is left over.
    pub(crate) fn hash_keys(&self, shard: u32) -> (u128, u128) {
        let Some(width) = width(self.description.shards) else { return (0, u128::MAX) };
        let start = width * u128::from(shard);
        let is_last = shard + 1 == self.description.shards;
        (start, if is_last { u128::MAX } else { start + width - 1 })
    }

    /// Appends records, each to its shard, and tells their numbers in the order of the records. A record whose shard cannot be written has
    /// none. Blocks on the disk.
    pub(crate) fn put(&self, records: &[(u32, NewRecord<'_>)]) -> Vec<Option<SequenceNumber>> {
        let mut numbers = vec![None; records.len()];
        for (index, shard) in (0..).zip(&self.shards) {
            let mine: Vec<usize> = (0..records.len()).filter(|place| records[*place].0 == index).collect();
            if mine.is_empty() {
                continue;
            }
            let batch: Vec<NewRecord<'_>> = mine.iter().map(|place| records[*place].1).collect();
            match shard.append(&batch) {
                Ok(first) => {
                    for (place, number) in mine.into_iter().zip(first..) {
                        numbers[place] = Some(self.sequence(index, number));
                    }
                }
                Err(error) => tracing::error!(
                    stream = self.description.name,
                    error = causes::chain(&error),
                    "records were not taken"
                ),
            }
        }
        self.changes.send_modify(|changes| *changes += 1);
        numbers
    }

    /// Is told of every write, and of the deletion.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Removes what is older than the retention allows.
    pub(crate) fn expire(&self) {
        self.shards.iter().for_each(Shard::expire);
    }

    /// Keeps what the consumer has not read, from these numbers on, for each shard.
    pub(crate) fn set_consumed(&self, consumer: &str, next: &[u64]) -> Result<(), Error> {
        let mut consumers = self.consumers.lock().unwrap_or_else(PoisonError::into_inner);
        write_json(&self.folder.join(CONSUMERS).join(format!("{consumer}.json")), &next)?;
        consumers.insert(consumer.to_owned(), next.to_owned());
        for (index, shard) in (0..).zip(&self.shards) {
            shard.set_needed(needed(&consumers, index));
        }
        Ok(())
    }

    /// What the consumer said last that it has read up to; from the beginning, when it is new.
    pub(crate) fn consumed(&self, consumer: &str) -> Vec<u64> {
        let consumers = self.consumers.lock().unwrap_or_else(PoisonError::into_inner);
        consumers.get(consumer).cloned().unwrap_or_else(|| vec![1; self.shards.len()])
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::SeqCst)
    }

    /// Removes the stream from the disk: first the file that says that it is one.
    pub(crate) fn delete(&self) -> Result<(), Error> {
        self.deleted.store(true, Ordering::SeqCst);
        let file = self.folder.join(STREAM_FILE);
        fs::remove_file(&file).map_err(failed("remove", &file))?;
        fs::remove_dir_all(&self.folder).map_err(failed("remove", &self.folder))?;
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }
}

/// The hash key of a partition key: its MD5.
pub(crate) fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into())
}

/// How many hash keys each of several shards has.
fn width(shards: u32) -> Option<u128> {
    let shards = u128::from(shards);
    // 2^128 / shards, rounded down; 2^128 itself has no place in 128 bits.
    (shards > 1).then(|| u128::MAX / shards + u128::from(u128::MAX % shards == shards - 1))
}

/// What no consumer has read of a shard; nothing, without consumers.
fn needed(consumers: &BTreeMap<String, Vec<u64>>, shard: u32) -> u64 {
    consumers.values().filter_map(|next| next.get(shard as usize)).min().copied().unwrap_or(u64::MAX)
}

fn read_consumers(folder: &Path) -> Result<BTreeMap<String, Vec<u64>>, Error> {
    let mut consumers = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let path = entry.map_err(failed("list", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json")
            && let Some(name) = path.file_stem()
        {
            consumers.insert(name.to_string_lossy().into_owned(), read_json(&path)?);
        }
    }
    Ok(consumers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(folder: &Path, shards: u32) -> Stream {
        let description = Description { name: "s".into(), shards, created: 1, is_on_demand: false };
        Stream::create(folder.join(shards.to_string()), "eu-west-1", &description, Retention::default()).unwrap()
    }

    #[test]
    fn hash_keys_are_shared_out_as_kinesis_does() {
        let folder = tempfile::tempdir().unwrap();
        let check = |shards: u32, expected: &[&str]| {
            let stream = stream(folder.path(), shards);
            let starts: Vec<String> = (0..shards).map(|shard| stream.hash_keys(shard).0.to_string()).collect();
            assert_eq!(starts, expected);
            assert_eq!(stream.hash_keys(shards - 1).1, u128::MAX);
            for shard in 0..shards {
                let (first, last) = stream.hash_keys(shard);
                assert_eq!((stream.shard_of(first), stream.shard_of(last)), (shard, shard));
            }
        };
        check(1, &["0"]);
        check(2, &["0", "170141183460469231731687303715884105728"]);
        check(3, &["0", "113427455640312821154458202477256070485", "226854911280625642308916404954512140970"]);
    }

    #[test]
    fn a_partition_key_is_hashed_with_md5() {
        // `printf key | md5sum` in decimal
        assert_eq!(format!("{:032x}", hash_key("key")), "3c6e0b8a9c15224a8228b9a98ca1531d");
    }
}
