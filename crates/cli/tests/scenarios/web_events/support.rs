//! `landfall local` in a folder of its own, with what follows tracking events through it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_s3::types::Object;
use event_parquet::{Layout, Limits};
use function::Metrics;
use glue_catalog::Catalog;
use samples::web_events::{Nature, Options, Records};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{CommandOutput, Process, SHIPPED, until};

pub(super) struct Tracking {
    folder: TempDir,
    pub(super) pipelines: PathBuf,
    process: Process,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) kinesis: aws_sdk_kinesis::Client,
    pub(super) glue: aws_sdk_glue::Client,
}

/// What records must end as.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) tables: BTreeMap<String, u64>,
    pub(super) malformed: Vec<Vec<u8>>,
}

impl Tracking {
    pub(super) async fn start() -> Self {
        Self::start_with(SHIPPED).await
    }

    pub(super) async fn start_with(pipelines: impl AsRef<Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipelines = pipelines.as_ref().to_owned();
        let process = run(folder.path(), &pipelines).await;
        let (s3, kinesis, glue) = clients(folder.path());
        Self { folder, pipelines, process, s3, kinesis, glue }
    }

    pub(super) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, with these pipelines.
    pub(super) async fn restart(&mut self) {
        self.process.kill();
        self.process = run(self.folder.path(), &self.pipelines).await;
        (self.s3, self.kinesis, self.glue) = clients(self.folder.path());
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The arguments of a command beside it.
    fn with<'a>(&'a self, state: &'a str, words: &[&'a str]) -> Vec<&'a str> {
        let pipelines = self.pipelines.to_str().unwrap();
        words.iter().copied().chain(["--state", state, "--pipelines", pipelines]).collect()
    }

    /// What a command prints that must succeed.
    pub(super) fn command(&self, words: &[&str]) -> String {
        CommandOutput::good(&self.with(self.state().to_str().unwrap(), words))
    }

    /// Sends lines through the collector, as `landfall track` does.
    pub(super) fn track(&self, lines: &[Vec<u8>]) {
        let file = self.folder.path().join("events.ndjson");
        fs::write(&file, lines.join(&b'\n')).unwrap();
        let printed = self.command(&["track", "--json", file.to_str().unwrap()]);
        let report: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(report["events"], lines.len(), "{report}");
    }

    /// Sends what clients can send through the collector, and what is malformed into the stream.
    pub(super) async fn send(&self, options: &Options) -> Expected {
        let (mut expected, mut lines) = (Expected::default(), Vec::new());
        for record in Records::new(options) {
            match record.nature {
                Nature::Malformed(_) => expected.malformed.push(record.data),
                nature => {
                    if let Nature::Event(table) = nature {
                        *expected.tables.entry(table.to_owned()).or_default() += 1;
                    }
                    lines.push(record.data);
                }
            }
        }
        self.track(&lines);
        for data in &expected.malformed {
            let put = self.kinesis.put_record().stream_name("web-events").partition_key("p").data(Blob::new(&data[..]));
            put.send().await.unwrap();
        }
        expected
    }

    /// The rows of a query, each with its fields between bars.
    pub(super) fn query(&self, sql: &str) -> Vec<String> {
        rows(&self.command(&["athena", "--json", sql]))
    }

    /// The rows of a query, or what is wrong with it.
    pub(super) fn try_query(&self, sql: &str) -> Result<Vec<String>, String> {
        let answer = CommandOutput::of(&self.with(self.state().to_str().unwrap(), &["athena", "--json", sql]));
        if answer.code == Some(0) { Ok(rows(&answer.out)) } else { Err(answer.err) }
    }

    /// The tables in the catalog.
    pub(super) async fn tables(&self) -> Vec<String> {
        match self.glue.get_tables().database_name("web_events").send().await {
            Ok(tables) => tables.table_list().iter().map(|table| table.name().to_owned()).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Rows by table, where every row is another event.
    pub(super) async fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for table in self.tables().await {
            let row = self.query(&format!("select count(*), count(distinct message_id) from {table}"));
            let (rows, events) = row[0].split_once('|').unwrap();
            assert_eq!(rows, events, "{table} has events twice");
            counts.insert(table, rows.parse().unwrap());
        }
        counts
    }

    /// Waits until the tables have these rows.
    pub(super) async fn arrived(&self, tables: &BTreeMap<String, u64>) {
        until(&format!("{tables:?}"), async || (self.counts().await == *tables).then_some(())).await;
    }

    /// What the keys of the lake are that begin with this.
    pub(super) async fn objects(&self, prefix: &str) -> Vec<Object> {
        let page = self.s3.list_objects_v2().bucket("lake").prefix(prefix).send().await.unwrap();
        page.contents.unwrap_or_default()
    }

    /// Everything of every table, in a fixed order.
    pub(super) async fn contents(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for table in self.tables().await {
            let sql =
                format!("select '{table}', dt, message_id, user_id, timestamp, attributes from {table} order by 3, 2");
            rows.extend(self.query(&sql));
        }
        rows
    }

    /// The function that writes Parquet, in this process.
    pub(super) fn write_parquet(&self) -> write_parquet::Context {
        let project = pipeline_folder::load(&self.pipelines).unwrap();
        write_parquet::Context {
            s3: self.s3.clone(),
            bucket: "lake".to_owned(),
            prefix: "web-data".to_owned(),
            layout: Arc::new(Layout::new(project.events().unwrap())),
            limits: Limits::new(self.folder.path()),
            metrics: Metrics::Discard,
        }
    }

    /// The function that updates the catalog, in this process.
    pub(super) fn update_catalog(&self) -> update_catalog::Context {
        let catalog = Catalog::new(self.glue.clone(), "web_events");
        update_catalog::Context { s3: self.s3.clone(), catalog, projection: false, metrics: Metrics::Discard }
    }

    /// The function that compacts, in this process, at a time of its own.
    pub(super) fn compact_parquet(&self, now: i64) -> compact_parquet::Context {
        let names = |name: &str| match name {
            "LANDFALL_LAKE_BUCKET" => Some("lake".to_owned()),
            "LANDFALL_GLUE_DATABASE" => Some("web_events".to_owned()),
            _ => None,
        };
        compact_parquet::Context {
            s3: self.s3.clone(),
            catalog: Catalog::new(self.glue.clone(), "web_events"),
            settings: compact_parquet::Settings::read(function::Environment::new(names)).unwrap(),
            clock: Arc::new(move || now),
            metrics: Metrics::Discard,
        }
    }
}

fn rows(answer: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let shown = |value: &Value| value.as_str().unwrap_or("NULL").to_owned();
    let row = |row: &Value| row.as_array().unwrap().iter().map(shown).collect::<Vec<_>>().join("|");
    answer["rows"].as_array().unwrap().iter().map(row).collect()
}

/// What tells a function by hand of an object.
pub(super) fn told(object: &Object) -> Value {
    json!({ "bucket": "lake", "key": object.key() })
}

/// Starts the process and waits until it says that it is ready.
async fn run(folder: &Path, pipelines: &Path) -> Process {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (state, inbox, pipelines) = (path("state"), path("inbox"), pipelines.to_str().unwrap());
    let mut arguments = vec!["local", "--state", &state, "--folder", &inbox, "--pipelines", pipelines];
    for port in ["--s3-port", "--redshift-port", "--events-port", "--kinesis-port", "--glue-port", "--collector-port"] {
        arguments.extend([port, "0"]);
    }
    let mut process = Process::spawn(folder, &arguments);
    until("landfall local", async || {
        process.assert_alive();
        process.printed().contains("stands for the landing bucket").then_some(())
    })
    .await;
    process
}

fn clients(folder: &Path) -> (aws_sdk_s3::Client, aws_sdk_kinesis::Client, aws_sdk_glue::Client) {
    let text = fs::read_to_string(folder.join("state").join("endpoints.json")).unwrap();
    let endpoints: Value = serde_json::from_str(&text).unwrap();
    let endpoint = |name: &str| endpoints[name].as_str().unwrap().to_owned();
    let credentials = Credentials::new("client", "secret", None, None, "scenario");
    let sdk = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let s3 = aws_sdk_s3::config::Builder::from(&sdk).endpoint_url(endpoint("s3")).force_path_style(true).build();
    let kinesis = aws_sdk_kinesis::config::Builder::from(&sdk).endpoint_url(endpoint("kinesis")).build();
    let glue = aws_sdk_glue::config::Builder::from(&sdk).endpoint_url(endpoint("glue")).build();
    (
        aws_sdk_s3::Client::from_conf(s3),
        aws_sdk_kinesis::Client::from_conf(kinesis),
        aws_sdk_glue::Client::from_conf(glue),
    )
}
