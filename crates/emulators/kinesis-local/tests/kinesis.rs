//! The Kinesis server, driven by the AWS SDK over HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]

use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::error::ProvideErrorMetadata;
use aws_sdk_kinesis::primitives::{Blob, DateTime};
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, Record, ShardIteratorType, StreamStatus};
use kinesis_local::{Fault, Kinesis, KinesisConfig, Position, ReadLimit, Retention, Served, Service};

async fn server(folder: &Path, streams: &[(&str, u32)]) -> Served<Kinesis> {
    let streams = streams.iter().map(|(name, shards)| ((*name).to_owned(), *shards)).collect();
    Kinesis::open(KinesisConfig { streams, ..KinesisConfig::new(folder, "eu-west-1") })
        .await
        .unwrap()
        .serve(0)
        .await
        .unwrap()
}

fn client(server: &Served<Kinesis>) -> Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("any", "thing", None, None, "test"))
        .endpoint_url(server.endpoint())
        .build();
    Client::from_conf(config)
}

fn entry(key: &str, data: &[u8]) -> PutRecordsRequestEntry {
    PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(data)).build().unwrap()
}

async fn iterator(client: &Client, kind: ShardIteratorType, sequence: Option<&str>) -> String {
    let shard = client.get_shard_iterator().stream_name("events").shard_id("shardId-000000000000");
    let answer = shard.shard_iterator_type(kind).set_starting_sequence_number(sequence.map(str::to_owned)).send().await;
    answer.unwrap().shard_iterator.unwrap()
}

/// All records from an iterator to the end of the shard, read `limit` at a time.
async fn read(client: &Client, mut iterator: String, limit: i32) -> Vec<Record> {
    let mut records = Vec::new();
    loop {
        let answer = client.get_records().shard_iterator(&iterator).limit(limit).send().await.unwrap();
        let at_end = answer.records().is_empty();
        assert!(answer.records().len() <= limit as usize);
        records.extend(answer.records);
        if at_end {
            assert_eq!(answer.millis_behind_latest, Some(0));
            return records;
        }
        iterator = answer.next_shard_iterator.unwrap();
    }
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8(record.data().as_ref().to_vec()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_created_described_listed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), &[("configured", 2)]).await;
    let client = client(&server);
    client.create_stream().stream_name("events").shard_count(3).send().await.unwrap();
    let again = client.create_stream().stream_name("events").shard_count(1).send().await.unwrap_err();
    assert_eq!(again.code(), Some("ResourceInUseException"));
    for name in ["..", "a/b", "é"] {
        let refused = client.create_stream().stream_name(name).shard_count(1).send().await.unwrap_err();
        assert_eq!(refused.code(), Some("ValidationException"), "{name}");
    }

    let described = client.describe_stream().stream_name("events").send().await.unwrap().stream_description.unwrap();
    assert_eq!(described.stream_status(), &StreamStatus::Active);
    assert_eq!(described.stream_arn(), "arn:aws:kinesis:eu-west-1:123456789012:stream/events");
    let starts: Vec<&str> =
        described.shards().iter().map(|shard| shard.hash_key_range().unwrap().starting_hash_key()).collect();
    assert_eq!(starts, ["0", "113427455640312821154458202477256070485", "226854911280625642308916404954512140970"]);
    let summary = client.describe_stream_summary().stream_arn(described.stream_arn()).send().await.unwrap();
    assert_eq!(summary.stream_description_summary().unwrap().open_shard_count(), 3);

    let page = client.list_shards().stream_name("events").max_results(2).send().await.unwrap();
    assert_eq!((page.shards().len(), page.next_token()), (2, Some("events/shardId-000000000001")));
    let rest = client.list_shards().next_token(page.next_token().unwrap()).send().await.unwrap();
    assert_eq!((rest.shards()[0].shard_id(), rest.next_token()), ("shardId-000000000002", None));
    let first = client.list_streams().limit(1).send().await.unwrap();
    assert_eq!((first.stream_names(), first.has_more_streams()), (&["configured".to_owned()][..], true));
    let second = client.list_streams().exclusive_start_stream_name("configured").send().await.unwrap();
    assert_eq!((second.stream_names(), second.has_more_streams()), (&["events".to_owned()][..], false));

    client.delete_stream().stream_name("events").send().await.unwrap();
    let gone = client.describe_stream().stream_name("events").send().await.unwrap_err();
    assert_eq!(gone.code(), Some("ResourceNotFoundException"));
    let unknown = client.list_tags_for_stream().stream_name("configured").send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iterators_begin_where_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), &[("events", 1)]).await;
    let client = client(&server);
    let mut sequences = Vec::new();
    for data in ["a", "b", "c"] {
        let put =
            client.put_record().stream_name("events").partition_key("k").data(Blob::new(data)).send().await.unwrap();
        assert_eq!(put.shard_id(), "shardId-000000000000");
        sequences.push(put.sequence_number);
    }
    assert!(sequences.is_sorted());
    let second = Some(sequences[1].as_str());
    let check = async |kind: ShardIteratorType, sequence: Option<&str>, expected: &str| {
        let from = iterator(&client, kind, sequence).await;
        assert_eq!(texts(&read(&client, from, 2).await).concat(), expected);
    };
    check(ShardIteratorType::TrimHorizon, None, "abc").await;
    check(ShardIteratorType::AtSequenceNumber, second, "bc").await;
    check(ShardIteratorType::AfterSequenceNumber, second, "c").await;
    check(ShardIteratorType::Latest, None, "").await;

    let all = read(&client, iterator(&client, ShardIteratorType::TrimHorizon, None).await, 10).await;
    assert_eq!((all[1].sequence_number(), all[1].partition_key()), (sequences[1].as_str(), Some("k")));
    let at = |time: DateTime| {
        client
            .get_shard_iterator()
            .stream_name("events")
            .shard_id("shardId-000000000000")
            .shard_iterator_type(ShardIteratorType::AtTimestamp)
            .timestamp(time)
            .send()
    };
    let first_time = *all[0].approximate_arrival_timestamp().unwrap();
    let from = at(first_time).await.unwrap().shard_iterator.unwrap();
    assert_eq!(texts(&read(&client, from, 10).await).concat(), "abc");
    let later = DateTime::from_secs(first_time.secs() + 3600);
    let from = at(later).await.unwrap().shard_iterator.unwrap();
    assert!(read(&client, from, 10).await.is_empty());

    // An iterator at the end sees what comes later.
    let latest = iterator(&client, ShardIteratorType::Latest, None).await;
    client.put_record().stream_name("events").partition_key("k").data(Blob::new("d")).send().await.unwrap();
    assert_eq!(texts(&read(&client, latest, 10).await), ["d"]);
    let foreign = client.get_shard_iterator().stream_name("events").shard_id("shardId-000000000000");
    let foreign = foreign.shard_iterator_type(ShardIteratorType::AtSequenceNumber).starting_sequence_number("42");
    assert_eq!(foreign.send().await.unwrap_err().code(), Some("InvalidArgumentException"));
    let shard = client.get_shard_iterator().stream_name("events").shard_id("shardId-000000000009");
    let shard = shard.shard_iterator_type(ShardIteratorType::Latest).send().await.unwrap_err();
    assert_eq!(shard.code(), Some("ResourceNotFoundException"));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_kinesis_own() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), &[("events", 2)]).await;
    let client = client(&server);
    let put = async |entries: Vec<PutRecordsRequestEntry>| {
        let put = client.put_records().stream_name("events").set_records(Some(entries)).send().await;
        put.map(|put| put.failed_record_count().unwrap_or_default()).map_err(|error| error.code().unwrap().to_owned())
    };
    let validation = || Err("ValidationException".to_owned());
    let most = 1024 * 1024;
    assert_eq!(put(vec![entry("k", &vec![0; most - 1])]).await, Ok(0));
    assert_eq!(put(vec![entry("k", &vec![0; most])]).await, validation());
    assert_eq!(put(vec![entry(&"é".repeat(256), b"")]).await, Ok(0));
    assert_eq!(put(vec![entry(&"k".repeat(257), b"")]).await, validation());
    assert_eq!(put(vec![entry("", b"")]).await, validation());
    assert_eq!(put(Vec::new()).await, validation());
    assert_eq!(put(vec![entry("k", b"x"); 500]).await, Ok(0));
    assert_eq!(put(vec![entry("k", b"x"); 501]).await, validation());
    assert_eq!(put(vec![entry("k", &vec![0; most - 1]); 10]).await, Ok(0));
    assert_eq!(put(vec![entry("k", &vec![0; most - 1]); 11]).await, Err("InvalidArgumentException".to_owned()));
    let explicit = |hash: &str| {
        client.put_record().stream_name("events").partition_key("k").data(Blob::new("x")).explicit_hash_key(hash).send()
    };
    assert_eq!(explicit("0").await.unwrap().shard_id(), "shardId-000000000000");
    assert_eq!(explicit(&u128::MAX.to_string()).await.unwrap().shard_id(), "shardId-000000000001");
    let too_large = explicit("340282366920938463463374607431768211456").await.unwrap_err();
    assert_eq!(too_large.code(), Some("ValidationException"));
    let nowhere = client.put_record().stream_name("nowhere").partition_key("k").data(Blob::new("x")).send().await;
    assert_eq!(nowhere.unwrap_err().code(), Some("ResourceNotFoundException"));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_refuse_some_records_and_whole_requests() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), &[("events", 1)]).await;
    let client = client(&server);
    server.fail_records(Fault::Records { every: NonZeroU64::new(2).unwrap(), times: 2 });
    let entries: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|data| entry("k", data.as_bytes())).into();
    let put = client.put_records().stream_name("events").set_records(Some(entries)).send().await.unwrap();
    let codes: Vec<&str> = put.records().iter().map(|record| record.error_code().unwrap_or("taken")).collect();
    let refused = "ProvisionedThroughputExceededException";
    assert_eq!(
        (codes, put.failed_record_count()),
        (vec!["taken", refused, "taken", refused, "taken", "taken"], Some(2))
    );
    assert!(put.records().iter().all(|record| record.sequence_number().is_some() == record.error_code().is_none()));
    let from = iterator(&client, ShardIteratorType::TrimHorizon, None).await;
    assert_eq!(texts(&read(&client, from, 10).await).concat(), "acef");

    server.fail_records(Fault::Outage { requests: 3 });
    let once = aws_sdk_kinesis::config::retry::RetryConfig::disabled();
    let impatient = Client::from_conf(client.config().to_builder().retry_config(once).build());
    let put = impatient.put_record().stream_name("events").partition_key("k").data(Blob::new("g")).send().await;
    assert_eq!(put.unwrap_err().code(), Some("InternalFailure"));
    // The SDK tries three times: the third try meets no fault.
    client.put_record().stream_name("events").partition_key("k").data(Blob::new("h")).send().await.unwrap();
    let from = iterator(&client, ShardIteratorType::TrimHorizon, None).await;
    assert_eq!(texts(&read(&client, from, 10).await).concat(), "acefh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_what_was_acknowledged_and_cuts_what_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let first = server(folder.path(), &[("events", 1)]).await;
    let put = |client: Client, data: &'static str| async move {
        client
            .put_record()
            .stream_name("events")
            .partition_key("k")
            .data(Blob::new(data))
            .send()
            .await
            .unwrap()
            .sequence_number
    };
    put(client(&first), "a").await;
    let before = put(client(&first), "b").await;
    // Not shut down: as if killed. A frame that was being written is left half.
    drop(first);
    let log = folder.path().join("events/shardId-000000000000/00000000000000000001.log");
    let mut bytes = std::fs::read(&log).unwrap();
    let half = bytes[..bytes.len() / 4].to_vec();
    bytes.extend_from_slice(&half);
    std::fs::write(&log, bytes).unwrap();

    let second = server(folder.path(), &[("events", 1)]).await;
    let after = put(client(&second), "c").await;
    assert!(after > before);
    let client = client(&second);
    let from = iterator(&client, ShardIteratorType::TrimHorizon, None).await;
    assert_eq!(texts(&read(&client, from, 10).await), ["a", "b", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_files_go_when_consumers_have_read_them_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let config = || KinesisConfig {
        streams: vec![("events".to_owned(), 1)],
        retention: Retention { bytes: 20 * 1024 * 1024, ..Retention::default() },
        ..KinesisConfig::new(folder.path(), "eu-west-1")
    };
    let first = Kinesis::open(config()).await.unwrap().serve(0).await.unwrap();
    drop(first.consumer("events", "reader").unwrap().unwrap());
    assert!(first.consumer("nowhere", "reader").unwrap().is_none());
    first.shutdown().await;

    let second = Kinesis::open(config()).await.unwrap().serve(0).await.unwrap();
    let client = client(&second);
    for _ in 0..8 {
        let batch = vec![entry("k", &vec![7; 1_000_000]); 10];
        client.put_records().stream_name("events").set_records(Some(batch)).send().await.unwrap();
    }
    let files = || std::fs::read_dir(folder.path().join("events/shardId-000000000000")).unwrap().count();
    assert_eq!(files(), 4);
    let reader = second.consumer("events", "reader").unwrap().unwrap();
    let mut position = Position::new(0, 1);
    let mut count = 0;
    loop {
        let limit = ReadLimit { records: 1_000, bytes: 3_500_000, one_at_least: true };
        let records = reader.read(&mut position, limit).unwrap();
        assert!(records.len() <= 3);
        if records.is_empty() {
            break;
        }
        count += records.len();
        assert_eq!(records.last().unwrap().number, count as u64);
    }
    assert_eq!((count, reader.ends()), (80, vec![81]));
    reader.consumed(&[81]).unwrap();
    assert_eq!(files(), 1);
    // What is gone is passed over.
    let from = iterator(&client, ShardIteratorType::TrimHorizon, None).await;
    assert_eq!(read(&client, from, 10).await.len(), 20);
    let mut early = Position::new(0, 1);
    let record = reader.read(&mut early, ReadLimit { records: 1, bytes: 0, one_at_least: true }).unwrap();
    assert_eq!(record[0].number, 61);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_is_told_of_writes() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), &[("events", 1)]).await;
    let mut reader = server.consumer("events", "reader").unwrap().unwrap();
    let client = client(&server);
    let put = client.put_record().stream_name("events").partition_key("k").data(Blob::new("a")).send();
    let (put, told) = tokio::join!(put, tokio::time::timeout(Duration::from_secs(30), reader.changed()));
    assert!(told.is_ok());
    let mut position = Position::new(0, 1);
    let records = reader.read(&mut position, ReadLimit { records: 9, bytes: 9, one_at_least: false }).unwrap();
    assert_eq!(records[0].sequence_number, put.unwrap().sequence_number);
    assert_eq!(records[0].partition_key, "k");
}
