//! Writing objects: small ones at once, streams in parts.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc::Sender;

use crate::object::ObjectRef;

/// Bytes of a part of a multipart upload: S3 takes 5 MiB to 5 GiB, and 10,000 parts, so objects up to 80 GB.
pub(crate) const PART: usize = 8 << 20;
const MOST_PARTS: i32 = 10_000;

/// How often a conditional write is tried when another one is under way.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// An object could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// S3 refused.
    #[error(
        "{object} may not be written; grant s3:PutObject and s3:AbortMultipartUpload on it, and kms:GenerateDataKey and kms:Decrypt if its bucket encrypts with a key of KMS"
    )]
    Denied {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The bucket, or the upload in progress, does not exist.
    #[error(
        "{object} has no place to be written to; check the bucket's name, and that no rule ends uploads that are under way"
    )]
    Gone {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// More than S3 takes in one upload.
    #[error("{object} would be larger than {} GB; split the upload", (PART as u64 * MOST_PARTS as u64) / 1_000_000_000)]
    TooLarge {
        /// The object.
        object: ObjectRef,
    },
    /// The value has no JSON form.
    #[error("the content of {object} cannot be written as JSON")]
    Json {
        /// The object.
        object: ObjectRef,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Any other failure of a request, after the client's own attempts: try again later.
    #[error("{object} could not be written")]
    Request {
        /// The object.
        object: ObjectRef,
        /// The last attempt's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Writes an object at once, over what is there.
///
/// # Errors
/// S3's.
pub async fn put_bytes(
    client: &Client,
    target: &ObjectRef,
    bytes: impl Into<Bytes>,
    content_type: &str,
) -> Result<(), WriteError> {
    let body = ByteStream::from(bytes.into());
    let put = client.put_object().bucket(&target.bucket).key(&target.key).content_type(content_type).body(body);
    put.send().await.map(|_| ()).map_err(|error| failed(target, error))
}

/// Writes a value as JSON, over what is there.
///
/// # Errors
/// S3's, and a value without a JSON form.
pub async fn put_json(client: &Client, target: &ObjectRef, value: &impl Serialize) -> Result<(), WriteError> {
    let json = serde_json::to_vec(value).map_err(|source| WriteError::Json { object: target.clone(), source })?;
    put_bytes(client, target, json, "application/json").await
}

/// Writes an object unless the key has one; says whether it was written.
///
/// # Errors
/// S3's, also when other writers of the same key keep getting in the way.
pub async fn put_if_absent(
    client: &Client,
    target: &ObjectRef,
    bytes: impl Into<Bytes>,
    content_type: &str,
) -> Result<bool, WriteError> {
    put_if_unchanged(client, target, None, bytes, content_type).await.map(|etag| etag.is_some())
}

/// Writes an object over the one with this ETag, or with none if the key has no object: its new ETag, or nothing if the key has
/// another object.
///
/// # Errors
/// As `put_if_absent`.
pub(crate) async fn put_if_unchanged(
    client: &Client,
    target: &ObjectRef,
    etag: Option<&str>,
    bytes: impl Into<Bytes>,
    content_type: &str,
) -> Result<Option<String>, WriteError> {
    let bytes = bytes.into();
    let mut attempt = 1;
    loop {
        let put = client.put_object().bucket(&target.bucket).key(&target.key).content_type(content_type);
        let put = match etag {
            Some(etag) => put.if_match(etag),
            None => put.if_none_match("*"),
        };
        let answer = put.body(ByteStream::from(bytes.clone())).send().await;
        match answer {
            Ok(output) => return Ok(Some(output.e_tag.unwrap_or_default())),
            Err(error) if status(&error) == Some(412) => return Ok(None),
            // The object that should be replaced is gone; a bucket that is gone has another code.
            Err(error) if etag.is_some() && error.code() == Some("NoSuchKey") => return Ok(None),
            // Another conditional write of the key is under way.
            Err(error) if status(&error) == Some(409) && attempt < ATTEMPTS => {
                tokio::time::sleep(PAUSE * attempt).await;
                attempt += 1;
            }
            Err(error) => return Err(failed(target, error)),
        }
    }
}

/// Collects what is written to it into parts, and hands them to an [`Upload`] through a channel.
///
/// For threads that may block: it waits while the channel is full.
pub(crate) struct Parts {
    sender: Sender<Bytes>,
    part: Vec<u8>,
    pub(crate) bytes: u64,
}

impl Parts {
    pub(crate) fn new(sender: Sender<Bytes>) -> Self {
        Parts { sender, part: Vec::new(), bytes: 0 }
    }

    fn send(&mut self) -> io::Result<()> {
        let part = std::mem::take(&mut self.part);
        self.sender.blocking_send(part.into()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.part.capacity() == 0 {
            self.part.reserve_exact(PART);
        }
        let count = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        self.bytes += count as u64;
        if self.part.len() == PART {
            self.send()?;
        }
        Ok(count)
    }

    /// Hands on the last part.
    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() { Ok(()) } else { self.send() }
    }
}

/// An object that is written in parts, and appears when it is complete.
pub(crate) struct Upload<'a> {
    client: &'a Client,
    target: &'a ObjectRef,
    content_type: &'a str,
    /// The first part, until there is a second: one part alone is written at once.
    first: Option<Bytes>,
    id: Option<String>,
    parts: Vec<CompletedPart>,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(client: &'a Client, target: &'a ObjectRef, content_type: &'a str) -> Self {
        Upload { client, target, content_type, first: None, id: None, parts: Vec::new() }
    }

    pub(crate) async fn add(&mut self, part: Bytes) -> Result<(), WriteError> {
        if self.id.is_none() {
            let Some(first) = self.first.replace(part) else {
                return Ok(());
            };
            let create = self.client.create_multipart_upload().bucket(&self.target.bucket).key(&self.target.key);
            let created = create.content_type(self.content_type).send().await.map_err(|e| failed(self.target, e))?;
            self.id = created.upload_id;
            self.send(first).await?;
            let Some(second) = self.first.take() else {
                return Ok(());
            };
            return self.send(second).await;
        }
        self.send(part).await
    }

    async fn send(&mut self, part: Bytes) -> Result<(), WriteError> {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        if number > MOST_PARTS {
            return Err(WriteError::TooLarge { object: self.target.clone() });
        }
        let upload = self.client.upload_part().bucket(&self.target.bucket).key(&self.target.key);
        let upload = upload.set_upload_id(self.id.clone()).part_number(number).body(ByteStream::from(part));
        let sent = upload.send().await.map_err(|error| failed(self.target, error))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme);
        self.parts.push(part.build());
        Ok(())
    }

    /// Makes the object appear.
    pub(crate) async fn complete(&mut self) -> Result<(), WriteError> {
        if self.id.is_none() {
            let only = self.first.take().unwrap_or_default();
            return put_bytes(self.client, self.target, only, self.content_type).await;
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut self.parts))).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.target.bucket).key(&self.target.key);
        let complete = complete.set_upload_id(self.id.clone()).multipart_upload(parts);
        complete.send().await.map_err(|error| failed(self.target, error))?;
        self.id = None;
        Ok(())
    }

    /// Gives the parts up, so that they cost nothing; a failure is logged, since another one is being reported.
    pub(crate) async fn abort(self) {
        let Some(id) = self.id else { return };
        let abort = self.client.abort_multipart_upload().bucket(&self.target.bucket).key(&self.target.key);
        if let Err(error) = abort.upload_id(&id).send().await {
            let error = aws_sdk_s3::error::DisplayErrorContext(&error).to_string();
            tracing::warn!(object = %self.target, upload.id = id, error, "an unfinished upload could not be aborted");
        }
    }
}

fn failed<E>(object: &ObjectRef, error: SdkError<E>) -> WriteError
where
    SdkError<E>: Error + Send + Sync + 'static,
{
    let object = object.clone();
    match status(&error) {
        Some(403) => WriteError::Denied { object, source: Box::new(error) },
        Some(404) => WriteError::Gone { object, source: Box::new(error) },
        _ => WriteError::Request { object, source: Box::new(error) },
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
