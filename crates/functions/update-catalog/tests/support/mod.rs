//! A lake and a catalog of its own for each test.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_glue::types::{Partition, Table};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::primitives::ByteStream;
use function::Metrics;
use glue_catalog::Catalog;
use glue_local::{Glue, GlueConfig};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use s3_local::{S3, S3Config, Served, Service};
use serde_json::{Value, json};
use update_catalog::{Context, Error, Response, Uploads, handle};

pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) glue: aws_sdk_glue::Client,
    pub(crate) glue_server: Served<Glue>,
    _s3: Served<S3>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let region = "eu-central-1".to_owned();
        let (root, catalog) = (folder.path().join("s3"), folder.path().join("glue"));
        let s3_server =
            S3::open(S3Config { root, region: region.clone(), observer: None }).await.unwrap().serve(0).await.unwrap();
        let glue_server = Glue::open(&GlueConfig { folder: catalog, region }).unwrap().serve(0).await.unwrap();
        s3_server.create_bucket("lake").await.unwrap();
        let sdk = sdk();
        let s3 =
            aws_sdk_s3::config::Builder::from(&sdk).endpoint_url(s3_server.endpoint()).force_path_style(true).build();
        let glue = aws_sdk_glue::config::Builder::from(&sdk).endpoint_url(glue_server.endpoint()).build();
        let glue = aws_sdk_glue::Client::from_conf(glue);
        let context = Context {
            s3: aws_sdk_s3::Client::from_conf(s3),
            catalog: Catalog::new(glue.clone(), "web"),
            projection: false,
            metrics: Metrics::Discard,
        };
        Self { context, glue, glue_server, _s3: s3_server, _folder: folder }
    }

    /// Puts a file without rows: its schema is what matters.
    pub(crate) async fn put(&self, key: &str, fields: &str) {
        self.put_bytes(key, parquet_file(fields)).await;
    }

    pub(crate) async fn put_bytes(&self, key: &str, bytes: Vec<u8>) {
        let put = self.context.s3.put_object().bucket("lake").key(key).body(ByteStream::from(bytes));
        put.send().await.unwrap();
    }

    pub(crate) async fn update(&self, key: &str) -> Result<Response<Uploads>, Error> {
        handle(&self.context, json!({ "bucket": "lake", "key": key })).await
    }

    /// Puts a file and registers it.
    pub(crate) async fn arrive(&self, key: &str, fields: &str) -> Result<Response<Uploads>, Error> {
        self.put(key, fields).await;
        self.update(key).await
    }

    /// The ids of the messages that a queue must deliver again.
    pub(crate) async fn deliver(&self, keys: &[&str]) -> Vec<String> {
        let answer = handle(&self.context, queue(keys)).await.unwrap();
        let answer = serde_json::to_value(&answer).unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap();
        failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn table(&self, name: &str) -> Table {
        self.context.catalog.table(name).await.unwrap().unwrap()
    }

    pub(crate) async fn columns(&self, name: &str) -> String {
        shown(glue_catalog::columns_of(&self.table(name).await))
    }

    pub(crate) async fn partitions(&self, name: &str) -> Vec<Partition> {
        self.context.catalog.partitions(name).await.unwrap()
    }

    /// The days of a table, where they are, and their columns.
    pub(crate) async fn days(&self, name: &str) -> Vec<String> {
        let mut days: Vec<String> = self
            .partitions(name)
            .await
            .iter()
            .map(|partition| {
                let columns = shown(partition.storage_descriptor().unwrap().columns());
                format!(
                    "{} {}: {columns}",
                    glue_catalog::date_of(partition).unwrap(),
                    glue_catalog::location_of(partition)
                )
            })
            .collect();
        days.sort();
        days
    }
}

pub(crate) fn key(table: &str, day: &str, file: &str) -> String {
    format!("web-data/transformed/{table}/dt={day}/{file}.parquet")
}

fn shown(columns: &[aws_sdk_glue::types::Column]) -> String {
    let line = |column: &aws_sdk_glue::types::Column| format!("{} {}", column.name(), column.r#type().unwrap_or("-"));
    columns.iter().map(line).collect::<Vec<_>>().join(", ")
}

fn parquet_file(fields: &str) -> Vec<u8> {
    let schema = parse_message_type(&format!("message m {{ {fields} }}")).unwrap();
    let mut bytes = Vec::new();
    let properties = Arc::new(WriterProperties::builder().build());
    SerializedFileWriter::new(&mut bytes, Arc::new(schema), properties).unwrap().close().unwrap();
    bytes
}

/// One message for each object, named after its place.
fn queue(keys: &[&str]) -> Value {
    let records: Vec<Value> = keys
        .iter()
        .enumerate()
        .map(|(place, key)| {
            let body = json!({ "bucket": "lake", "key": key }).to_string();
            json!({ "messageId": format!("m{place}"), "eventSource": "aws:sqs", "body": body })
        })
        .collect();
    json!({ "Records": records })
}

fn sdk() -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
