//! A cloud whose functions are called by the test.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use chrono::{DateTime, Utc};
use cloud_local::{Cloud, CloudConfig};
use loads::{LoadOutcome, OutcomeKind, Services, Started, Store};
use notifications::{ObjectKey, Sequencer, Upload};
use redshift::migrate::{self, Existing};
use redshift::{Client, Description, Endpoint, StatementStatus, Warehouse};
use tempfile::TempDir;

/// More than any statement of a test takes.
const LIMIT: Duration = Duration::from_secs(60);

const PIPELINE: &str = r#"
description = "Files of one shape"

[datasets.things]
description = "At most five things"
key = "things/{name}.csv"
table = "lab.things"
format = { type = "csv" }
expect = { rows = { max = 5 }, unique = [["id"]] }

[datasets.months]
description = "The things of one month"
key = "months/{month}.csv"
table = "lab.months"
format = { type = "csv" }
slice = { month = "{month}" }

[datasets.periods]
description = "The things of one numbered month"
key = "periods/{period}.csv"
table = "lab.periods"
format = { type = "csv" }
slice = { period = "{period}" }

[datasets.log]
description = "Lines that are added"
key = "log/{name}.csv"
table = "lab.log"
mode = "append"
format = { type = "csv" }

[datasets.prices]
description = "Prices by article"
key = "prices/{name}.csv"
table = "lab.prices"
mode = "merge"
merge_key = ["id"]
format = { type = "csv" }

[datasets.cache]
description = "What may be empty for a moment"
key = "cache/{name}.csv"
table = "lab.cache"
mode = "truncate"
format = { type = "csv" }

[datasets.flags]
description = "Truths"
key = "flags/{name}.csv"
table = "lab.flags"
format = { type = "csv" }
expect = { unique = [["id", "flag"]], accepted = { flag = ["yes", "FALSE"] }, sql = [{ name = "null_count", file = "checks/null_count.sql" }] }
"#;

const NULL_COUNT: &str = "SELECT SUM(CASE WHEN id < 0 THEN 1 ELSE NULL END) FROM lab.flags WHERE id <> 0";
const PERIODS: &str = "CREATE TABLE IF NOT EXISTS lab.periods (period SMALLINT NOT NULL, id INTEGER);\n";
const LOG: &str = "CREATE TABLE IF NOT EXISTS lab.log (id INTEGER NOT NULL, name VARCHAR(20));\n";
const PRICES: &str = "CREATE TABLE IF NOT EXISTS lab.prices (id INTEGER, price INTEGER);\n";
const CACHE: &str = "CREATE TABLE IF NOT EXISTS lab.cache (id INTEGER, name VARCHAR(20));\n";
const FLAGS: &str = "CREATE TABLE IF NOT EXISTS lab.flags (id INTEGER, flag BOOLEAN);\n";

const THINGS: &str = "CREATE TABLE IF NOT EXISTS lab.things (\n    id   INTEGER NOT NULL,\n    name VARCHAR(20)\n);\n";
const MONTHS: &str = "CREATE TABLE IF NOT EXISTS lab.months (\n    month VARCHAR(7) NOT NULL,\n    id    INTEGER\n);\n";

pub(crate) struct Lab {
    folder: TempDir,
    cloud: Option<Cloud>,
    pub(crate) services: Services,
    uploads: u32,
}

impl Lab {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tables = folder.path().join("pipelines/lab/tables");
        std::fs::create_dir_all(&tables).unwrap();
        std::fs::write(tables.join("things.sql"), THINGS).unwrap();
        std::fs::write(tables.join("months.sql"), MONTHS).unwrap();
        for (name, ddl) in [("periods", PERIODS), ("log", LOG), ("prices", PRICES), ("cache", CACHE), ("flags", FLAGS)]
        {
            std::fs::write(tables.join(format!("{name}.sql")), ddl).unwrap();
        }
        let checks = folder.path().join("pipelines/lab/checks");
        std::fs::create_dir_all(&checks).unwrap();
        std::fs::write(checks.join("null_count.sql"), NULL_COUNT).unwrap();
        std::fs::write(folder.path().join("pipelines/lab/pipeline.toml"), PIPELINE).unwrap();
        let cloud = start(folder.path()).await;
        let services = services(&cloud, folder.path());
        for action in migrate::plan(&services.project, &Existing::default()).unwrap() {
            for sql in &action.sql {
                services.warehouse.run(sql, "lab", LIMIT).await.unwrap();
            }
        }
        Self { folder, cloud: Some(cloud), services, uploads: 0 }
    }

    /// Ends the cloud and starts another on the same state, whose Data API remembers no statement and no token.
    pub(crate) async fn restart(&mut self) {
        self.cloud.take().unwrap().shutdown().await;
        let cloud = start(self.folder.path()).await;
        self.services = services(&cloud, self.folder.path());
        self.cloud = Some(cloud);
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        self.cloud.as_ref().unwrap()
    }

    /// Puts an object, and returns the upload as its event names it; each is one second younger than the one before.
    pub(crate) async fn put(&mut self, key: &str, body: &str) -> Upload {
        self.uploads += 1;
        let second = self.uploads;
        self.put_at(key, body, second).await
    }

    /// As [`Self::put`], at a second of its own choice.
    pub(crate) async fn put_at(&mut self, key: &str, body: &str, second: u32) -> Upload {
        self.uploads += 1;
        let bytes = ByteStream::from(body.as_bytes().to_vec());
        let put = self.services.s3.put_object().bucket("landing").key(key).body(bytes).send().await.unwrap();
        Upload {
            bucket: "landing".to_owned(),
            key: ObjectKey::from_plain(key).unwrap(),
            version: put.version_id,
            etag: put.e_tag.unwrap().trim_matches('"').to_owned(),
            size: body.len() as u64,
            sequencer: Some(Sequencer::new(&format!("{:016X}", self.uploads))),
            time: DateTime::<Utc>::from_timestamp(1_700_000_000 + i64::from(second), 0).unwrap(),
        }
    }

    /// Delivers the event of an upload; returns the batch's id and the attempt.
    pub(crate) async fn submit(&self, upload: &Upload) -> (String, String) {
        match loads::start(&self.services, upload.clone().into(), false).await.unwrap() {
            Started::Submitted { record, statement_id } => (statement_id, record.plan.name),
            other => panic!("{other:?}"),
        }
    }

    /// Waits for the end of a batch.
    pub(crate) async fn ended(&self, id: &str) -> Description {
        self.services.warehouse.wait(id, LIMIT).await.unwrap()
    }

    /// Delivers the event of a batch's end, when it has ended.
    pub(crate) async fn finish(&self, (id, name): &(String, String)) -> Option<LoadOutcome> {
        self.ended(id).await;
        loads::finish(&self.services, id, name).await.unwrap()
    }

    /// Delivers the event of an upload and then that of its batch's end.
    pub(crate) async fn load(&self, upload: &Upload) -> LoadOutcome {
        let batch = self.submit(upload).await;
        self.finish(&batch).await.unwrap()
    }

    /// The outcome of an attempt that the life of another one started.
    pub(crate) async fn finish_attempt(&self, upload: &Upload, attempt: u32) -> LoadOutcome {
        let (dataset, _) = self.services.project.dataset_for_key(upload.key.as_str()).unwrap();
        let record = self.services.store.record(dataset.name.as_str(), &upload.id(), attempt).await.unwrap().unwrap();
        let listed = self.services.warehouse.list(&record.plan.name).await.unwrap();
        self.finish(&(listed[0].id.clone(), record.plan.name)).await.unwrap()
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.services.warehouse.run(sql, "lab", LIMIT).await.unwrap();
    }

    /// The rows of a query, each with its fields between bars.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        let result = self.services.warehouse.query(sql, "lab", LIMIT).await.unwrap();
        let shown = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        result.rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join("|")).collect()
    }

    pub(crate) async fn things(&self) -> Vec<String> {
        self.rows("select name from lab.things order by id").await
    }

    /// Attempt and trust of every row of the ledger for an upload.
    pub(crate) async fn ledger(&self, upload: &Upload) -> Vec<String> {
        let id = upload.id();
        self.rows(&format!("select attempt, trusted from landfall.loads where load_id = '{id}' order by attempt")).await
    }

    /// The failures that the ledger has, when it has as many as this: they are recorded by statements that nobody waits for.
    pub(crate) async fn failures(&self, count: usize) -> Vec<String> {
        loop {
            let running = self.services.warehouse.list("landfall/failure/").await.unwrap();
            let rows =
                self.rows("select attempt, outcome, reason from landfall.failures order by attempt, failed_at").await;
            if running.iter().all(|statement| statement.status == StatementStatus::Finished) {
                assert_eq!(rows.len(), count, "{rows:?}");
                return rows;
            }
        }
    }
}

pub(crate) fn kinds(outcomes: &[LoadOutcome]) -> Vec<OutcomeKind> {
    outcomes.iter().map(|outcome| outcome.outcome).collect()
}

async fn start(folder: &Path) -> Cloud {
    let config = CloudConfig { duckdb_memory_mib: Some(256), ..CloudConfig::new(folder.join("state")) };
    Cloud::start(config).await.unwrap()
}

fn services(cloud: &Cloud, folder: &Path) -> Services {
    let place = Warehouse { endpoint: Endpoint::workgroup("local"), database: "dev".to_owned() };
    Services {
        project: Arc::new(pipeline_folder::load(&folder.join("pipelines")).unwrap()),
        s3: cloud.s3(),
        store: Store::new(cloud.s3(), "lake"),
        warehouse: Client::new(cloud.redshift_data(), place),
        events: cloud.eventbridge(),
        bus: "landfall".to_owned(),
        copy_role: "default".to_owned(),
    }
}
