//! Bodies on their way to disk: received into a file of their own, hashed on the way, verified at the end.

use std::path::Path;

use futures::{Stream, TryStreamExt};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Result, StdError};
use tempfile::TempPath;
use tokio::io::{AsyncWriteExt, BufWriter};

use crate::checksums::{Algorithm, Checksum};
use crate::signatures::Trailers;
use crate::store_error::{StoreError, interrupted};

/// How many bytes are gathered before they are written: fewer and larger writes.
const WRITE_BYTES: usize = 1024 * 1024;

/// A body that was received and verified. The file goes away with it, unless the store gives it a place.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) file: TempPath,
    pub(crate) size: u64,
    /// The MD5 of the bytes, hexadecimal.
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// What the request says of its body.
#[derive(Debug, Default)]
pub(crate) struct Stated {
    pub(crate) length: Option<i64>,
    /// Base64, as in `Content-MD5`.
    pub(crate) md5: Option<String>,
    pub(crate) checksum: Option<Checksum>,
    /// The algorithm of a checksum that comes after the body.
    pub(crate) trailing: Option<(Algorithm, Trailers)>,
}

impl Stated {
    /// The checksum that the request announces in `x-amz-trailer`.
    pub(crate) fn trailing(
        headers: &axum::http::HeaderMap,
        extensions: &axum::http::Extensions,
    ) -> Option<(Algorithm, Trailers)> {
        let names = headers.get("x-amz-trailer")?.to_str().ok()?;
        let algorithm = names.split(',').find_map(Algorithm::from_header)?;
        Some((algorithm, extensions.get::<Trailers>()?.clone()))
    }
}

/// Receives a body into a new file in `folder`.
pub(crate) async fn receive<S>(folder: &Path, mut body: S, stated: Stated) -> S3Result<Staged>
where
    S: Stream<Item = Result<bytes::Bytes, StdError>> + Unpin,
{
    let folder = folder.to_owned();
    let created = tokio::task::spawn_blocking(move || {
        tempfile::NamedTempFile::new_in(&folder).map_err(StoreError::disk("create a file in", &folder))
    });
    let (file, path) = created.await.map_err(interrupted)??.into_parts();
    let mut writer = BufWriter::with_capacity(WRITE_BYTES, tokio::fs::File::from_std(file));
    let mut md5 = Md5::new();
    let algorithm = stated
        .checksum
        .as_ref()
        .map(|checksum| checksum.algorithm)
        .or(stated.trailing.as_ref().map(|trailing| trailing.0));
    let mut hasher = algorithm.map(Algorithm::hasher);
    let mut size = 0;
    while let Some(bytes) = body.try_next().await.map_err(StoreError::Body)? {
        md5.update(&bytes);
        if let Some(hasher) = &mut hasher {
            hasher.update(&bytes);
        }
        size += bytes.len() as u64;
        writer.write_all(&bytes).await.map_err(StoreError::disk("write", &*path))?;
    }
    writer.flush().await.map_err(StoreError::disk("write", &*path))?;
    let md5 = md5.finalize();
    let checksum = verify(&stated, size, md5.as_ref(), hasher)?;
    Ok(Staged { file: path, size, etag: hex::encode(md5), checksum })
}

/// Compares what was received with what the request says of it.
fn verify(
    stated: &Stated,
    size: u64,
    md5: &[u8],
    hasher: Option<ChecksumHasher>,
) -> Result<Option<Checksum>, StoreError> {
    if let Some(length) = stated.length.and_then(|length| u64::try_from(length).ok())
        && length != size
    {
        return Err(StoreError::Length { received: size, stated: length });
    }
    if let Some(stated) = &stated.md5 {
        same("Content-MD5", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, md5), stated)?;
    }
    let computed = hasher.map(ChecksumHasher::finalize).and_then(Checksum::from_fields);
    if let Some(computed) = &computed {
        let name = computed.algorithm.header();
        let trailing = stated.trailing.as_ref().and_then(|(_, trailers)| trailers.get(name));
        if let Some(value) = stated.checksum.as_ref().map(|checksum| &checksum.value).or(trailing.as_ref()) {
            same(name, computed.value.clone(), value)?;
        }
    }
    Ok(computed)
}

fn same(name: &'static str, computed: String, stated: &str) -> Result<(), StoreError> {
    if computed == stated { Ok(()) } else { Err(StoreError::Digest { name, computed, stated: stated.to_owned() }) }
}
