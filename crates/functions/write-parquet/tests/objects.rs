//! Raw objects in an S3 server, through the whole function.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![recursion_limit = "256"]

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use event_lake::layout::Partition;
use event_lake::partition::State;
use event_lake::state_store;
use event_parquet::{Layout, Limits};
use flate2::Compression;
use flate2::write::GzEncoder;
use function::Metrics;
use parquet::file::reader::{FileReader, SerializedFileReader};
use s3_local::{S3, S3Config, Served, Service};
use serde_json::{Value, json};
use write_parquet::{Context, Response, Uploads, handle};

const RAW: &str = "web/raw/posts/dt=2026-01-02/events-1.gz";

const PIPELINE: &str = r#"
description = "p"
[events]
description = "e"
prefix = "web"
[events.tables.posts]
description = "t"
type = "track"
event = "Post Created"
[events.tables.posts.columns]
post_id = { type = "bigint" }
"#;

/// A lake with one bucket, and the function beside it.
struct World {
    context: Context,
    server: Served<S3>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = S3Config { root: folder.path().join("s3"), region: "us-east-1".into(), observer: None };
        let server = S3::open(config).await.unwrap().serve(0).await.unwrap();
        server.create_bucket("lake").await.unwrap();
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("anybody", "anything", None, None, "test"))
            .endpoint_url(server.endpoint())
            .force_path_style(true)
            .build();
        let file = pipeline::SourceFile { path: "web/pipeline.toml".to_owned(), text: PIPELINE.to_owned() };
        let project = pipeline::parse(&[file]).unwrap();
        let context = Context {
            s3: Client::from_conf(s3),
            bucket: "lake".to_owned(),
            prefix: "web".to_owned(),
            layout: Arc::new(Layout::new(project.events().unwrap())),
            limits: Limits::new(folder.path()),
            metrics: Metrics::Discard,
        };
        Self { context, server, _folder: folder }
    }

    /// Puts an object; its version.
    async fn put(&self, key: &str, body: &[u8]) -> String {
        let put = self.context.s3.put_object().bucket("lake").key(key).body(ByteStream::from(body.to_vec()));
        put.send().await.unwrap().version_id.unwrap()
    }

    async fn get(&self, key: &str) -> Vec<u8> {
        let output = self.context.s3.get_object().bucket("lake").key(key).send().await.unwrap();
        output.body.collect().await.unwrap().to_vec()
    }

    /// All keys but the raw ones, with their objects.
    async fn made(&self) -> BTreeMap<String, Vec<u8>> {
        let mut made = BTreeMap::new();
        for listed in objects::folder::list(&self.context.s3, "lake", "web/").await.unwrap() {
            if !listed.key.starts_with("web/raw/") && !listed.key.starts_with("web/partitions/") {
                let bytes = self.get(&listed.key).await;
                made.insert(listed.key, bytes);
            }
        }
        made
    }

    /// Delivers a version; the function's line.
    async fn deliver(&self, key: &str, version: &str) -> String {
        objects(handle(&self.context, json!({ "bucket": "lake", "key": key, "version": version })).await.unwrap())
    }

    /// Puts an object and delivers it.
    async fn arrive(&self, key: &str, body: &[u8]) -> String {
        let version = self.put(key, body).await;
        self.deliver(key, &version).await
    }

    async fn state(&self, state: &State) {
        let etag = state_store::read(&self.context.s3, "lake", &day()).await.unwrap().map(|(_, etag)| etag);
        let written = state_store::write(&self.context.s3, "lake", &day(), state, etag.as_deref()).await.unwrap();
        assert!(written.is_some());
    }
}

fn day() -> Partition {
    Partition { prefix: "web".into(), table: "posts".into(), date: "2026-01-02".into() }
}

fn objects(answer: Response<Uploads>) -> String {
    match answer {
        Response::Done(Uploads { uploads }) => uploads.join("\n"),
        Response::Batch(batch) => format!("{batch:?}"),
    }
}

fn event(number: usize) -> String {
    format!(
        r#"{{"messageId":"m{number}","type":"track","event":"Post Created","timestamp":"2026-01-02T00:00:00Z","properties":{{"post_id":{number}}}}}"#
    ) + "\n"
}

fn events(numbers: std::ops::Range<usize>) -> String {
    numbers.map(event).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Folder and rows of every Parquet file, and the other keys.
fn summary(made: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let line = |(key, bytes): (&String, &Vec<u8>)| {
        let (folder, file) = key.rsplit_once('/').unwrap();
        if !file.ends_with(".parquet") {
            return folder.to_owned();
        }
        let reader = SerializedFileReader::new(parquet_bytes(bytes)).unwrap();
        format!("{folder} {}", reader.metadata().file_metadata().num_rows())
    };
    made.iter().map(line).collect()
}

fn parquet_bytes(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

const TRANSFORMED: &str = "web/transformed/posts/dt=2026-01-02";

#[tokio::test(flavor = "multi_thread")]
async fn an_object_becomes_parquet_and_a_redelivery_changes_nothing() {
    let world = World::new().await;
    let version = world.put(RAW, &gzip(&(events(0..50) + &events(40..60)))).await;
    let line = world.deliver(RAW, &version).await;
    assert_eq!(line, format!("wrote s3://lake/{RAW}: 60 rows in 1 files, 10 duplicates left out"));
    let made = world.made().await;
    assert_eq!(summary(&made), [format!("{TRANSFORMED} 60"), "web/written".to_owned()]);
    let name = made.keys().next().unwrap();
    assert!(name.starts_with(&format!("{TRANSFORMED}/events-1-")) && name.ends_with("-0000.parquet"), "{name}");
    let receipt: Value = serde_json::from_slice(made.values().last().unwrap()).unwrap();
    assert_eq!(receipt["rows"], json!({ "posts": { "2026-01-02": 60 } }));
    assert_eq!((&receipt["version"], &receipt["duplicates"]), (&json!(version), &json!(10)));
    for _ in 0..2 {
        assert_eq!(world.deliver(RAW, &version).await, line);
        assert!(world.made().await == made, "every byte is as it was");
    }
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_replaces_all_that_the_first_one_made() {
    let world = World::new().await;
    let key = "web/raw/mixed/dt=2026-01-02/a";
    let other = r#"{"type":"page","timestamp":"2026-01-03T00:00:00Z"}"#;
    let first = world.put(key, format!("{}nonsense\n{other}", events(0..3)).as_bytes()).await;
    assert_eq!(world.deliver(key, &first).await, format!("wrote s3://lake/{key}: 4 rows in 2 files, 1 rejected"));
    let made = world.made().await;
    let page = "web/transformed/other_page/dt=2026-01-03 1".to_owned();
    let expected = ["web/rejected".to_owned(), page, format!("{TRANSFORMED} 3"), "web/written".to_owned()];
    assert_eq!(summary(&made), expected);
    let rejected: Value = serde_json::from_slice(made.values().next().unwrap()).unwrap();
    let place = (&rejected["source"], &rejected["version"], &rejected["line"], &rejected["raw"]);
    assert_eq!(place, (&json!(format!("s3://lake/{key}")), &json!(first), &json!(4), &json!("bm9uc2Vuc2U=")));

    let second = world.put(key, events(0..5).as_bytes()).await;
    let expected = [format!("{TRANSFORMED} 5"), "web/written".to_owned()];
    for _ in 0..2 {
        world.deliver(key, &second).await;
        assert_eq!(summary(&world.made().await), expected);
    }
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_late_does_not_bring_an_old_version_back() {
    let world = World::new().await;
    let first = world.put(RAW, events(0..3).as_bytes()).await;
    let second = world.put(RAW, events(0..5).as_bytes()).await;
    let notice = |version: &str, sequencer: &str| {
        let object = json!({ "key": RAW, "etag": "e", "version-id": version, "sequencer": sequencer });
        let detail = json!({ "bucket": { "name": "lake" }, "object": object });
        json!({ "source": "aws.s3", "detail-type": "Object Created", "detail": detail })
    };
    let deliver = async |event: Value| objects(handle(&world.context, event).await.unwrap());
    assert_eq!(deliver(notice(&second, "0B")).await, format!("wrote s3://lake/{RAW}: 5 rows in 1 files"));
    let made = world.made().await;
    let late = format!("left out s3://lake/{RAW}: a later version of it has been written");
    assert_eq!(deliver(notice(&first, "0A")).await, late);
    assert!(world.made().await == made);
    assert_eq!(deliver(notice(&second, "0B")).await, format!("wrote s3://lake/{RAW}: 5 rows in 1 files"));
    assert!(world.made().await == made);
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_where_the_state_of_compaction_says() {
    let world = World::new().await;
    let keys = async |what: &str| -> Vec<String> {
        let made = world.made().await;
        let short = made.keys().filter(|key| key.contains(what)).map(|key| key.rsplit_once('-').unwrap().0.to_owned());
        short.map(|key| key.rsplit_once('-').unwrap().0.to_owned()).collect()
    };
    let (a, b, c) = (RAW.replace("events-1", "a"), RAW.replace("events-1", "b"), RAW.replace("events-1", "c"));
    let of_a = world.put(&a, &gzip(&events(0..3))).await;
    world.deliver(&a, &of_a).await;
    assert_eq!(keys(".parquet").await, [format!("{TRANSFORMED}/a")]);

    // Announced: what is there already stays, what comes goes into both folders.
    let announced = State::first(&day()).announced(&day(), 100);
    world.state(&announced).await;
    let next = "web/compacted/posts/dt=2026-01-02/100";
    let of_b = world.put(&b, &gzip(&events(3..6))).await;
    world.deliver(&b, &of_b).await;
    assert_eq!(keys("/b-").await, [format!("{next}/b"), format!("{TRANSFORMED}/b")]);
    let before = world.made().await;
    world.deliver(&b, &of_b).await;
    assert!(world.made().await == before);

    // Merged: the first file's rows are in a merged file, and a redelivery brings nothing back.
    let merged: Vec<String> =
        before.keys().filter(|key| key.contains("/a-")).map(|key| key.rsplit('/').next().unwrap().to_owned()).collect();
    world.state(&announced.merging(2000).merged(merged, 2100).settled(2200)).await;
    let old: Vec<String> = before.keys().filter(|key| key.starts_with(TRANSFORMED)).cloned().collect();
    objects::folder::delete(&world.context.s3, "lake", &old).await.unwrap();
    world.deliver(&a, &of_a).await;
    assert_eq!(keys("/a-").await, Vec::<String>::new());
    world.arrive(&c, &gzip(&events(6..9))).await;
    assert_eq!(keys("/c-").await, [format!("{next}/c")]);
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_or_no_raw_object_is_left_out() {
    let world = World::new().await;
    let version = world.put(RAW, b"{}").await;
    world.context.s3.delete_object().bucket("lake").key(RAW).version_id(&version).send().await.unwrap();
    let gone = format!("s3://lake/{RAW} (version {version}) is gone; upload it again if it is still wanted");
    assert_eq!(world.deliver(RAW, &version).await, format!("left out s3://lake/{RAW}: {gone}"));
    for key in ["web/transformed/posts/dt=2026-01-02/a.parquet", "other/raw/a", "webraw/a", "web/raw/folder/"] {
        let line = world.arrive(key, b"{}").await;
        assert_eq!(line, format!("ignored s3://lake/{key}: it is not in web/raw/ of lake"));
        world.context.s3.delete_object().bucket("lake").key(key).send().await.unwrap();
    }
    let elsewhere = json!({ "bucket": "landing", "key": RAW });
    assert!(objects(handle(&world.context, elsewhere).await.unwrap()).starts_with("ignored "));
    // Without versions, an object that is another one by now has an event of its own.
    world.put(RAW, b"{}").await;
    let object = json!({ "key": RAW, "eTag": "0123456789abcdef0123456789abcdef", "size": 2, "sequencer": "0A" });
    let s3 = json!({ "bucket": { "name": "lake" }, "object": object });
    let event = json!({ "Records": [{ "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": s3 }] });
    let line = objects(handle(&world.context, event).await.unwrap());
    assert!(line.contains("was overwritten while it was read"), "{line}");
    assert_eq!(world.made().await.len(), 0);
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_and_broken_objects() {
    let world = World::new().await;
    // About 20 MB that hardly compress: ranges are read one after another, and the file is written in parts.
    let mut noise: u64 = 7;
    let mut hex = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", noise >> 32)
    };
    let text: String = (0..400)
        .map(|number| {
            event(number)
                .replace("\"type\"", &format!("\"f\":\"{}\",\"type\"", (0..6000).map(|_| hex()).collect::<String>()))
        })
        .collect();
    assert_eq!(world.arrive(RAW, text.as_bytes()).await, format!("wrote s3://lake/{RAW}: 400 rows in 1 files"));
    let made = world.made().await;
    assert!(made.values().next().unwrap().len() > 9 << 20, "{:?}", summary(&made));
    assert_eq!(summary(&made)[0], format!("{TRANSFORMED} 400"));

    let packed = gzip(&text);
    let line = world.arrive(RAW, &packed[..packed.len() / 2]).await;
    assert!(line.ends_with("rejected; incomplete: the gzip stream breaks off: incomplete deflate stream"), "{line}");
    let made = world.made().await;
    let receipt: Value = serde_json::from_slice(made.values().last().unwrap()).unwrap();
    assert_eq!(receipt["broken"], "the gzip stream breaks off: incomplete deflate stream");
    let rows = receipt["rows"]["posts"]["2026-01-02"].as_u64().unwrap();
    assert!((100..300).contains(&rows), "{rows}");
    assert_eq!(summary(&made), ["web/rejected".to_owned(), format!("{TRANSFORMED} {rows}"), "web/written".to_owned()]);
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_told_which_messages_to_deliver_again() {
    let world = World::new().await;
    let version = world.put(RAW, events(0..3).as_bytes()).await;
    let message =
        |id: &str, body: Value| json!({ "messageId": id, "body": body.to_string(), "eventSource": "aws:sqs" });
    let good = json!({ "bucket": "lake", "key": RAW, "version": version });
    let batch = json!({ "Records": [
        message("bad", json!({ "nothing": "known" })),
        message("good", good),
        message("test", json!({ "Event": "s3:TestEvent", "Bucket": "lake" })),
    ] });
    let answer = handle(&world.context, batch).await.unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json!({ "batchItemFailures": [{ "itemIdentifier": "bad" }] }));
    assert_eq!(summary(&world.made().await)[0], format!("{TRANSFORMED} 3"));
    // With nowhere to write temporary files, the message comes again.
    let mut context = world.context.clone();
    context.limits.folder = "/nowhere".into();
    let error = handle(&context, json!({ "bucket": "lake", "key": RAW })).await.unwrap_err();
    let text = function::chain(&error);
    assert!(
        text.starts_with(&format!(
            "s3://lake/{RAW} was not converted: the file of posts of 2026-01-02 could not be written"
        )),
        "{text}"
    );
    world.server.shutdown().await;
}
