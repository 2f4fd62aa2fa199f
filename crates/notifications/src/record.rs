use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::envelope::{Ignored, Notice};
use crate::{KeyError, NotifiedObject, ObjectKey, Sequencer};

/// Why one record could not be read. The others of its batch are not affected.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// Nothing in the event looks like an arrival of an object.
    #[error(
        "record {position}: no S3 event, SNS notification, EventBridge event or {{\"bucket\", \"key\"}} in it: it has {found}"
    )]
    Unknown {
        /// Position in the message, from 0.
        position: usize,
        /// The field names that were found.
        found: String,
    },
    /// A text that should hold JSON does not.
    #[error("record {position}: {part} is no JSON")]
    NoJson {
        /// Position in the message, from 0.
        position: usize,
        /// Which text.
        part: &'static str,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// The record's form is not the documented one.
    #[error("record {position}: not the form of {form}")]
    Form {
        /// Position in the message, from 0.
        position: usize,
        /// Which documented form was expected.
        form: &'static str,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A major version that is not 2.
    #[error("record {position}: S3 event version {version:?} is not known: only 2.x is")]
    Version {
        /// Position in the message, from 0.
        position: usize,
        /// The version's text.
        version: String,
    },
    /// The key is none.
    #[error("record {position}: in {bucket:?}")]
    Key {
        /// Position in the message, from 0.
        position: usize,
        /// The bucket of the record.
        bucket: String,
        /// Why.
        source: KeyError,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Record {
    event_version: Option<String>,
    event_time: Option<DateTime<Utc>>,
    event_name: String,
    s3: S3Entity,
}

#[derive(Deserialize)]
struct S3Entity {
    bucket: Bucket,
    object: S3Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Object {
    key: String,
    size: Option<u64>,
    e_tag: Option<String>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

#[derive(Deserialize)]
struct BusDetail {
    bucket: Bucket,
    object: BusObject,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BusObject {
    key: String,
    size: Option<u64>,
    etag: Option<String>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manual {
    bucket: String,
    key: String,
    version: Option<String>,
}

/// One entry of `Records` of an S3 event message.
pub(crate) fn s3_record(position: usize, record: &Value) -> Result<Notice, NoticeError> {
    let record = S3Record::deserialize(record).map_err(|source| NoticeError::Form {
        position,
        form: "an S3 event record",
        source,
    })?;
    if let Some(version) = record.event_version
        && version.split('.').next() != Some("2")
    {
        return Err(NoticeError::Version { position, version });
    }
    let S3Entity { bucket, object } = record.s3;
    if !record.event_name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
        let what = format!("s3://{}/{}", bucket.name, object.key);
        return Ok(Notice::Ignored(Ignored { event: record.event_name, subject: what }));
    }
    let key = ObjectKey::from_event(&object.key).map_err(|source| NoticeError::Key {
        position,
        bucket: bucket.name.clone(),
        source,
    })?;
    Ok(Notice::Created(NotifiedObject {
        bucket: bucket.name,
        key,
        version: real_version(object.version_id),
        etag: object.e_tag.map(|tag| tag.trim_matches('"').to_owned()),
        size: object.size,
        sequencer: object.sequencer.as_deref().map(Sequencer::new),
        time: record.event_time,
    }))
}

/// An EventBridge event of source `aws.s3`.
pub(crate) fn bus_event(position: usize, event: &Value) -> Result<Notice, NoticeError> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let (source, kind) = (text("source"), text("detail-type"));
    if source != "aws.s3" || kind != "Object Created" {
        let subject = event.pointer("/detail/object/key").and_then(Value::as_str).unwrap_or("no object");
        return Ok(Notice::Ignored(Ignored { event: format!("{source} {kind}"), subject: subject.to_owned() }));
    }
    let detail = BusDetail::deserialize(event.get("detail").unwrap_or(&Value::Null))
        .map_err(|source| NoticeError::Form { position, form: "an S3 event of EventBridge", source })?;
    let key = ObjectKey::from_plain(&detail.object.key).map_err(|source| NoticeError::Key {
        position,
        bucket: detail.bucket.name.clone(),
        source,
    })?;
    Ok(Notice::Created(NotifiedObject {
        bucket: detail.bucket.name,
        key,
        version: real_version(detail.object.version_id),
        etag: detail.object.etag.map(|tag| tag.trim_matches('"').to_owned()),
        size: detail.object.size,
        sequencer: detail.object.sequencer.as_deref().map(Sequencer::new),
        time: text("time").parse().ok(),
    }))
}

/// `{"bucket", "key"}`, with `version` if one is meant.
pub(crate) fn manual(position: usize, event: &Value) -> Result<Notice, NoticeError> {
    let manual = Manual::deserialize(event).map_err(|source| NoticeError::Form {
        position,
        form: "{\"bucket\", \"key\", \"version\"}",
        source,
    })?;
    let key = ObjectKey::from_plain(&manual.key).map_err(|source| NoticeError::Key {
        position,
        bucket: manual.bucket.clone(),
        source,
    })?;
    Ok(Notice::Created(NotifiedObject {
        bucket: manual.bucket,
        key,
        version: real_version(manual.version),
        etag: None,
        size: None,
        sequencer: None,
        time: None,
    }))
}

/// `null` is the version id of objects that were put while versioning was off: no version of its own.
fn real_version(version: Option<String>) -> Option<String> {
    version.filter(|id| !id.is_empty() && id != "null")
}
