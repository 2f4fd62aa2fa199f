use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{ObjectKey, Sequencer};

/// An object that was created, as its event names it: some events leave fields out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifiedObject {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key, decoded.
    pub key: ObjectKey,
    /// The object's version; absent on a bucket without versioning, and in most manual events.
    pub version: Option<String>,
    /// The entity tag, without quotes; absent in manual events.
    pub etag: Option<String>,
    /// Bytes; absent in manual events.
    pub size: Option<u64>,
    /// Orders the events of this key; absent in manual events.
    pub sequencer: Option<Sequencer>,
    /// When S3 says that the object arrived, or where the bucket has no versions, was modified; absent in manual events.
    pub time: Option<DateTime<Utc>>,
}

/// One version of one object that arrived in the landing bucket, with everything that S3 knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The landing bucket's name.
    pub bucket: String,
    /// The object's key, decoded.
    pub key: ObjectKey,
    /// The object's version; absent on a bucket without versioning.
    pub version: Option<String>,
    /// The entity tag, without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Orders the events of this key; absent if the event was a manual one.
    pub sequencer: Option<Sequencer>,
    /// When S3 says that the object arrived.
    pub time: DateTime<Utc>,
}

/// Names one upload, the same for every delivery of its event: 24 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(String);

impl NotifiedObject {
    /// The upload, if the event leaves nothing out.
    pub fn complete(&self) -> Option<Upload> {
        Some(Upload {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            version: self.version.clone(),
            etag: self.etag.clone()?,
            size: self.size?,
            sequencer: self.sequencer.clone(),
            time: self.time?,
        })
    }

    /// The upload's name, from what identifies an object's version: its version id, and where the bucket keeps none, the entity tag with the
    /// second in which the object was modified, which an event and a person's request find alike.
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
            if let Some(time) = &self.time {
                hash.update(time.timestamp().to_be_bytes());
            }
        }
        UploadId(hex::encode(&hash.finalize()[..12]))
    }

    /// `s3://bucket/key`, for people.
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

impl Upload {
    /// As [`NotifiedObject::id`].
    pub fn id(&self) -> UploadId {
        NotifiedObject::from(self.clone()).id()
    }

    /// `s3://bucket/key`, for people.
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

impl From<Upload> for NotifiedObject {
    fn from(upload: Upload) -> Self {
        let Upload { bucket, key, version, etag, size, sequencer, time } = upload;
        Self { bucket, key, version, etag: Some(etag), size: Some(size), sequencer, time: Some(time) }
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

    fn notified() -> NotifiedObject {
        NotifiedObject {
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
        let first = NotifiedObject { version: Some("v1".into()), ..notified() };
        let again = NotifiedObject { sequencer: None, size: None, etag: None, ..first.clone() };
        let other = NotifiedObject { version: Some("v2".into()), ..first.clone() };
        assert_eq!(first.id(), again.id());
        assert_ne!(first.id(), other.id());
        assert_eq!(UploadId::parse(first.id().as_str()), Some(first.id()));
    }

    #[test]
    fn without_versions_the_same_content_at_another_time_is_another_notified() {
        let at = |millis| DateTime::from_timestamp_millis(millis);
        let first = NotifiedObject { time: at(1_700_000_000_000), ..notified() };
        let manual = NotifiedObject { sequencer: None, ..first.clone() };
        let later = NotifiedObject { time: at(1_700_000_001_000), ..notified() };
        assert_eq!(first.id(), manual.id(), "an event and a person name one upload");
        assert_ne!(first.id(), later.id());
    }

    #[test]
    fn bucket_and_key_do_not_run_together() {
        let left = NotifiedObject { bucket: "ab".into(), key: ObjectKey::from_plain("c").unwrap(), ..notified() };
        let right = NotifiedObject { bucket: "a".into(), key: ObjectKey::from_plain("bc").unwrap(), ..notified() };
        assert_ne!(left.id(), right.id());
    }

    #[test]
    fn an_upload_is_complete_and_has_the_name_of_its_event() {
        let time = DateTime::from_timestamp_millis(1_700_000_000_123);
        let whole = NotifiedObject { time, ..notified() };
        let upload = whole.complete().unwrap();
        assert_eq!((upload.id(), upload.url()), (whole.id(), whole.url()));
        assert_eq!(NotifiedObject::from(upload), whole);
        let none = [
            NotifiedObject { etag: None, ..whole.clone() },
            NotifiedObject { size: None, ..whole.clone() },
            NotifiedObject { time: None, ..whole },
        ];
        assert!(none.iter().all(|notified| notified.complete().is_none()));
    }
}
