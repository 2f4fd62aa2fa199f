use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{ObjectKey, Sequencer};

/// One version of one object that arrived in the landing bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The landing bucket's name.
    pub bucket: String,
    /// The object's key, decoded.
    pub key: ObjectKey,
    /// The object's version; absent on a bucket without versioning.
    pub version: Option<String>,
    /// The entity tag, without quotes.
    pub etag: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Orders the events of this key; absent in manual events.
    pub sequencer: Option<Sequencer>,
    /// When S3 says that the object arrived; absent in manual events until the object was looked at.
    pub time: Option<DateTime<Utc>>,
}

/// Names one upload, the same for every delivery of its event: 24 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(String);

impl Upload {
    /// The upload's name, from what identifies an object's version: its version id, and where the bucket keeps none, the
    /// entity tag with the sequencer (or, for a manual event, the time).
    ///
    /// The entity tag alone would take the third of three uploads A, B, A for the first.
    pub fn id(&self) -> UploadId {
        let mut hash = Sha256::new();
        for part in [self.bucket.as_str(), self.key.as_str()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        if let Some(version) = &self.version {
            hash.update(b"version\0");
            hash.update(version.as_bytes());
        } else {
            hash.update(b"etag\0");
            hash.update(self.etag.as_deref().unwrap_or_default().as_bytes());
            hash.update([0]);
            match (&self.sequencer, &self.time) {
                (Some(sequencer), _) => hash.update(sequencer.padded().as_bytes()),
                (None, Some(time)) => hash.update(time.timestamp_millis().to_be_bytes()),
                (None, None) => {}
            }
        }
        UploadId(hex::encode(&hash.finalize()[..12]))
    }

    /// `s3://bucket/key`, for people.
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

impl UploadId {
    /// The 24 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads an id that a function wrote earlier; anything but 24 lower-case hexadecimal digits is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 24 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload() -> Upload {
        Upload {
            bucket: "landing".into(),
            key: ObjectKey::from_plain("flights/flights.csv").unwrap(),
            version: None,
            etag: Some("d41d8cd9".into()),
            size: Some(3),
            sequencer: Some(Sequencer::new("00A1")),
            time: None,
        }
    }

    #[test]
    fn the_version_decides_and_the_rest_of_the_event_does_not() {
        let first = Upload { version: Some("v1".into()), ..upload() };
        let again = Upload { sequencer: None, size: None, etag: None, ..first.clone() };
        let other = Upload { version: Some("v2".into()), ..first.clone() };
        assert_eq!(first.id(), again.id());
        assert_ne!(first.id(), other.id());
        assert_eq!(UploadId::parse(first.id().as_str()), Some(first.id()));
    }

    #[test]
    fn without_versions_the_same_content_at_another_time_is_another_upload() {
        let first = upload();
        let again = Upload { sequencer: Some(Sequencer::new("00a1")), ..upload() };
        let later = Upload { sequencer: Some(Sequencer::new("00A2")), ..upload() };
        assert_eq!(first.id(), again.id());
        assert_ne!(first.id(), later.id());
    }

    #[test]
    fn bucket_and_key_do_not_run_together() {
        let left = Upload { bucket: "ab".into(), key: ObjectKey::from_plain("c").unwrap(), ..upload() };
        let right = Upload { bucket: "a".into(), key: ObjectKey::from_plain("bc").unwrap(), ..upload() };
        assert_ne!(left.id(), right.id());
    }
}
