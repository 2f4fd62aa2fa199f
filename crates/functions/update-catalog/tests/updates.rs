//! Files that arrive in a lake, and the tables that a catalog has then.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]
#![recursion_limit = "256"]

mod support;

use std::sync::Arc;

use event_lake::layout::Partition;
use event_lake::partition::State;
use event_lake::state_store;
use support::{World, key};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_leave_one_table_with_everything() {
    let world = Arc::new(World::new().await);
    let mut tasks = Vec::new();
    for number in 0..50 {
        let world = Arc::clone(&world);
        tasks.push(tokio::spawn(async move {
            let key = key("posts", &format!("2026-01-{:02}", number % 25 + 1), &format!("f{number}"));
            let fields = format!("optional binary message_id (UTF8); optional int64 c{number};");
            world.arrive(&key, &fields).await.map(|_| ())
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let mut columns: Vec<String> = world.columns("posts").await.split(", ").map(str::to_owned).collect();
    assert_eq!(columns.remove(0), "message_id string");
    columns.sort();
    let mut expected: Vec<String> = (0..50).map(|number| format!("c{number} bigint")).collect();
    expected.sort();
    assert_eq!(columns, expected);
    let partitions = world.partitions("posts").await;
    assert_eq!(partitions.len(), 25);
    for partition in &partitions {
        let date = glue_catalog::date_of(partition).unwrap();
        assert_eq!(glue_catalog::location_of(partition), format!("s3://lake/web-data/transformed/posts/dt={date}/"));
        let day: usize = date[8..].parse().unwrap();
        let files = [format!("c{}", day - 1), format!("c{}", day + 24)];
        assert!(
            glue_catalog::covers(partition, files.iter().map(|name| (name.as_str(), "bigint"))),
            "{date} lacks a column of {files:?}: {partition:?}"
        );
    }
    let version = world.table("posts").await.version_id;
    for number in 0..50 {
        let key = key("posts", &format!("2026-01-{:02}", number % 25 + 1), &format!("f{number}"));
        world.update(&key).await.unwrap();
    }
    assert_eq!(world.table("posts").await.version_id, version, "delivered again, nothing is written");
    let versions = world.glue.get_table_versions().database_name("web").table_name("posts").send().await.unwrap();
    assert_eq!(versions.table_versions().len(), 1, "no version is archived");
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_met_by_reading_again() {
    let world = World::new().await;
    world.glue_server.conflict_next(3);
    world.arrive(&key("posts", "2026-01-01", "a"), "optional int32 n;").await.unwrap();
    world.glue_server.conflict_next(5);
    world.arrive(&key("posts", "2026-01-02", "b"), "optional int32 n; optional int32 m;").await.unwrap();
    assert_eq!(world.columns("posts").await, "n int, m int");
    assert_eq!(world.partitions("posts").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_follows_its_table_where_its_files_need_it() {
    let world = World::new().await;
    world.arrive(&key("posts", "2026-01-01", "a"), "optional int32 n;").await.unwrap();
    world.arrive(&key("posts", "2026-01-02", "a"), "optional int32 n;").await.unwrap();
    // Somebody moved a day and described the table.
    let location = "s3://lake/web-data/compacted/posts/dt=2026-01-02/1/";
    let day = Partition { prefix: "web-data".into(), table: "posts".into(), date: "2026-01-02".into() };
    let state = State::first(&day).announced(&day, 1).merged([], 2).settled(3);
    state_store::write(&world.context.s3, "lake", &day, &state, None).await.unwrap().unwrap();
    let table = world.table("posts").await;
    let moved =
        world.partitions("posts").await.into_iter().find(|p| glue_catalog::date_of(p) == Some("2026-01-02")).unwrap();
    let input = glue_catalog::updated_partition(&table, &moved, location);
    world.context.catalog.update_partition("posts", "2026-01-02", input).await.unwrap();

    world.arrive(&key("posts", "2026-01-02", "b"), "optional int64 n; optional double x;").await.unwrap();
    world.arrive(&key("posts", "2026-01-03", "a"), "optional int32 n;").await.unwrap();
    assert_eq!(world.columns("posts").await, "n bigint, x double", "the last file does not make it narrower");
    assert_eq!(
        world.days("posts").await,
        [
            "2026-01-01 s3://lake/web-data/transformed/posts/dt=2026-01-01/: n int",
            "2026-01-02 s3://lake/web-data/compacted/posts/dt=2026-01-02/1/: n bigint, x double",
            "2026-01-03 s3://lake/web-data/transformed/posts/dt=2026-01-03/: n bigint, x double",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_files_add_columns_and_no_days() {
    let world = World::new().await;
    world
        .arrive("web-data/compacted/posts/dt=2026-01-01/1/compacted-00000.parquet", "optional int32 n;")
        .await
        .unwrap();
    assert_eq!(world.columns("posts").await, "n int");
    assert_eq!(world.days("posts").await, Vec::<String>::new());
    let day = Partition { prefix: "web-data".into(), table: "posts".into(), date: "2026-01-01".into() };
    let state = State::first(&day).announced(&day, 1).merged([], 2).settled(3);
    state_store::write(&world.context.s3, "lake", &day, &state, None).await.unwrap().unwrap();
    // A day that was compacted and lost its partition is registered where its files are.
    world.arrive(&key("posts", "2026-01-01", "a"), "optional int32 n;").await.unwrap();
    assert_eq!(world.days("posts").await, ["2026-01-01 s3://lake/web-data/compacted/posts/dt=2026-01-01/1/: n int"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_of_a_batch_fails_alone() {
    let world = World::new().await;
    let keys = [
        key("posts", "2026-01-01", "a"),
        key("posts", "2026-01-01", "b"),
        key("users", "2026-01-01", "a"),
        key("users", "2026-01-01", "not-parquet"),
        key("users", "2026-01-01", "float16"),
        key("users", "2026-01-01", "gone"),
        "web-data/raw/users/dt=2026-01-01/a.gz".to_owned(),
    ];
    world.put(&keys[0], "optional int32 n;").await;
    world.put(&keys[1], "optional binary n (UTF8);").await;
    world.put(&keys[2], "optional binary n (UTF8);").await;
    world.put_bytes(&keys[3], b"n,m\n1,2\n".to_vec()).await;
    world.put(&keys[4], "optional fixed_len_byte_array(2) h (FLOAT16);").await;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(world.deliver(&keys).await, ["m1", "m3", "m4"]);
    assert_eq!(world.columns("posts").await, "n int");
    assert_eq!(world.columns("users").await, "n string");
    let error = world.update(keys[1]).await.unwrap_err();
    let text = function::chain(&error);
    assert!(text.contains("n is string, and int in table posts") && text.contains("b.parquet"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_days_than_one_request_takes() {
    let world = World::new().await;
    let keys: Vec<String> = (0..230)
        .map(|number| key("posts", &format!("2026-{:02}-{:02}", number / 25 + 1, number % 25 + 1), "a"))
        .collect();
    for key in &keys {
        world.put(key, "optional int32 n;").await;
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(world.deliver(&keys).await, Vec::<String>::new());
    assert_eq!(world.partitions("posts").await.len(), 230);
}

#[tokio::test(flavor = "multi_thread")]
async fn projection_is_set_and_days_are_registered_all_the_same() {
    let mut world = World::new().await;
    world.context.projection = true;
    world.arrive(&key("posts", "2026-01-02", "a"), "optional int32 n;").await.unwrap();
    world.arrive(&key("posts", "2026-01-01", "a"), "optional int32 n;").await.unwrap();
    let table = world.table("posts").await;
    let parameter = |name: &str| table.parameters().unwrap().get(name).cloned().unwrap_or_default();
    assert_eq!(parameter("projection.enabled"), "true");
    assert_eq!(parameter("projection.dt.range"), "2026-01-01,NOW+1DAY");
    assert_eq!(parameter("storage.location.template"), "s3://lake/web-data/transformed/posts/dt=${dt}/");
    assert_eq!(world.partitions("posts").await.len(), 2);
}
