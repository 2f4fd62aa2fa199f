//! A Kinesis endpoint that follows a script, and requests as a Function URL delivers them.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this, and helpers of tests are tests"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use collect_events::{Context, Patience, Response, Stream, WriteKeys, handle};
use function::Metrics;
use serde_json::{Value, json};

pub const KEY: &str = "the-write-key";

/// How the endpoint answers one request; when the script is at its end, it takes everything.
#[derive(Debug, Clone, Copy)]
pub enum Reply {
    /// The records for whose place this holds fail with the code.
    Records(fn(usize) -> bool, &'static str),
    /// The request fails as a whole.
    Request(u16, &'static str),
    /// No answer ever comes.
    Silence,
    /// A success that says nothing of the records.
    Odd,
}

/// A record that was taken: its key, and its data.
pub type Taken = (String, String);

#[derive(Default)]
struct State_ {
    script: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Vec<Taken>>>,
    taken: Mutex<Vec<Taken>>,
}

/// The endpoint.
pub struct Kinesis {
    state: Arc<State_>,
    pub endpoint: String,
}

impl Kinesis {
    pub async fn start(script: &[Reply]) -> Self {
        let state = Arc::new(State_ { script: Mutex::new(script.iter().copied().collect()), ..State_::default() });
        let router =
            Router::new().fallback(put_records).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { state, endpoint }
    }

    /// What every request had, in their order.
    pub fn requests(&self) -> Vec<Vec<Taken>> {
        self.state.requests.lock().unwrap().clone()
    }

    /// How many records every request had.
    pub fn sizes(&self) -> Vec<usize> {
        self.requests().iter().map(Vec::len).collect()
    }

    /// The records that are in the stream.
    pub fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().unwrap().clone()
    }

    /// The events that are in the stream.
    pub fn events(&self) -> Vec<Value> {
        self.taken().iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect()
    }

    pub fn context(&self) -> Context {
        let config = aws_sdk_kinesis::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .build();
        let patience = Patience {
            total: Duration::from_secs(2),
            attempt: Duration::from_millis(500),
            first_wait: Duration::from_millis(4),
            longest_wait: Duration::from_millis(20),
        };
        let client = aws_sdk_kinesis::Client::from_conf(config);
        let stream = Stream { client, name: "events".to_owned(), patience };
        Context { stream, keys: WriteKeys::parse(&format!("other,{KEY}")).unwrap(), metrics: Metrics::Discard }
    }

    /// Sends a request to the function.
    pub async fn send(&self, request: &Value) -> Response {
        handle(&self.context(), &request.to_string()).await.unwrap()
    }
}

async fn put_records(State(state): State<Arc<State_>>, body: Bytes) -> impl IntoResponse {
    let request: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(request["StreamName"], "events");
    let records: Vec<Taken> = request["Records"].as_array().unwrap().iter().map(record).collect();
    state.requests.lock().unwrap().push(records.clone());
    let reply = state.script.lock().unwrap().pop_front();
    let fails: fn(usize) -> bool = match reply {
        Some(Reply::Silence) => std::future::pending().await,
        Some(Reply::Odd) => return (StatusCode::OK, json!({ "FailedRecordCount": 0, "Records": [] }).to_string()),
        Some(Reply::Request(status, code)) => {
            return (
                StatusCode::from_u16(status).unwrap(),
                json!({ "__type": code, "message": "scripted" }).to_string(),
            );
        }
        Some(Reply::Records(fails, _)) => fails,
        None => |_| false,
    };
    let code = if let Some(Reply::Records(_, code)) = reply { code } else { "" };
    let mut results = Vec::new();
    for (at, record) in records.into_iter().enumerate() {
        if fails(at) {
            results.push(json!({ "ErrorCode": code, "ErrorMessage": "scripted" }));
        } else {
            results.push(json!({ "SequenceNumber": "1", "ShardId": "shardId-000000000000" }));
            state.taken.lock().unwrap().push(record);
        }
    }
    let failed = results.iter().filter(|result| result.get("ErrorCode").is_some()).count();
    (StatusCode::OK, json!({ "FailedRecordCount": failed, "Records": results }).to_string())
}

fn record(record: &Value) -> Taken {
    let data = STANDARD.decode(record["Data"].as_str().unwrap()).unwrap();
    (record["PartitionKey"].as_str().unwrap().to_owned(), String::from_utf8(data).unwrap())
}

/// A request as a Function URL delivers it, with the write key.
pub fn post(path: &str, body: &str) -> Value {
    let mut request = request("POST", path, body);
    request["headers"]["authorization"] = json!(basic(KEY));
    request
}

/// The same without a key.
pub fn request(method: &str, path: &str, body: &str) -> Value {
    json!({
        "version": "2.0",
        "rawPath": path,
        "headers": { "content-type": "application/json" },
        "requestContext": { "http": { "method": method, "path": path, "sourceIp": "198.51.100.7" } },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The same with a compressed body.
pub fn gzipped(mut request: Value, body: &[u8]) -> Value {
    request["headers"]["content-encoding"] = json!("gzip");
    request["body"] = json!(STANDARD.encode(body));
    request["isBase64Encoded"] = json!(true);
    request
}

pub fn basic(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:")))
}

pub fn batch(events: &[Value]) -> String {
    json!({ "batch": events, "sentAt": "2026-11-20T09:00:05.000Z" }).to_string()
}

/// Events of type track, told apart by their ids.
pub fn tracks(count: usize) -> Vec<Value> {
    let track = |n| json!({ "type": "track", "event": "Post Created", "userId": format!("u{n}"), "messageId": format!("m{n}") });
    (0..count).map(track).collect()
}

/// The JSON of a response's body.
pub fn answer(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap()
}
