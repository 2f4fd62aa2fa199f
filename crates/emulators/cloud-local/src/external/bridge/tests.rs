use aws_sdk_kinesis::primitives::Blob;
use kinesis_local::{Consumer, Kinesis, KinesisConfig, Position, ReadLimit, Served, Service};

use super::*;
use crate::clients;

/// Two streams of one name, of which one stands for the external cloud's.
struct Streams {
    from: Served<Kinesis>,
    to: Served<Kinesis>,
    folder: tempfile::TempDir,
}

impl Streams {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = |name: &str| KinesisConfig {
            streams: vec![("events".to_owned(), 2)],
            ..KinesisConfig::new(folder.path().join(name), "us-east-1")
        };
        let from = Kinesis::open(server("from")).await.unwrap().serve(0).await.unwrap();
        let to = Kinesis::open(server("to")).await.unwrap().serve(0).await.unwrap();
        Self { from, to, folder }
    }

    fn client(server: &Served<Kinesis>) -> Client {
        clients::kinesis(&clients::sdk_config("us-east-1"), &server.endpoint())
    }

    fn bridge(&self) -> Bridge {
        let config = BridgeConfig {
            from: Self::client(&self.from),
            to: Self::client(&self.to),
            stream: "events".to_owned(),
            folder: self.folder.path().join("copied"),
        };
        Bridge::start(config, std::sync::Arc::new(|_| {})).unwrap()
    }

    async fn put(&self, texts: &[&str]) {
        for text in texts {
            let put = Self::client(&self.from).put_record().stream_name("events").partition_key(*text);
            put.data(Blob::new(*text)).send().await.unwrap();
        }
    }

    fn consumer(&self) -> Consumer {
        self.to.consumer("events", "test").unwrap().unwrap()
    }

    /// Waits until this many records were copied, and gives all of them in alphabetical order.
    async fn copied(&self, count: usize) -> Vec<String> {
        let mut consumer = self.consumer();
        loop {
            let mut records = Vec::new();
            for shard in 0..consumer.shards() {
                let limit = ReadLimit { records: 1000, bytes: 1 << 20, one_at_least: true };
                records.extend(consumer.read(&mut Position::new(shard, 1), limit).unwrap());
            }
            if records.len() >= count {
                let text = |record: kinesis_local::Record| String::from_utf8(record.data.to_vec()).unwrap();
                let mut texts: Vec<String> = records.into_iter().map(text).collect();
                texts.sort();
                return texts;
            }
            consumer.changed().await;
        }
    }

    /// Waits until the places say that the stream was copied to its end.
    async fn places(&self, count: usize) {
        let folder = self.folder.path().join("copied");
        loop {
            let files = std::fs::read_dir(&folder).unwrap().flatten();
            if files.filter(|file| file.path().extension().is_some_and(|end| end == "json")).count() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let streams = Streams::start().await;
    let bridge = streams.bridge();
    // MD5 puts `a` into the first shard and `b` into the second.
    streams.put(&["a", "b"]).await;
    assert_eq!(streams.copied(2).await, ["a", "b"]);
    streams.places(2).await;
    drop(bridge);
    streams.put(&["c", "d"]).await;
    let _bridge = streams.bridge();
    assert_eq!(streams.copied(4).await, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_stream_that_was_made_anew_is_read_from_its_beginning() {
    let streams = Streams::start().await;
    let bridge = streams.bridge();
    streams.put(&["a", "b"]).await;
    streams.copied(2).await;
    streams.places(2).await;
    drop(bridge);
    let from = Streams::client(&streams.from);
    from.delete_stream().stream_name("events").send().await.unwrap();
    from.create_stream().stream_name("events").shard_count(1).send().await.unwrap();
    streams.put(&["e"]).await;
    let _bridge = streams.bridge();
    assert_eq!(streams.copied(3).await, ["a", "b", "e"]);
}

#[test]
fn a_request_takes_no_more_than_its_records_and_bytes() {
    let record = |bytes: usize| {
        Record::builder().sequence_number("1").partition_key("k").data(Blob::new(vec![0; bytes])).build().unwrap()
    };
    let sizes = |records: Vec<Record>| parts(records).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(vec![record(1); 1001]), [500, 500, 1]);
    assert_eq!(sizes(vec![record(2 << 20); 5]), [2, 2, 1]);
    assert!(sizes(Vec::new()).is_empty());
}
