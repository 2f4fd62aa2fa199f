//! One version of one object, as its metadata file on disk says it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::checksums::Checksum;
use super::names;

/// One version of one key: an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) key: String,
    pub(super) version_id: String,
    pub(super) sequencer: String,
    pub(super) last_modified: DateTime<Utc>,
    /// None for a delete marker.
    pub(super) object: Option<Content>,
}

/// What an object is, apart from its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) size: u64,
    /// Without quotes.
    pub(super) etag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<Checksum>,
    pub(super) headers: Headers,
}

/// What the uploader says about an object, told to every reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    /// `x-amz-meta-*`, without that prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

impl Version {
    /// The file of the bytes, relative to the bucket's folder.
    pub(super) fn data_path(&self) -> PathBuf {
        PathBuf::from(names::key_folder(&self.key)).join(names::data_file(&self.sequencer, &self.key))
    }

    /// The file that describes the version, relative to the bucket's folder.
    pub(super) fn metadata_path(&self) -> PathBuf {
        PathBuf::from(names::key_folder(&self.key)).join(names::metadata_file(&self.sequencer))
    }
}

/// The one set of headers that the requests which create objects share.
macro_rules! stated_headers {
    ($input:expr) => {
        $crate::s3::version::Headers {
            content_type: $input.content_type.as_ref().map(ToString::to_string),
            content_encoding: $input.content_encoding.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_language: $input.content_language.clone(),
            cache_control: $input.cache_control.clone(),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
        }
    };
}

pub(super) use stated_headers;
