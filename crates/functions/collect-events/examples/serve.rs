//! Serves collect-events at a Function URL on the loopback address, with a stream that is a list in memory: for trying clients.
//!
//! It prints `collector <url>`, and each record that comes into the stream as a line of JSON: its partition key and its event. Every third
//! record fails once, as a shard at its limit does. The write keys are those of `LANDFALL_WRITE_KEYS`.

#![recursion_limit = "256"]
#![allow(clippy::print_stdout, reason = "it prints what it received")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use collect_events::{Context, Patience, Stream, WRITE_KEYS_VARIABLE, WriteKeys, handle};
use function::Metrics;
use lambda_local::FunctionUrl;
use local_server::Handler;
use serde_json::{Value, json};

const REGION: &str = "us-east-1";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The records that failed once.
type Failed = Arc<Mutex<HashSet<String>>>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let keys = WriteKeys::parse(&std::env::var(WRITE_KEYS_VARIABLE)?)?;
    let context = Arc::new(Context { stream: stream().await?, keys, metrics: Metrics::Discard });
    let handler = Handler::new(move |event: Value| {
        let context = Arc::clone(&context);
        async move { Ok::<_, BoxError>(serde_json::to_value(handle(&context, &event.to_string()).await?)?) }
    });
    let url = FunctionUrl::start(0, handler, REGION).await?;
    println!("collector {}", url.endpoint());
    tokio::signal::ctrl_c().await?;
    url.shutdown().await;
    Ok(())
}

async fn stream() -> Result<Stream, BoxError> {
    let router = Router::new().fallback(put_records).layer(DefaultBodyLimit::disable()).with_state(Failed::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .retry_config(RetryConfig::disabled())
        .build();
    let client = aws_sdk_kinesis::Client::from_conf(config);
    Ok(Stream { client, name: "events".to_owned(), patience: Patience::default() })
}

async fn put_records(State(failed): State<Failed>, body: Bytes) -> Json<Value> {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let records = request["Records"].as_array().cloned().unwrap_or_default();
    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
    let answers: Vec<Value> = records.iter().enumerate().map(|(at, record)| put(at, record, &mut failed)).collect();
    let count = answers.iter().filter(|answer| answer.get("ErrorCode").is_some()).count();
    Json(json!({ "FailedRecordCount": count, "Records": answers }))
}

fn put(at: usize, record: &Value, failed: &mut HashSet<String>) -> Value {
    let data = record["Data"].as_str().unwrap_or_default();
    if at % 3 == 2 && failed.insert(data.to_owned()) {
        return json!({ "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "scripted" });
    }
    let data = STANDARD.decode(data).unwrap_or_default();
    let event: Value = serde_json::from_slice(&data).unwrap_or_default();
    println!("{}", json!({ "key": record["PartitionKey"], "event": event }));
    json!({ "SequenceNumber": "1", "ShardId": "shardId-000000000000" })
}
