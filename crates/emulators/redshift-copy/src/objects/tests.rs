//! The S3 client against a server that answers as S3 does.

use std::io::Read;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{ObjectLocation, ObjectSource, S3Objects};

const SIZE: usize = 3_000_000;

/// One object, and a bucket whose listing has two pages.
async fn object(Path((_, key)): Path<(String, String)>) -> (StatusCode, String) {
    if key == "dir/für 1.csv" {
        return (StatusCode::OK, "x".repeat(SIZE));
    }
    let body = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
    (StatusCode::NOT_FOUND, body.to_owned())
}

async fn list(RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default();
    let second = query.contains("continuation-token=more");
    let prefix = if query.contains("prefix=dir%2F") { "dir/" } else { "not asked/" };
    let key = format!("{prefix}{}", if second { "b" } else { "a" });
    let more = if second { "" } else { "<NextContinuationToken>more</NextContinuationToken>" };
    format!(
        "<ListBucketResult><IsTruncated>{}</IsTruncated>{more}\
         <Contents><Key>{key}</Key><Size>7</Size></Contents></ListBucketResult>",
        !second
    )
}

fn objects(runtime: &Runtime) -> S3Objects {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/{bucket}/", get(list)).route("/{bucket}/{*key}", get(object));
    runtime.spawn(async move { axum::serve(listener, app).await });
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .allow_no_auth();
    S3Objects::new(Client::from_conf(config.build()), runtime.handle().clone())
}

#[test]
fn objects_are_streamed_and_listed_whole() {
    let runtime = Runtime::new().unwrap();
    let objects = objects(&runtime);
    let location = ObjectLocation::parse("s3://in/dir/für 1.csv").unwrap();
    let opened = objects.open(&location).unwrap();
    let mut bytes = Vec::new();
    let read = std::thread::spawn(move || opened.reader.take(u64::MAX).read_to_end(&mut bytes)).join();
    assert_eq!((opened.size, read.unwrap().unwrap()), (SIZE as u64, SIZE));
    let refused = objects.read_small(&location, 10).unwrap_err().to_string();
    assert_eq!(refused, "s3://in/dir/für 1.csv has 3000000 bytes, more than the 10 that are read here");
    let found = objects.list(&ObjectLocation::parse("s3://in/dir/").unwrap()).unwrap();
    let keys: Vec<_> = found.iter().map(|object| (object.key.as_str(), object.size)).collect();
    assert_eq!(keys, [("dir/a", 7), ("dir/b", 7)]);
}

#[test]
fn what_s3_answers_is_told_with_the_object() {
    let runtime = Runtime::new().unwrap();
    let error = objects(&runtime).open(&ObjectLocation::parse("s3://in/nope").unwrap()).err().unwrap();
    assert!(error.is_missing());
    assert_eq!(
        error.to_string(),
        "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey,Rid - (s3://in/nope)"
    );
}
