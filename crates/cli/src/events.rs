//! The way of tracking events, as commands see it: its clients, its names, and what is at each stage.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use athena_local::Athena;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use aws_sdk_s3::Client;
use backon::{BackoffBuilder, ExponentialBuilder};
use collect_events::{REQUEST_BYTES_MAX, REQUEST_RECORDS_MAX};
use objects::ObjectRef;
use serde::Deserialize;
use transform_events::Rules;

use crate::collector::Collector;
use crate::kept;

/// The write key of the embedded collector.
pub(crate) const WRITE_KEY: &str = "local";

/// What a partition key has that is made here.
const PARTITION_KEY_BYTES: usize = 16;

/// How often records are sent that the stream refuses.
const TRIES: usize = 10;

/// Clients and names.
#[derive(Clone)]
pub(crate) struct Events {
    /// What keys begin with in the lake, without a `/` at its end.
    pub(crate) prefix: String,
    /// The bucket of the lake.
    pub(crate) lake_bucket: String,
    /// Where events enter.
    pub(crate) kinesis: aws_sdk_kinesis::Client,
    /// The stream's name.
    pub(crate) stream: String,
    /// The catalog.
    pub(crate) glue: aws_sdk_glue::Client,
    /// The catalog's database.
    pub(crate) database: String,
    /// S3, for queries.
    pub(crate) s3: Client,
    /// Where queries keep the files that they have read.
    pub(crate) cache: PathBuf,
    /// What transform-events goes by, for judging what it has not taken.
    pub(crate) rules: Arc<Rules>,
    /// The collector's URL, if it is known.
    pub(crate) collector: Option<String>,
    /// How long the delivery waits for more, if this process runs it.
    pub(crate) buffer_interval: Option<Duration>,
}

/// What write-parquet has written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Rows by table.
    pub(crate) rows: BTreeMap<String, u64>,
    /// Events that were in one raw object twice.
    pub(crate) duplicates: u64,
}

impl Events {
    /// A client of the collector.
    pub(crate) fn collector(&self) -> anyhow::Result<Collector> {
        let url = self.collector.as_deref().context("no collector runs on this state folder: start landfall local")?;
        Collector::new(url, WRITE_KEY)
    }

    /// Queries over the catalog.
    pub(crate) fn athena(&self) -> Athena {
        Athena::new(self.glue.clone(), self.s3.clone(), &self.cache)
    }

    /// How long the delivery waits for more, if this process runs it.
    pub(crate) fn buffer_interval(&self) -> Option<Duration> {
        self.buffer_interval
    }

    /// Puts records into the stream as they are; those that the stream refuses are sent again.
    pub(crate) async fn put_records(&self, records: Vec<Vec<u8>>) -> anyhow::Result<()> {
        let mut entries = Vec::new();
        for data in records {
            let entry = PutRecordsRequestEntry::builder().partition_key(partition_key(&data)).data(Blob::new(data));
            entries.push(entry.build().context("making a record of the stream")?);
        }
        while !entries.is_empty() {
            let (mut count, mut bytes) = (0, 0);
            while let Some(entry) = entries.get(count).filter(|_| count < REQUEST_RECORDS_MAX) {
                bytes += entry.data().as_ref().len() + PARTITION_KEY_BYTES;
                if count > 0 && bytes > REQUEST_BYTES_MAX {
                    break;
                }
                count += 1;
            }
            self.put_all(entries.drain(..count).collect()).await?;
        }
        Ok(())
    }

    /// One request's records, until the stream has all of them.
    async fn put_all(&self, mut entries: Vec<PutRecordsRequestEntry>) -> anyhow::Result<()> {
        let mut waits = ExponentialBuilder::default().with_max_times(TRIES).with_jitter().build();
        loop {
            let put = self.kinesis.put_records().stream_name(&self.stream).set_records(Some(entries.clone())).send();
            let answer = put.await.with_context(|| format!("putting records into the stream {}", self.stream))?;
            let results = answer.records();
            ensure!(results.len() == entries.len(), "the stream {} did not answer for every record", self.stream);
            let mut at = 0;
            entries.retain(|_| {
                at += 1;
                results[at - 1].error_code().is_some()
            });
            if entries.is_empty() {
                return Ok(());
            }
            let reason = results.iter().find_map(|result| result.error_code()).unwrap_or_default();
            let wait = waits.next();
            let wait = wait.with_context(|| format!("the stream {} keeps refusing records: {reason}", self.stream))?;
            tokio::time::sleep(wait).await;
        }
    }

    /// The names of the tables in the catalog.
    pub(crate) async fn tables(&self) -> anyhow::Result<Vec<String>> {
        let mut pages = self.glue.get_tables().database_name(&self.database).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("listing the tables of {}", self.database))?;
            names.extend(page.table_list().iter().map(|table| table.name().to_owned()));
        }
        Ok(names)
    }

    /// The lines of the raw objects, by the table of their key.
    pub(crate) async fn raw_lines(&self, s3: &Client) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut lines = BTreeMap::<String, u64>::new();
        for key in kept::keys(s3, &self.lake_bucket, &[format!("{}/raw/", self.prefix)]).await? {
            let table = key.split('/').nth(2).unwrap_or_default().to_owned();
            let (text, _) = kept::text(s3, &ObjectRef::new(&self.lake_bucket, key)).await?;
            *lines.entry(table).or_default() += text.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        Ok(lines)
    }

    /// What the receipts of write-parquet say.
    pub(crate) async fn written(&self, s3: &Client) -> anyhow::Result<Written> {
        #[derive(Deserialize)]
        struct Receipt {
            rows: BTreeMap<String, BTreeMap<String, u64>>,
            duplicates: u64,
        }
        let mut written = Written::default();
        for key in kept::keys(s3, &self.lake_bucket, &[format!("{}/written/", self.prefix)]).await? {
            let (text, _) = kept::text(s3, &ObjectRef::new(&self.lake_bucket, &key)).await?;
            let receipt: Receipt = serde_json::from_slice(&text).with_context(|| format!("reading {key}"))?;
            written.duplicates += receipt.duplicates;
            for (table, days) in receipt.rows {
                *written.rows.entry(table).or_default() += days.values().sum::<u64>();
            }
        }
        Ok(written)
    }

    /// What is kept for replay: reason -> records.
    pub(crate) async fn kept(&self, s3: &Client) -> anyhow::Result<BTreeMap<String, u64>> {
        let prefixes = kept::AREAS.map(|area| format!("{}/{area}", self.prefix));
        let mut reasons = BTreeMap::<String, u64>::new();
        for key in kept::keys(s3, &self.lake_bucket, &prefixes).await? {
            let kept = kept::read(s3, &self.rules, ObjectRef::new(&self.lake_bucket, key)).await?;
            for (reason, records) in kept.reasons {
                *reasons.entry(reason).or_default() += records;
            }
        }
        Ok(reasons)
    }
}

/// Spreads records over the shards; the same record goes to the same shard.
fn partition_key(data: &[u8]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
