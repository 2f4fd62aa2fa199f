//! A Kinesis stream and a bucket, and functions between them.

use std::collections::BTreeMap;
use std::io::Read;

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firehose_local::DeliveryConfig;
use kinesis_local::{Kinesis, KinesisConfig};
use local_server::{Handler, Served, Service};
use s3_local::{S3, S3Config};
use serde_json::{Value, json};
use tempfile::TempDir;

const REGION: &str = "eu-west-1";
const STREAM: &str = "source";
const BUCKET: &str = "lake";

/// The two ends.
pub(crate) struct Pipes {
    pub(crate) folder: TempDir,
    pub(crate) kinesis: Served<Kinesis>,
    pub(crate) s3: Served<S3>,
    producer: aws_sdk_kinesis::Client,
}

impl Pipes {
    pub(crate) async fn start(shards: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let streams = vec![(STREAM.to_owned(), shards)];
        let config = KinesisConfig { streams, ..KinesisConfig::new(folder.path().join("kinesis"), REGION) };
        let kinesis = Kinesis::open(config).await.unwrap().serve(0).await.unwrap();
        let config = S3Config { root: folder.path().join("s3"), region: REGION.to_owned(), observer: None };
        let s3 = S3::open(config).await.unwrap().serve(0).await.unwrap();
        s3.create_bucket(BUCKET).await.unwrap();
        let producer = aws_sdk_kinesis::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("any", "thing", None, None, "test"))
            .endpoint_url(kinesis.endpoint())
            .build();
        Self { folder, kinesis, s3, producer: aws_sdk_kinesis::Client::from_conf(producer) }
    }

    /// A delivery stream between them, of the same folder each time.
    pub(crate) fn delivery(&self, name: &str) -> DeliveryConfig {
        let source = self.kinesis.consumer(STREAM, "firehose").unwrap().unwrap();
        let s3 = super::objects::client(&self.s3.endpoint());
        DeliveryConfig::new(name, source, BUCKET, self.folder.path().join("firehose"), s3)
    }

    /// Puts records of these texts, each with itself as its partition key.
    pub(crate) async fn put(&self, texts: &[&str]) {
        for batch in texts.chunks(500) {
            let entries = batch.iter().map(|text| {
                let key: String = text.chars().take(256).collect();
                PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(*text)).build().unwrap()
            });
            let put = self
                .producer
                .put_records()
                .stream_name(STREAM)
                .set_records(Some(entries.collect()))
                .send()
                .await
                .unwrap();
            assert_eq!(put.failed_record_count(), Some(0));
        }
    }

    /// What the bucket holds: keys, and texts that are decompressed where the key ends with `.gz`.
    pub(crate) async fn objects(&self) -> BTreeMap<String, String> {
        self.objects_below("").await
    }

    /// As [`Pipes::objects`], of the keys that begin with the prefix.
    pub(crate) async fn objects_below(&self, prefix: &str) -> BTreeMap<String, String> {
        let client = super::objects::client(&self.s3.endpoint());
        let mut objects = BTreeMap::new();
        for key in super::objects::all_keys(&client, BUCKET).await.into_iter().filter(|key| key.starts_with(prefix)) {
            let object = client.get_object().bucket(BUCKET).key(&key).send().await.unwrap();
            let bytes = object.body.collect().await.unwrap().to_vec();
            let mut text = String::new();
            if key.ends_with(".gz") {
                flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
            } else {
                text = String::from_utf8(bytes).unwrap();
            }
            objects.insert(key, text);
        }
        objects
    }
}

/// The lines of all objects below a prefix, sorted.
pub(crate) fn lines(objects: &BTreeMap<String, String>, prefix: &str) -> Vec<String> {
    let below = objects.iter().filter(|(key, _)| key.starts_with(prefix));
    let mut lines: Vec<String> = below.flat_map(|(_, text)| text.lines().map(str::to_owned)).collect();
    lines.sort();
    lines
}

/// The answer to an event, given what becomes of each record's text.
pub(crate) fn answer(event: &Value, decide: impl Fn(&str) -> Value) -> Value {
    let records = event["records"].as_array().unwrap().iter().map(|record| {
        let data = STANDARD.decode(record["data"].as_str().unwrap()).unwrap();
        let mut answer = decide(std::str::from_utf8(&data).unwrap());
        answer["recordId"] = record["recordId"].clone();
        answer
    });
    json!({ "records": records.collect::<Vec<_>>() })
}

/// A record that is `Ok`, of this partition.
pub(crate) fn partitioned(key: &str, text: &str) -> Value {
    json!({ "result": "Ok", "data": STANDARD.encode(text), "metadata": { "partitionKeys": { "k": key } } })
}

/// A function that partitions by the first letter.
pub(crate) fn partition_of_first_letter() -> Handler {
    Handler::new(|event: Value| {
        let answer = answer(&event, |text| partitioned(&text[..1], &format!("{text}\n")));
        async { Ok::<_, String>(answer) }
    })
}

/// A key with its time and id replaced by words.
pub(crate) fn without_time(key: &str) -> String {
    let (name, extension) = key.split_once('.').map_or((key, ""), |(name, extension)| (name, extension));
    let head = &name[..name.len() - "2025-11-21-04-00-05-".len() - 36];
    let dot = if extension.is_empty() { "" } else { "." };
    format!("{head}TIME-ID{dot}{extension}")
}
