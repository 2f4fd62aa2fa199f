//! Objects: put, get, head, copy, delete.

use std::io::SeekFrom;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, StdError};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::body::{Stated, receive};
use crate::checksums::{stated_checksum, tell_checksum};
use crate::conditions::{ReadConditions, WriteConditions};
use crate::notifications::Change;
use crate::protocol::{Protocol, etag, time};
use crate::store::{Bucket, Put};
use crate::store_error::{StoreError, interrupted};
use crate::version::{Content, Headers, Version, stated_headers};

/// How many bytes of a file are read at once.
const READ_BYTES: usize = 256 * 1024;

impl Protocol {
    pub(crate) async fn put(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let stated = Stated {
            length: request.input.content_length,
            md5: request.input.content_md5.take(),
            checksum: stated_checksum!(request.input),
            trailing: Stated::trailing(&request.headers, &request.extensions),
        };
        let input = request.input;
        let bucket = self.store.bucket(&input.bucket)?;
        self.store.admit(&input.bucket, &input.key)?;
        let headers = stated_headers!(input);
        let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
        // A condition that fails already need not wait for the body; it is checked again when the object becomes visible.
        conditions.check(&input.key, bucket.index().get(&input.key).and_then(|versions| versions.last()))?;
        let staged = match input.body {
            Some(body) => receive(&bucket.incoming(), body, stated).await?,
            None => receive(&bucket.incoming(), stream::empty::<Result<Bytes, StdError>>(), stated).await?,
        };
        let put = Put { conditions, change: Change::Put };
        let store = Arc::clone(&self.store);
        let stored = tokio::task::spawn_blocking(move || store.put(&bucket, &input.key, staged, headers, &put));
        let version = stored.await.map_err(interrupted)??;
        let content = version.object.clone().unwrap_or_default();
        let mut output = PutObjectOutput {
            e_tag: Some(etag(&content)),
            version_id: Some(version.version_id.clone()),
            ..PutObjectOutput::default()
        };
        tell_checksum!(output, &content.checksum);
        Ok(S3Response::new(output))
    }

    pub(crate) async fn get(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let bucket = self.store.bucket(&input.bucket)?;
        let (version, content) = bucket.find(&input.key, input.version_id.as_deref())?;
        let conditions = ReadConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        conditions.check(&version, &content)?;
        let range = selected(input.range, &version, &content)?;
        let body = open(&bucket, &version, range.clone().unwrap_or(0..content.size)).await?;
        let Headers { content_type, content_encoding, content_disposition, content_language, cache_control, metadata } =
            content.headers.clone();
        let mut output = GetObjectOutput {
            body: Some(body),
            content_length: Some(length(range.as_ref().map_or(content.size, |range| range.end - range.start))),
            content_range: range
                .as_ref()
                .map(|range| format!("bytes {}-{}/{}", range.start, range.end - 1, content.size)),
            content_type,
            content_encoding,
            content_disposition,
            content_language,
            cache_control,
            metadata: Some(metadata.into_iter().collect()),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(etag(&content)),
            last_modified: Some(time(version.last_modified)),
            version_id: Some(version.version_id.clone()),
            ..GetObjectOutput::default()
        };
        // The checksum is of the whole object: a part of it would not match.
        if input.checksum_mode.is_some() && range.is_none() {
            tell_checksum!(output, &content.checksum);
        }
        Ok(S3Response::new(output))
    }

    pub(crate) async fn head(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let bucket = self.store.bucket(&input.bucket)?;
        let (version, content) = bucket.find(&input.key, input.version_id.as_deref())?;
        let conditions = ReadConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        conditions.check(&version, &content)?;
        let range = selected(input.range, &version, &content)?;
        let Headers { content_type, content_encoding, content_disposition, content_language, cache_control, metadata } =
            content.headers.clone();
        let mut output = HeadObjectOutput {
            content_length: Some(length(range.as_ref().map_or(content.size, |range| range.end - range.start))),
            content_range: range
                .as_ref()
                .map(|range| format!("bytes {}-{}/{}", range.start, range.end - 1, content.size)),
            content_type,
            content_encoding,
            content_disposition,
            content_language,
            cache_control,
            metadata: Some(metadata.into_iter().collect()),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(etag(&content)),
            last_modified: Some(time(version.last_modified)),
            version_id: Some(version.version_id.clone()),
            ..HeadObjectOutput::default()
        };
        if input.checksum_mode.is_some() && range.is_none() {
            tell_checksum!(output, &content.checksum);
        }
        Ok(S3Response::new(output))
    }

    pub(crate) async fn copy(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        let CopySource::Bucket { bucket: source_bucket, key: source_key, version_id } = &input.copy_source else {
            return Err(StoreError::Argument(
                "a copy's source is <bucket>/<key>, with ?versionId=<id> if wanted".to_owned(),
            )
            .into());
        };
        let bucket = self.store.bucket(&input.bucket)?;
        self.store.admit(&input.bucket, &input.key)?;
        let source_bucket = self.store.bucket(source_bucket)?;
        let (source, content) = source_bucket.find(source_key, version_id.as_deref())?;
        let conditions = ReadConditions {
            if_match: input.copy_source_if_match.clone(),
            if_none_match: input.copy_source_if_none_match.clone(),
            if_modified_since: input.copy_source_if_modified_since.clone(),
            if_unmodified_since: input.copy_source_if_unmodified_since.clone(),
        };
        conditions.check_source(&source, &content)?;
        let replaced =
            input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
        let headers = if replaced { stated_headers!(input) } else { content.headers.clone() };
        let body = open(&source_bucket, &source, 0..content.size).await?;
        let stated =
            Stated { length: Some(length(content.size)), checksum: content.checksum.clone(), ..Stated::default() };
        let staged = receive(&bucket.incoming(), body, stated).await?;
        let put = Put { conditions: WriteConditions::default(), change: Change::Copy };
        let store = Arc::clone(&self.store);
        let stored = tokio::task::spawn_blocking(move || store.put(&bucket, &input.key, staged, headers, &put));
        let version = stored.await.map_err(interrupted)??;
        let content = version.object.clone().unwrap_or_default();
        let mut result = CopyObjectResult {
            e_tag: Some(etag(&content)),
            last_modified: Some(time(version.last_modified)),
            ..CopyObjectResult::default()
        };
        tell_checksum!(result, &content.checksum);
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: Some(source.version_id.clone()),
            version_id: Some(version.version_id.clone()),
            ..CopyObjectOutput::default()
        }))
    }

    pub(crate) async fn delete(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        let bucket = self.store.bucket(&input.bucket)?;
        let version = self.delete_one(bucket, input.key, input.version_id.clone()).await?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: version.as_ref().map(|version| version.object.is_none()),
            version_id: version.map(|version| version.version_id.clone()).or(input.version_id),
            ..DeleteObjectOutput::default()
        }))
    }

    pub(crate) async fn delete_many(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        let bucket = self.store.bucket(&input.bucket)?;
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in input.delete.objects {
            match self.delete_one(Arc::clone(&bucket), object.key.clone(), object.version_id.clone()).await {
                Ok(version) => {
                    let marker = version
                        .as_ref()
                        .filter(|version| version.object.is_none())
                        .map(|version| version.version_id.clone());
                    deleted.push(DeletedObject {
                        delete_marker: marker.is_some().then_some(true),
                        delete_marker_version_id: marker,
                        key: Some(object.key),
                        version_id: object.version_id,
                    });
                }
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    key: Some(object.key),
                    version_id: object.version_id,
                }),
            }
        }
        if input.delete.quiet == Some(true) {
            deleted.clear();
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: Some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }

    async fn delete_one(
        &self,
        bucket: Arc<Bucket>,
        key: String,
        version_id: Option<String>,
    ) -> S3Result<Option<Arc<Version>>> {
        let store = Arc::clone(&self.store);
        let deleted = tokio::task::spawn_blocking(move || store.delete(&bucket, &key, version_id.as_deref()));
        Ok(deleted.await.map_err(interrupted)??)
    }
}

/// The bytes that a range selects: half open, and never empty.
fn selected(
    range: Option<Range>,
    version: &Version,
    content: &Content,
) -> Result<Option<std::ops::Range<u64>>, StoreError> {
    let outside = || StoreError::Range { key: version.key.clone(), size: content.size };
    match range.map(|range| range.check(content.size)) {
        None => Ok(None),
        Some(Ok(range)) if range.is_empty() => Err(outside()),
        Some(Ok(range)) => Ok(Some(range)),
        Some(Err(_)) => Err(outside()),
    }
}

/// The bytes of a version as a stream that holds one buffer in memory.
async fn open(bucket: &Bucket, version: &Version, range: std::ops::Range<u64>) -> S3Result<StreamingBlob> {
    let path = bucket.data(version);
    let mut file = tokio::fs::File::open(&path).await.map_err(StoreError::disk("open", &path))?;
    file.set_max_buf_size(READ_BYTES);
    file.seek(SeekFrom::Start(range.start)).await.map_err(StoreError::disk("read", &path))?;
    let stream = ReaderStream::with_capacity(file.take(range.end - range.start), READ_BYTES);
    Ok(StreamingBlob::wrap(stream))
}

/// A length as the protocol's types have it; no file is longer than an `i64`.
pub(crate) fn length(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
