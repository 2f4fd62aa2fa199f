//! `landfall local` in a folder of its own, with clients of its services.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_redshiftdata::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use loads::{LoadOutcome, LoadRecord, OutcomeKind, Store};
use notifications::{NotifiedObject, ObjectKey};
use pipeline::Project;
use redshift::{Client, Endpoint, StatementStatus, Warehouse};
use serde_json::Value;
use tempfile::TempDir;

use super::{Process, until};

/// How long one statement of a test may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Landfall {
    folder: TempDir,
    pipelines: PathBuf,
    project: Project,
    process: Process,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) warehouse: Client,
    pub(crate) store: Store,
}

impl Landfall {
    /// Starts it on an empty state.
    pub(crate) async fn start(pipelines: impl AsRef<Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipelines = pipelines.as_ref().to_owned();
        let project = pipeline_folder::load(&pipelines).unwrap();
        let (process, s3, warehouse) = run(folder.path(), &pipelines).await;
        let store = Store::new(s3.clone(), "lake");
        Self { folder, pipelines, project, process, s3, warehouse, store }
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again after a kill.
    pub(crate) async fn restart(&mut self) {
        (self.process, self.s3, self.warehouse) = run(self.folder.path(), &self.pipelines).await;
        self.store = Store::new(self.s3.clone(), "lake");
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The folder that stands for the landing bucket.
    pub(crate) fn inbox(&self) -> PathBuf {
        self.folder.path().join("inbox")
    }

    /// Uploads as a vendor does, and returns the upload as its event names it.
    pub(crate) async fn upload(&self, key: &str, body: impl Into<Vec<u8>>) -> NotifiedObject {
        let body = ByteStream::from(body.into());
        let put = self.s3.put_object().bucket("landing").key(key).body(body).send().await.unwrap();
        self.uploaded(key, put.version_id)
    }

    /// The upload of a key in a version.
    pub(crate) fn uploaded(&self, key: &str, version: Option<String>) -> NotifiedObject {
        assert!(version.is_some(), "the landing bucket keeps versions");
        let key = ObjectKey::from_plain(key).unwrap();
        NotifiedObject {
            bucket: "landing".to_owned(),
            key,
            version,
            etag: None,
            size: None,
            sequencer: None,
            time: None,
        }
    }

    pub(crate) fn dataset(&self, upload: &NotifiedObject) -> String {
        self.project.dataset_for_key(upload.key.as_str()).unwrap().0.name.to_string()
    }

    /// The outcome of this attempt, when it is there.
    pub(crate) async fn outcome_of(&self, upload: &NotifiedObject, attempt: u32) -> LoadOutcome {
        let dataset = self.dataset(upload);
        until(&format!("the outcome of {}", upload.url()), async || {
            self.store.outcome(&dataset, &upload.id(), attempt).await.unwrap()
        })
        .await
    }

    /// The outcome of the first attempt, when it is there.
    pub(crate) async fn outcome(&self, upload: &NotifiedObject) -> LoadOutcome {
        self.outcome_of(upload, 1).await
    }

    /// Uploads, and waits for the outcome.
    pub(crate) async fn deliver(&self, key: &str, body: impl Into<Vec<u8>>) -> LoadOutcome {
        let upload = self.upload(key, body).await;
        self.outcome(&upload).await
    }

    /// Uploads what must load, and returns its rows.
    pub(crate) async fn load(&self, key: &str, body: impl Into<Vec<u8>>) -> u64 {
        let outcome = self.deliver(key, body).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{outcome}");
        outcome.rows.unwrap()
    }

    /// What was submitted for the first attempt.
    pub(crate) async fn record(&self, upload: &NotifiedObject) -> LoadRecord {
        let dataset = self.dataset(upload);
        until(&format!("the submission of {}", upload.url()), async || {
            self.store.record(&dataset, &upload.id(), 1).await.unwrap()
        })
        .await
    }

    /// The rows of a query, each with its fields between bars.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        rows(&self.warehouse, sql).await
    }

    /// The one row of a query.
    pub(crate) async fn one(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.into_iter().next().unwrap()
    }

    /// Lets batches stand still before their statement of this number, from 1; 0 lets all go on.
    pub(crate) async fn stop_before(&self, number: usize) {
        self.rows(&format!("set landfall.stop_before to {number}")).await;
    }

    /// Waits until the first attempt's batch stands still before its statement of this number; returns the batch's id.
    pub(crate) async fn stopped_before(&self, upload: &NotifiedObject, number: usize) -> String {
        let name = self.record(upload).await.plan.name;
        until(&format!("statement {number} of {name}"), async || {
            let listed = self.warehouse.list(&name).await.unwrap();
            let running = listed.into_iter().find(|statement| statement.status == StatementStatus::Started)?;
            let batch = self.warehouse.describe(&running.id).await.unwrap();
            let done = batch.sub_statements.iter().filter(|part| part.status == StatementStatus::Finished).count();
            (done + 1 == number).then_some(running.id)
        })
        .await
    }

    /// Waits until the ledger has as many failures as this.
    pub(crate) async fn failures(&self, count: usize) -> Vec<String> {
        until(&format!("{count} rows of landfall.failures"), async || {
            let rows =
                self.rows("select object_key, outcome from landfall.failures order by failed_at, object_key").await;
            (rows.len() >= count).then_some(rows)
        })
        .await
    }
}

/// The rows of a query, each with its fields between bars.
pub(crate) async fn rows(warehouse: &Client, sql: &str) -> Vec<String> {
    let result = warehouse.query(sql, "scenario", LIMIT).await.unwrap();
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    result.rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join("|")).collect()
}

/// Clients of a warehouse that listens here.
pub(crate) fn warehouse(endpoint: &str) -> Client {
    let config = aws_sdk_redshiftdata::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("vendor", "secret", None, None, "scenario"))
        .endpoint_url(endpoint)
        .build();
    let place = Warehouse { endpoint: Endpoint::workgroup("local"), database: "dev".to_owned() };
    Client::new(aws_sdk_redshiftdata::Client::from_conf(config), place)
}

fn s3(endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("vendor", "secret", None, None, "scenario"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// Starts the process and waits until it says that it is ready.
async fn run(folder: &Path, pipelines: &Path) -> (Process, aws_sdk_s3::Client, Client) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (state, inbox, pipelines) = (path("state"), path("inbox"), pipelines.to_str().unwrap());
    let arguments = [
        "local",
        "--state",
        &state,
        "--folder",
        &inbox,
        "--pipelines",
        pipelines,
        "--s3-port",
        "0",
        "--redshift-port",
        "0",
        "--events-port",
        "0",
        "--kinesis-port",
        "0",
        "--glue-port",
        "0",
        "--collector-port",
        "0",
        "--warehouse-memory",
        "512",
    ];
    let mut process = Process::spawn(folder, &arguments);
    until("landfall local", async || {
        process.assert_alive();
        process.printed().contains("stands for the landing bucket").then_some(())
    })
    .await;
    let text = std::fs::read_to_string(Path::new(&state).join("endpoints.json")).unwrap();
    let endpoints: Value = serde_json::from_str(&text).unwrap();
    let endpoint = |name: &str| endpoints[name].as_str().unwrap().to_owned();
    (process, s3(&endpoint("s3")), warehouse(&endpoint("redshift")))
}
