//! One version of one object, as its metadata file on disk says it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::checksums::Checksum;
use crate::names;

/// One version of one key: an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) key: String,
    pub(crate) version_id: String,
    pub(crate) sequencer: String,
    pub(crate) last_modified: DateTime<Utc>,
    /// None for a delete marker.
    pub(crate) object: Option<Content>,
}

/// What an object is, apart from its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<Checksum>,
    pub(crate) headers: Headers,
}

/// What the uploader says about an object, told to every reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<String>,
    /// `x-amz-meta-*`, without that prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Version {
    /// The file of the bytes, relative to the bucket's folder.
    pub(crate) fn data_path(&self) -> PathBuf {
        PathBuf::from(names::key_folder(&self.key)).join(names::data_file(&self.sequencer, &self.key))
    }

    /// The file that describes the version, relative to the bucket's folder.
    pub(crate) fn metadata_path(&self) -> PathBuf {
        PathBuf::from(names::key_folder(&self.key)).join(names::metadata_file(&self.sequencer))
    }
}

/// The one set of headers that the requests which create objects share.
macro_rules! stated_headers {
    ($input:expr) => {
        $crate::version::Headers {
            content_type: $input.content_type.as_ref().map(ToString::to_string),
            content_encoding: $input.content_encoding.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_language: $input.content_language.clone(),
            cache_control: $input.cache_control.clone(),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
        }
    };
}

pub(crate) use stated_headers;
