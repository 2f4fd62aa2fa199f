//! A lake, a catalog, a clock, writers and a reader.

mod faults;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::primitives::ByteStream;
use compact_parquet::{Answer, Context, Error, Settings, handle};
use event_lake::layout::Partition;
use event_lake::partition::{Placement, State, placement};
use event_lake::state_store;
pub(crate) use faults::{Event, Faults, Moment};
use function::{Environment, Metrics};
use glue_catalog::{Catalog, Change, Column, File, Wanted, plan};
use glue_local::{Glue, GlueConfig};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use s3_local::{S3, S3Config, Served, Service};
use serde_json::json;
use tokio::sync::RwLock;

/// The day after the one that is compacted has been over for four hours then: 2026-01-03T04:00:00Z.
const BEGIN: i64 = 1_767_412_800;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3600;

/// What clients that never fail, and one function that may be killed, see.
pub(crate) struct World {
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) catalog: Catalog,
    pub(crate) context: Context,
    pub(crate) faults: Faults,
    pub(crate) day: Partition,
    /// Held by whoever reads or writes, so that no time passes meanwhile: a writer or query never takes longer than it may.
    pub(crate) under_way: RwLock<()>,
    clock: Arc<AtomicI64>,
    _servers: (Served<S3>, Served<Glue>),
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
        let faults = Faults::default();
        let s3 = || {
            let config = aws_sdk_s3::config::Builder::from(&sdk());
            config.endpoint_url(s3_server.endpoint()).force_path_style(true)
        };
        let glue = || aws_sdk_glue::config::Builder::from(&sdk()).endpoint_url(glue_server.endpoint());
        let clock = Arc::new(AtomicI64::new(BEGIN));
        let now = Arc::clone(&clock);
        let value = |name: &str| match name {
            "LANDFALL_LAKE_BUCKET" => Some("lake".to_owned()),
            "LANDFALL_GLUE_DATABASE" => Some("web".to_owned()),
            _ => None,
        };
        let glue_client = aws_sdk_glue::Client::from_conf(glue().interceptor(faults.clone()).build());
        let context = Context {
            s3: aws_sdk_s3::Client::from_conf(s3().interceptor(faults.clone()).build()),
            catalog: Catalog::new(glue_client, "web"),
            settings: Settings { folder: folder.path().to_owned(), ..Settings::read(Environment::new(value)).unwrap() },
            clock: Arc::new(move || now.load(Ordering::SeqCst)),
            metrics: Metrics::Discard,
        };
        let world = Self {
            s3: aws_sdk_s3::Client::from_conf(s3().build()),
            catalog: Catalog::new(aws_sdk_glue::Client::from_conf(glue().build()), "web"),
            context,
            faults,
            day: Partition { prefix: "web-data".into(), table: "posts".into(), date: "2026-01-02".into() },
            under_way: RwLock::new(()),
            clock,
            _servers: (s3_server, glue_server),
            _folder: folder,
        };
        world.catalog.create_database().await.unwrap();
        world
    }

    /// Makes the table read these columns, and registers the day.
    pub(crate) async fn register(&self, columns: &[(&str, &str)], projection: bool) {
        let location = "s3://lake/web-data/transformed/posts/".to_owned();
        let wanted = Wanted { name: "posts".into(), location: location.clone(), projection };
        let column = |(name, type_name): &(&str, &str)| Column { name: (*name).into(), type_name: (*type_name).into() };
        let file = File { url: "f".into(), date: self.day.date.clone(), columns: columns.iter().map(column).collect() };
        let before = self.catalog.table("posts").await.unwrap();
        match plan(before.as_ref(), &wanted, &[file]).unwrap().change {
            Change::Nothing => {}
            Change::Create(input) => _ = self.catalog.create_table(input).await.unwrap(),
            Change::Update { input, version_id } => _ = self.catalog.update_table(input, version_id).await.unwrap(),
        }
        let table = self.catalog.table("posts").await.unwrap().unwrap();
        let date = &self.day.date;
        let input = glue_catalog::created_partition(&table, date, &format!("{location}dt={date}/"));
        self.catalog.create_partitions("posts", vec![input]).await.unwrap();
    }

    /// One invocation by the schedule.
    pub(crate) async fn run(&self) -> Result<Answer, Error> {
        handle(&self.context, json!({ "detail-type": "Scheduled Event" })).await
    }

    /// Lets time pass, when nobody reads or writes.
    pub(crate) async fn pass(&self, seconds: i64) {
        let _nobody = self.under_way.write().await;
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn state(&self) -> Option<State> {
        state_store::read(&self.s3, "lake", &self.day).await.unwrap().map(|(state, _)| state)
    }

    /// What a writer does with a file, or with the same file again.
    pub(crate) async fn deliver(&self, file: &str, rows: &RecordBatch) {
        let _time_stands = self.under_way.read().await;
        for key in self.keys_to_put(file).await {
            self.put(&key, rows).await;
        }
    }

    /// Where a writer puts a file, in this order.
    pub(crate) async fn keys_to_put(&self, file: &str) -> Vec<String> {
        match placement(self.state().await.as_ref(), &self.day, file) {
            Placement::Nothing => Vec::new(),
            Placement::One(key) => vec![key],
            Placement::Both { next, current } => {
                let there = self.s3.head_object().bucket("lake").key(&current).send().await.is_ok();
                if there { Vec::new() } else { vec![next, current] }
            }
        }
    }

    pub(crate) async fn put(&self, key: &str, rows: &RecordBatch) {
        let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), None).unwrap();
        writer.write(rows).unwrap();
        let body = ByteStream::from(writer.into_inner().unwrap());
        self.s3.put_object().bucket("lake").key(key).body(body).send().await.unwrap();
    }

    /// Where the catalog sends readers.
    pub(crate) async fn location(&self) -> String {
        let partitions = self.catalog.partitions("posts").await.unwrap();
        glue_catalog::location_of(&partitions[0]).strip_prefix("s3://lake/").unwrap().to_owned()
    }

    pub(crate) async fn keys(&self, prefix: &str) -> Vec<String> {
        objects::folder::list(&self.s3, "lake", prefix).await.unwrap().into_iter().map(|file| file.key).collect()
    }

    /// All files where the catalog says that they are.
    pub(crate) async fn files(&self) -> Vec<(String, RecordBatch)> {
        let mut files = Vec::new();
        for key in self.keys(&self.location().await).await {
            let body = self.s3.get_object().bucket("lake").key(&key).send().await.unwrap().body;
            let bytes = body.collect().await.unwrap().into_bytes();
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
            let schema = Arc::clone(reader.schema());
            let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
            files.push((key, arrow::compute::concat_batches(&schema, &batches).unwrap()));
        }
        files
    }

    /// What a query of the day reads: how often each id, and its number, are there.
    pub(crate) async fn query(&self) -> BTreeMap<String, Vec<Option<i64>>> {
        let _time_stands = self.under_way.read().await;
        let mut found: BTreeMap<String, Vec<Option<i64>>> = BTreeMap::new();
        for (_, rows) in self.files().await {
            let ids = rows.column_by_name("message_id").unwrap().as_string::<i32>().clone();
            let numbers =
                rows.column_by_name("n").map(|numbers| arrow::compute::cast(numbers, &DataType::Int64).unwrap());
            for row in 0..ids.len() {
                let numbers = numbers.as_ref().map(|numbers| numbers.as_any().downcast_ref::<Int64Array>().unwrap());
                let number = numbers.filter(|numbers| numbers.is_valid(row)).map(|numbers| numbers.value(row));
                found.entry(ids.value(row).to_owned()).or_default().push(number);
            }
        }
        found
    }
}

/// Events with these ids and numbers, the later ones first; numbers are `bigint` or `int`.
pub(crate) fn rows(events: &[(&str, i64)], is_wide: bool) -> RecordBatch {
    let ids: StringArray = events.iter().map(|(id, _)| Some(*id)).collect();
    let times: TimestampMicrosecondArray = events.iter().map(|(_, number)| Some(1_000_000 - number)).collect();
    let times = times.with_timezone("UTC");
    let numbers: ArrayRef = if is_wide {
        Arc::new(events.iter().map(|(_, number)| Some(*number)).collect::<Int64Array>())
    } else {
        Arc::new(events.iter().map(|(_, number)| i32::try_from(*number).ok()).collect::<Int32Array>())
    };
    RecordBatch::try_from_iter_with_nullable([
        ("n", numbers, true),
        ("message_id", Arc::new(ids) as ArrayRef, true),
        ("timestamp", Arc::new(times) as ArrayRef, true),
    ])
    .unwrap()
}

fn sdk() -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
