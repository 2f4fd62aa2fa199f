use std::collections::BTreeSet;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use notifications::{Upload, UploadId};
use objects::ObjectRef;
use record_format::RecordFormat;
use redshift::load::LoadPlan;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::outcome::LoadOutcome;

/// The loads' state in the lake. See the crate's page for the names.
#[derive(Debug, Clone)]
pub struct Store {
    s3: Client,
    bucket: String,
}

/// `load.json`: what was submitted, so that a repetition submits the very same and a finished batch can be explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadRecord {
    /// The form in which it is stored.
    #[serde(default)]
    pub format: RecordFormat<1>,
    /// The dataset's name.
    pub dataset: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// `schema.name`.
    pub table: String,
    /// What arrived.
    pub upload: Upload,
    /// From 1.
    pub attempt: u32,
    /// `s3://` of what COPY reads: the upload itself, or a copy in the lake.
    pub source: String,
    /// Whether COPY reads exactly the upload's version: true for a copy in the lake, false for the key itself, whose
    /// newest version COPY takes.
    pub exact: bool,
    /// The copy in the lake that COPY reads, for a further attempt; none where COPY reads the key, and in records of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<SourceCopy>,
    /// The batch.
    pub plan: LoadPlan,
}

/// A copy of an upload in the lake, as it is or rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCopy {
    /// Its size.
    pub bytes: u64,
    /// The pipeline's format and options when it was made: with others, another copy is made.
    pub read_as: String,
}

/// What the lake says of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Whether `outcome.json` is there.
    pub finished: bool,
}

impl Store {
    /// The lake's bucket.
    pub fn new(s3: Client, bucket: impl Into<String>) -> Self {
        Self { s3, bucket: bucket.into() }
    }

    /// The lake's bucket, which names the deployment.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Where a file of an attempt is.
    pub fn object(&self, dataset: &str, load: &UploadId, attempt: u32, file: &str) -> ObjectRef {
        ObjectRef {
            bucket: self.bucket.clone(),
            key: format!("loads/{dataset}/{load}/{attempt}/{file}"),
            version: None,
        }
    }

    /// The attempts at one upload, in order; only those whose record was written.
    ///
    /// # Errors
    /// S3's.
    pub async fn attempts(&self, dataset: &str, load: &UploadId) -> Result<Vec<Attempt>, Error> {
        let prefix = format!("loads/{dataset}/{load}/");
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut pages = self.s3.list_objects_v2().bucket(&self.bucket).prefix(&prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.failed("listing", &prefix, causes::service(&e)))?;
            for key in page.contents().iter().filter_map(|object| object.key()) {
                let Some((number, file)) = key[prefix.len()..].split_once('/') else { continue };
                let Ok(number) = number.parse() else { continue };
                match file {
                    "load.json" if !attempts.iter().any(|a| a.number == number) => {
                        attempts.push(Attempt { number, finished: false });
                    }
                    "outcome.json" => {
                        attempts.retain(|a| a.number != number);
                        attempts.push(Attempt { number, finished: true });
                    }
                    _ => {}
                }
            }
        }
        attempts.sort_by_key(|a| a.number);
        Ok(attempts)
    }

    /// The attempts at all uploads that were submitted and have no outcome.
    ///
    /// # Errors
    /// S3's, or a record that this release cannot read.
    pub async fn unfinished(&self) -> Result<Vec<LoadRecord>, Error> {
        let mut unfinished = BTreeSet::new();
        let mut finished = BTreeSet::new();
        let mut pages = self.s3.list_objects_v2().bucket(&self.bucket).prefix("loads/").into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.failed("listing", "loads/", causes::service(&e)))?;
            for key in page.contents().iter().filter_map(|object| object.key()) {
                match key.rsplit_once('/') {
                    Some((attempt, "load.json")) => _ = unfinished.insert(attempt.to_owned()),
                    Some((attempt, "outcome.json")) => _ = finished.insert(attempt.to_owned()),
                    _ => {}
                }
            }
        }
        let mut records = Vec::new();
        for attempt in unfinished.difference(&finished) {
            let key = format!("{attempt}/load.json");
            if let Some(text) = self.get(&key).await? {
                records.push(self.parse(&key, &text)?);
            }
        }
        Ok(records)
    }

    /// Writes `load.json`, or returns the one that is there already: two deliveries of an event submit the same batch.
    ///
    /// # Errors
    /// S3's, or a record that this release cannot read.
    pub async fn put_record(&self, record: LoadRecord) -> Result<LoadRecord, Error> {
        let object = self.object(&record.dataset, &record.upload.id(), record.attempt, "load.json");
        let text = to_json(&record);
        if self.put_if_absent(&object.key, text).await? {
            return Ok(record);
        }
        let present = self.get(&object.key).await?.unwrap_or_default();
        self.parse(&object.key, &present)
    }

    /// Reads `load.json`; none where the attempt is not ours.
    ///
    /// # Errors
    /// S3's, or a record that this release cannot read.
    pub async fn record(&self, dataset: &str, load: &UploadId, attempt: u32) -> Result<Option<LoadRecord>, Error> {
        let key = self.object(dataset, load, attempt, "load.json").key;
        let Some(text) = self.get(&key).await? else { return Ok(None) };
        self.parse(&key, &text).map(Some)
    }

    /// Reads `outcome.json`; none while the attempt runs.
    ///
    /// # Errors
    /// S3's, or an outcome that this release cannot read.
    pub async fn outcome(&self, dataset: &str, load: &UploadId, attempt: u32) -> Result<Option<LoadOutcome>, Error> {
        self.outcome_at(&self.object(dataset, load, attempt, "outcome.json").key).await
    }

    /// Reads the outcome that is kept under this key.
    ///
    /// # Errors
    /// S3's, or an outcome that this release cannot read.
    pub async fn outcome_at(&self, key: &str) -> Result<Option<LoadOutcome>, Error> {
        let Some(text) = self.get(key).await? else { return Ok(None) };
        self.parse(key, &text).map(Some)
    }

    /// The keys of all outcomes that a dataset has.
    ///
    /// # Errors
    /// S3's.
    pub async fn outcomes(&self, dataset: &str) -> Result<BTreeSet<String>, Error> {
        let prefix = format!("loads/{dataset}/");
        let mut keys = BTreeSet::new();
        let mut pages = self.s3.list_objects_v2().bucket(&self.bucket).prefix(&prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.failed("listing", &prefix, causes::service(&e)))?;
            let found = page.contents().iter().filter_map(|object| object.key());
            keys.extend(found.filter(|key| key.ends_with("/outcome.json")).map(str::to_owned));
        }
        Ok(keys)
    }

    /// Whether an object of the lake, by its URL, is there.
    ///
    /// # Errors
    /// That S3 did not answer.
    pub async fn has(&self, url: &str) -> Result<bool, Error> {
        let Some(key) = url.strip_prefix(&format!("s3://{}/", self.bucket)) else { return Ok(false) };
        match self.s3.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(e)) if e.raw().status().as_u16() == 404 => Ok(false),
            Err(e) => Err(self.failed("looking for", key, causes::service(&e))),
        }
    }

    /// Writes `outcome.json`; false where it was there.
    ///
    /// # Errors
    /// S3's.
    pub async fn put_outcome(&self, outcome: &LoadOutcome) -> Result<bool, Error> {
        let dataset = if outcome.dataset.is_empty() { "unmatched" } else { &outcome.dataset };
        let object = self.object(dataset, &outcome.upload.id(), outcome.attempt, "outcome.json");
        self.put_if_absent(&object.key, to_json(outcome)).await
    }

    /// Writes a small file of ours, over what may be there: its text depends on the upload alone.
    ///
    /// # Errors
    /// S3's.
    pub async fn put(&self, object: &ObjectRef, text: String) -> Result<(), Error> {
        self.s3
            .put_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .content_type("application/json")
            .body(ByteStream::from(text.into_bytes()))
            .send()
            .await
            .map_err(|e| self.failed("writing", &object.key, causes::service(&e)))?;
        Ok(())
    }

    async fn put_if_absent(&self, key: &str, text: String) -> Result<bool, Error> {
        let put = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .if_none_match("*")
            .content_type("application/json")
            .body(ByteStream::from(text.into_bytes()))
            .send()
            .await;
        match put {
            Ok(_) => Ok(true),
            // 412: it is there. S3 API, PutObject, If-None-Match.
            Err(SdkError::ServiceError(e)) if e.raw().status().as_u16() == 412 => Ok(false),
            Err(e) => Err(self.failed("writing", key, causes::service(&e))),
        }
    }

    async fn get(&self, key: &str) -> Result<Option<String>, Error> {
        let got = match self.s3.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(got) => got,
            Err(SdkError::ServiceError(e)) if matches!(e.err(), GetObjectError::NoSuchKey(_)) => return Ok(None),
            Err(e) => return Err(self.failed("reading", key, causes::service(&e))),
        };
        let bytes = got.body.collect().await.map_err(|e| self.failed("reading", key, causes::chain(&e)))?;
        Ok(Some(String::from_utf8_lossy(&bytes.into_bytes()).into_owned()))
    }

    fn parse<'t, T: Deserialize<'t>>(&self, key: &str, text: &'t str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|source| Error::Record {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            source,
        })
    }

    fn failed(&self, operation: &'static str, key: &str, cause: String) -> Error {
        Error::Lake { operation, bucket: self.bucket.clone(), key: key.to_owned(), cause }
    }
}

/// Our own types have only text keys, so they always have a JSON form.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
