//! The two listings as the protocol has them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Response, S3Result};

use crate::listing::{self, Marker, Query};
use crate::objects::length;
use crate::protocol::{Protocol, etag, time};
use crate::store_error::StoreError;
use crate::version::Version;

/// What stays as it is under `encoding-type=url`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*').remove(b'/');

/// The most rows of a page, and the number of rows when none is asked for.
const PAGE_ROWS: i32 = 1000;

impl Protocol {
    pub(crate) fn list_objects(&self, input: ListObjectsV2Input) -> S3Result<S3Response<ListObjectsV2Output>> {
        let bucket = self.store.bucket(&input.bucket)?;
        let after = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => Some(Marker::from_token(token).ok_or_else(|| {
                StoreError::Argument(format!("the continuation token {token:?} is not one that a listing gave"))
            })?),
            (None, Some(key)) => Some(Marker::Key(key.clone())),
            (None, None) => None,
        };
        let limit = page_rows(input.max_keys)?;
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().unwrap_or_default(),
            after,
            limit: usize::try_from(limit).unwrap_or_default(),
        };
        let page = listing::objects(&bucket.index(), &query);
        let names = Names::new(input.encoding_type.as_ref());
        let contents: Vec<Object> = page.versions.iter().map(|(version, _)| object(version, &names)).collect();
        Ok(S3Response::new(ListObjectsV2Output {
            key_count: i32::try_from(contents.len() + page.prefixes.len()).ok(),
            contents: Some(contents),
            common_prefixes: Some(names.common_prefixes(page.prefixes)),
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_ref().map(Marker::to_token),
            name: Some(input.bucket),
            prefix: input.prefix.map(|prefix| names.write(&prefix)),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            start_after: input.start_after.map(|key| names.write(&key)),
            continuation_token: input.continuation_token,
            encoding_type: input.encoding_type,
            max_keys: Some(limit),
            ..ListObjectsV2Output::default()
        }))
    }

    pub(crate) fn list_versions(
        &self,
        input: ListObjectVersionsInput,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let bucket = self.store.bucket(&input.bucket)?;
        let delimiter = input.delimiter.clone().unwrap_or_default();
        let after = match (&input.key_marker, &input.version_id_marker) {
            (Some(key), Some(version_id)) if !version_id.is_empty() => {
                Some(Marker::Version(key.clone(), version_id.clone()))
            }
            (Some(key), _) if !delimiter.is_empty() && key.ends_with(&delimiter) => Some(Marker::Prefix(key.clone())),
            (Some(key), _) if !key.is_empty() => Some(Marker::Key(key.clone())),
            _ => None,
        };
        let limit = page_rows(input.max_keys)?;
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter,
            after,
            limit: usize::try_from(limit).unwrap_or_default(),
        };
        let page = listing::versions(&bucket.index(), &query);
        let names = Names::new(input.encoding_type.as_ref());
        let (next_key, next_version) = match &page.next {
            None => (None, None),
            Some(Marker::Key(key) | Marker::Prefix(key)) => (Some(names.write(key)), None),
            Some(Marker::Version(key, version_id)) => (Some(names.write(key)), Some(version_id.clone())),
        };
        let versions = page.versions.iter().filter_map(|(version, newest)| object_version(version, *newest, &names));
        let markers = page.versions.iter().filter(|(version, _)| version.object.is_none());
        let markers = markers.map(|(version, newest)| DeleteMarkerEntry {
            is_latest: Some(*newest),
            key: Some(names.write(&version.key)),
            last_modified: Some(time(version.last_modified)),
            version_id: Some(version.version_id.clone()),
            ..DeleteMarkerEntry::default()
        });
        Ok(S3Response::new(ListObjectVersionsOutput {
            versions: Some(versions.collect()),
            delete_markers: Some(markers.collect()),
            common_prefixes: Some(names.common_prefixes(page.prefixes)),
            is_truncated: Some(next_key.is_some()),
            next_key_marker: next_key,
            next_version_id_marker: next_version,
            name: Some(input.bucket),
            prefix: input.prefix.map(|prefix| names.write(&prefix)),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            key_marker: input.key_marker.map(|key| names.write(&key)),
            version_id_marker: input.version_id_marker,
            encoding_type: input.encoding_type,
            max_keys: Some(limit),
            ..ListObjectVersionsOutput::default()
        }))
    }
}

/// Writes keys and prefixes as the request wants them.
struct Names {
    encoded: bool,
}

impl Names {
    fn new(encoding: Option<&EncodingType>) -> Self {
        Self { encoded: encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL) }
    }

    fn write(&self, name: &str) -> String {
        if self.encoded { utf8_percent_encode(name, KEPT).to_string() } else { name.to_owned() }
    }

    fn common_prefixes(&self, prefixes: Vec<String>) -> Vec<CommonPrefix> {
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.write(&prefix)) }).collect()
    }
}

fn page_rows(asked: Option<i32>) -> Result<i32, StoreError> {
    match asked.unwrap_or(PAGE_ROWS) {
        negative @ ..0 => Err(StoreError::Argument(format!("max-keys is {negative}; it is between 0 and {PAGE_ROWS}"))),
        rows => Ok(rows.min(PAGE_ROWS)),
    }
}

fn object(version: &Version, names: &Names) -> Object {
    let content = version.object.as_ref();
    Object {
        key: Some(names.write(&version.key)),
        size: content.map(|content| length(content.size)),
        e_tag: content.map(etag),
        last_modified: Some(time(version.last_modified)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Object::default()
    }
}

fn object_version(version: &Version, newest: bool, names: &Names) -> Option<ObjectVersion> {
    let content = version.object.as_ref()?;
    Some(ObjectVersion {
        key: Some(names.write(&version.key)),
        size: Some(length(content.size)),
        e_tag: Some(etag(content)),
        is_latest: Some(newest),
        last_modified: Some(time(version.last_modified)),
        storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
        version_id: Some(version.version_id.clone()),
        ..ObjectVersion::default()
    })
}
