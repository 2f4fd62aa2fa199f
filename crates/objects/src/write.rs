//! Writing small objects, each by one request.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use serde::Serialize;

use crate::error::{WriteError, status};
use crate::object_ref::ObjectRef;

/// How often a conditional write is tried when another one is under way.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

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
    put.send().await.map(|_| ()).map_err(|error| WriteError::of(target, error))
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
/// S3's, also when other conditional writes of the same key are under way at every attempt.
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
/// S3's, also when other conditional writes of the same key are under way at every attempt.
pub async fn put_if_unchanged(
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
            Err(error) => return Err(WriteError::of(target, error)),
        }
    }
}
