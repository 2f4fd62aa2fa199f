//! What S3 says of an object that was created or deleted, in the JSON that it sends to queues, topics and functions.
//!
//! Structure and rules: "Event message structure" in the Amazon S3 user guide. Version 2.1 of it is written, because a bucket's
//! notification configuration without newer event types gets it; a reader must accept any 2.x.

use chrono::{DateTime, SecondsFormat, Utc};
use local_server::ACCOUNT;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use uuid::Uuid;

/// What S3's events leave unencoded in a key; a space becomes a plus.
const KEPT_IN_KEYS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Uploaded in one piece.
    Put,
    /// Copied from another object.
    Copy,
    /// Uploaded in parts.
    CompleteMultipartUpload,
    /// One version deleted for good.
    Deleted,
    /// Deleted, with the versions kept.
    DeleteMarkerCreated,
}

/// One object that was created or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEvent {
    /// What happened.
    pub change: Change,
    /// The bucket.
    pub bucket: String,
    /// The key as it is, not encoded.
    pub key: String,
    /// The version that was created or deleted.
    pub version_id: String,
    /// Bytes; none for a delete marker.
    pub size: Option<u64>,
    /// The ETag without quotes; none for a delete marker.
    pub etag: Option<String>,
    /// The order among the changes of one key: hexadecimal, upper case.
    pub sequencer: String,
    /// When it happened.
    pub time: DateTime<Utc>,
}

impl Change {
    /// The event's name, without the prefix `s3:` that configurations have.
    #[must_use]
    pub fn event_name(self) -> &'static str {
        match self {
            Self::Put => "ObjectCreated:Put",
            Self::Copy => "ObjectCreated:Copy",
            Self::CompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::Deleted => "ObjectRemoved:Delete",
            Self::DeleteMarkerCreated => "ObjectRemoved:DeleteMarkerCreated",
        }
    }

    /// Whether there is an object after it that was not there before.
    #[must_use]
    pub fn creates(self) -> bool {
        matches!(self, Self::Put | Self::Copy | Self::CompleteMultipartUpload)
    }
}

impl ObjectEvent {
    /// The message that S3 would send: `{"Records": [...]}` with this one record.
    #[must_use]
    pub fn to_message(&self, region: &str) -> Value {
        let mut object = json!({
            "key": encode_key(&self.key),
            "versionId": self.version_id,
            "sequencer": self.sequencer,
        });
        if self.change.creates() {
            object["size"] = json!(self.size);
            object["eTag"] = json!(self.etag);
        }
        json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": region,
            "eventTime": self.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "eventName": self.change.event_name(),
            "userIdentity": { "principalId": format!("AWS:{ACCOUNT}") },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": { "x-amz-request-id": Uuid::new_v4().simple().to_string(), "x-amz-id-2": "local" },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "landfall-local",
                "bucket": {
                    "name": self.bucket,
                    "ownerIdentity": { "principalId": ACCOUNT },
                    "arn": format!("arn:aws:s3:::{}", self.bucket),
                },
                "object": object,
            },
        }] })
    }
}

fn encode_key(key: &str) -> String {
    utf8_percent_encode(key, KEPT_IN_KEYS).to_string().replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_form_encoded() {
        let check = |key: &str, expected: &str| assert_eq!(encode_key(key), expected);
        check("vendor/flights 2015.csv", "vendor/flights+2015.csv");
        check("1+1=2%", "1%2B1%3D2%25");
        check("été", "%C3%A9t%C3%A9");
        check("'; drop table --", "%27%3B+drop+table+--");
    }

    #[test]
    fn messages_have_the_documented_shape() {
        let event = ObjectEvent {
            change: Change::Put,
            bucket: "landing".into(),
            key: "a b.csv".into(),
            version_id: "v1".into(),
            size: Some(3),
            etag: Some("900150983cd24fb0d6963f7d28e17f72".into()),
            sequencer: "0055AED6DCD90281".into(),
            time: DateTime::UNIX_EPOCH,
        };
        let mut message = event.to_message("eu-west-1");
        message["Records"][0]["responseElements"]["x-amz-request-id"] = json!("id");
        assert_eq!(
            message,
            json!({ "Records": [{
                "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventTime": "1970-01-01T00:00:00.000Z",
                "eventName": "ObjectCreated:Put", "userIdentity": { "principalId": "AWS:123456789012" },
                "requestParameters": { "sourceIPAddress": "127.0.0.1" },
                "responseElements": { "x-amz-request-id": "id", "x-amz-id-2": "local" },
                "s3": { "s3SchemaVersion": "1.0", "configurationId": "landfall-local",
                    "bucket": { "name": "landing", "ownerIdentity": { "principalId": "123456789012" }, "arn": "arn:aws:s3:::landing" },
                    "object": { "key": "a+b.csv", "size": 3, "eTag": "900150983cd24fb0d6963f7d28e17f72", "versionId": "v1",
                        "sequencer": "0055AED6DCD90281" } } }] })
        );
        let marker = ObjectEvent { change: Change::DeleteMarkerCreated, size: None, etag: None, ..event };
        let object = marker.to_message("eu-west-1")["Records"][0]["s3"]["object"].clone();
        assert_eq!(object, json!({ "key": "a+b.csv", "versionId": "v1", "sequencer": "0055AED6DCD90281" }));
    }
}
