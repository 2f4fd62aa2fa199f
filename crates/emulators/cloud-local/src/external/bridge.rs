//! Copies a stream of the external cloud into the stream here, from which the delivery reads.
//!
//! At least once: what was copied is written down after it was copied, so that a kill between the two copies some records again. Records
//! of one partition key keep their order. A stream that was made anew is read from its beginning.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, Record, ShardIteratorType};
use local_server::{DeliveryObserver, Error, failed, read_json, write_json};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::outage::Outage;

/// How often a shard that has nothing is asked; a shard takes five reads per second.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// How often it is looked for shards that came by resharding.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// The most records and bytes of one request to put them.
const RECORDS: usize = 500;
const BYTES: usize = 5 << 20;

/// What a copied record counts for in addition to its data.
const KEY_BYTES: usize = 256;

/// Which stream is copied where.
#[derive(Clone)]
pub(super) struct BridgeConfig {
    /// A client of the external cloud.
    pub(super) from: Client,
    /// A client of the stream here, which has the same name.
    pub(super) to: Client,
    pub(super) stream: String,
    /// The folder of the places, one file per shard.
    pub(super) folder: PathBuf,
}

/// Copies until it is dropped.
pub(super) struct Bridge {
    task: JoinHandle<()>,
}

/// How far a shard was copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    /// When the stream was made, which tells it from another of the same name.
    stream_made: String,
    /// The last record that was copied.
    sequence_number: String,
}

impl Bridge {
    pub(super) fn start(config: BridgeConfig, observer: DeliveryObserver) -> Result<Self, Error> {
        let folder = &config.folder;
        std::fs::create_dir_all(folder).map_err(failed("create", folder))?;
        Ok(Self { task: tokio::spawn(run(config, observer)) })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Copies every shard in a task of its own.
async fn run(config: BridgeConfig, observer: DeliveryObserver) {
    let mut outage = Outage::new(&config.stream, observer.clone());
    let mut tasks = tokio::task::JoinSet::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    loop {
        match config.shards().await {
            Err(error) => outage.wait(error).await,
            Ok((made, shards)) => {
                outage.over();
                for shard in shards {
                    if known.insert(shard.clone(), made.clone()).as_ref() != Some(&made) {
                        tasks.spawn(copy(config.clone(), made.clone(), shard, observer.clone()));
                    }
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Copies a shard to its end, which only resharding brings, or until the stream is another.
async fn copy(config: BridgeConfig, made: String, shard: String, observer: DeliveryObserver) {
    let file = config.folder.join(format!("{shard}.json"));
    let mut outage = Outage::new(&config.stream, observer);
    let mut iterator: Option<String> = None;
    loop {
        let read = match &iterator {
            None => config.iterator(&made, &shard, &file).await,
            Some(iterator) => config.copy_some(iterator, &made, &file).await,
        };
        match read {
            Ok(Some(next)) => {
                outage.over();
                iterator = Some(next);
            }
            Ok(None) => return,
            Err(error) => {
                // An iterator lives five minutes; the place tells where to go on.
                iterator = None;
                outage.wait(error).await;
                if config.shards().await.is_ok_and(|(now, _)| now != made) {
                    return;
                }
            }
        }
    }
}

impl BridgeConfig {
    /// When the stream was made, and its shards.
    async fn shards(&self) -> Result<(String, Vec<String>), String> {
        let summary = self.from.describe_stream_summary().stream_name(&self.stream).send().await;
        let summary = summary.map_err(|error| causes::chain(&error))?;
        let summary = summary.stream_description_summary.ok_or("the stream has no description")?;
        let (mut shards, mut next) = (Vec::new(), None);
        loop {
            let list = self.from.list_shards();
            let list = match next.take() {
                None => list.stream_name(&self.stream),
                Some(token) => list.next_token(token),
            };
            let page = list.send().await.map_err(|error| causes::chain(&error))?;
            shards.extend(page.shards().iter().map(|shard| shard.shard_id().to_owned()));
            next = page.next_token;
            if next.is_none() {
                return Ok((summary.stream_creation_timestamp.to_string(), shards));
            }
        }
    }

    /// Where to go on.
    async fn iterator(&self, made: &str, shard: &str, file: &Path) -> Result<Option<String>, String> {
        let place: Option<Place> = match file.is_file() {
            true => Some(read_json(file).map_err(|error| causes::chain(&error))?),
            false => None,
        };
        let iterator = self.from.get_shard_iterator().stream_name(&self.stream).shard_id(shard);
        let iterator = match place.filter(|place| place.stream_made == made) {
            Some(place) => iterator
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .starting_sequence_number(place.sequence_number),
            None => iterator.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        iterator.send().await.map(|answer| answer.shard_iterator).map_err(|error| causes::chain(&error))
    }

    /// Copies what there is, writes down how far that was, and gives the iterator behind it.
    async fn copy_some(&self, iterator: &str, made: &str, file: &Path) -> Result<Option<String>, String> {
        let answer = self.from.get_records().shard_iterator(iterator).send().await;
        let answer = answer.map_err(|error| causes::chain(&error))?;
        if answer.records.is_empty() {
            tokio::time::sleep(ASK_EVERY).await;
        }
        for part in parts(answer.records) {
            let last = part.last().map(|record| record.sequence_number.clone());
            self.put(part).await?;
            if let Some(sequence_number) = last {
                let place = Place { stream_made: made.to_owned(), sequence_number };
                write_json(file, &place).map_err(|error| causes::chain(&error))?;
            }
        }
        Ok(answer.next_shard_iterator)
    }

    /// All of these records, or an error; the stream here is a file, and refuses none but by a fault.
    async fn put(&self, records: Vec<Record>) -> Result<(), String> {
        let entries = records.into_iter().map(|record| {
            let entry = PutRecordsRequestEntry::builder().set_partition_key(record.partition_key);
            entry.data(record.data).build().map_err(|error| causes::chain(&error))
        });
        let entries = entries.collect::<Result<Vec<_>, String>>()?;
        let put = self.to.put_records().stream_name(&self.stream).set_records(Some(entries)).send().await;
        let put = put.map_err(|error| causes::chain(&error))?;
        match put.records().iter().find_map(|record| record.error_code()) {
            None => Ok(()),
            Some(code) => Err(format!("the stream here refused records: {code}")),
        }
    }
}

/// Records in portions that one request takes.
fn parts(records: Vec<Record>) -> Vec<Vec<Record>> {
    let mut parts: Vec<Vec<Record>> = Vec::new();
    let mut bytes = 0;
    for record in records {
        let more = record.data.as_ref().len() + KEY_BYTES;
        match parts.last_mut() {
            Some(part) if part.len() < RECORDS && bytes + more <= BYTES => {
                bytes += more;
                part.push(record);
            }
            _ => {
                bytes = more;
                parts.push(vec![record]);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests;
