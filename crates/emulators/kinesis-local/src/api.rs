//! The operations over HTTP.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{Router, routing};
use local_server::json;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::store::Store;
use crate::{put, read, streams};

/// What `X-Amz-Target` begins with.
const TARGET: &str = "Kinesis_20131202.";

/// The most bytes of a request: 10 MiB of records, in base64, and what is around them.
const BODY_BYTES: usize = 32 * 1024 * 1024;

/// The router of the service.
pub(crate) fn router(store: Arc<Store>) -> Router {
    Router::new().route("/", routing::post(answer)).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(store)
}

async fn answer(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = json::target(&headers).to_owned();
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.contains("cbor") {
        return respond(Err(Refusal::serialization("CBOR is not understood here: set AWS_CBOR_DISABLE=true")));
    }
    // Base64, JSON and the disk are work that must not stop other requests.
    let answered = tokio::task::spawn_blocking(move || operate(&store, &target, &body)).await;
    respond(answered.unwrap_or_else(|_| Err(Refusal::internal())))
}

fn operate(store: &Store, target: &str, body: &[u8]) -> Result<Value, Refusal> {
    match target.strip_prefix(TARGET).unwrap_or_default() {
        "PutRecord" => put::record(store, body),
        "PutRecords" => put::records(store, body),
        "GetShardIterator" => read::shard_iterator(store, body),
        "GetRecords" => read::records(store, body),
        "CreateStream" => streams::create_stream(store, body),
        "DeleteStream" => streams::delete_stream(store, body),
        "DescribeStream" => streams::describe_stream(store, body),
        "DescribeStreamSummary" => streams::describe_stream_summary(store, body),
        "ListStreams" => streams::list_streams(store, body),
        "ListShards" => streams::list_shards(store, body),
        _ => Err(Refusal::unknown_operation(target)),
    }
}

fn respond(answer: Result<Value, Refusal>) -> Response {
    match answer {
        // CreateStream and DeleteStream answer with nothing at all.
        Ok(Value::Null) => json::no_content(),
        Ok(body) => json::answer(StatusCode::OK, body),
        Err(refusal) => json::refusal(refusal.status, refusal.code, &refusal.message),
    }
}
