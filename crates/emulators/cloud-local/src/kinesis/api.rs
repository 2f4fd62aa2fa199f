//! The operations over HTTP, and those that create, describe and delete streams.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::sequence::{parse_shard_id, shard_id};
use super::store::Store;
use super::stream::Stream;
use super::{put, read};

/// The most bytes of a request: 10 MiB of records, in base64, and what is around them.
const BODY_BYTES: usize = 32 * 1024 * 1024;

/// The most shards of a stream. AWS's default quota per account is 20,000 in the largest regions and 200 in others.
const MOST_SHARDS: u32 = 200;

/// The shards of an on-demand stream when it is created.
const ON_DEMAND_SHARDS: u32 = 4;

const TYPE: &str = "application/x-amz-json-1.1";

/// The router of the service.
pub(super) fn router(store: Arc<Store>) -> Router {
    Router::new().route("/", routing::post(answer)).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(store)
}

async fn answer(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (target, content_type) = (text("x-amz-target"), text("content-type"));
    if content_type.contains("cbor") {
        return respond(Err(Refusal::serialization("CBOR is not understood here: set AWS_CBOR_DISABLE=true")));
    }
    // Base64, JSON and the disk are work that must not stop other requests.
    let answered = tokio::task::spawn_blocking(move || operate(&store, &target, &body)).await;
    respond(answered.unwrap_or_else(|_| Err(Refusal::internal())))
}

fn operate(store: &Store, target: &str, body: &[u8]) -> Result<Value, Refusal> {
    match target.strip_prefix("Kinesis_20131202.").unwrap_or_default() {
        "PutRecord" => put::record(store, body),
        "PutRecords" => put::records(store, body),
        "GetShardIterator" => read::shard_iterator(store, body),
        "GetRecords" => read::records(store, body),
        "CreateStream" => create_stream(store, body),
        "DeleteStream" => delete_stream(store, body),
        "DescribeStream" => describe_stream(store, body),
        "DescribeStreamSummary" => describe_stream_summary(store, body),
        "ListStreams" => list_streams(store, body),
        "ListShards" => list_shards(store, body),
        _ => Err(Refusal::unknown_operation(target)),
    }
}

fn respond(answer: Result<Value, Refusal>) -> Response {
    let (status, body) = match answer {
        // CreateStream and DeleteStream answer with nothing at all.
        Ok(Value::Null) => {
            return (StatusCode::OK, [(header::CONTENT_TYPE, TYPE)]).into_response();
        }
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => (refusal.status, json!({ "__type": refusal.code, "message": refusal.message })),
    };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(TYPE));
    response
}

/// Reads a request, whose members that are not known are ignored, as AWS does.
pub(super) fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::serialization(error.to_string()))
}

/// The two ways to say which stream is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    #[serde(rename = "StreamName")]
    pub(super) name: Option<String>,
    #[serde(rename = "StreamARN")]
    pub(super) arn: Option<String>,
}

impl Named {
    /// The name, from whichever is given.
    fn name(&self) -> Result<&str, Refusal> {
        let from_arn = match &self.arn {
            None => None,
            Some(arn) => match arn.split_once(":stream/") {
                Some((head, name)) if head.starts_with("arn:aws") && head.contains(":kinesis:") => Some(name),
                _ => return Err(Refusal::validation(arn, "streamARN", "Member must be the ARN of a stream")),
            },
        };
        match (self.name.as_deref(), from_arn) {
            (Some(name), Some(other)) if name != other => {
                Err(Refusal::argument(format!("StreamName {name} and StreamARN name two streams")))
            }
            (Some(name), _) | (None, Some(name)) => Ok(name),
            (None, None) => Err(Refusal::argument("Either StreamName or StreamARN must be provided.")),
        }
    }

    /// The stream that is meant.
    pub(super) fn find(&self, store: &Store) -> Result<Arc<Stream>, Refusal> {
        let name = self.name()?;
        store.get(name).ok_or_else(|| Refusal::no_stream(name))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateStream {
    stream_name: String,
    shard_count: Option<i64>,
    stream_mode_details: Option<StreamMode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamMode {
    stream_mode: String,
}

fn create_stream(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let request: CreateStream = parse(body)?;
    let name = &request.stream_name;
    check_name(name)?;
    let is_on_demand = request.stream_mode_details.is_some_and(|details| details.stream_mode == "ON_DEMAND");
    let shards = match request.shard_count {
        _ if is_on_demand => ON_DEMAND_SHARDS,
        None => return Err(Refusal::argument("ShardCount must be given for a stream of provisioned mode.")),
        Some(count) => {
            u32::try_from(count).ok().filter(|count| (1..=MOST_SHARDS).contains(count)).ok_or_else(|| {
                Refusal::validation(count, "shardCount", &format!("Member must be between 1 and {MOST_SHARDS}"))
            })?
        }
    };
    match store.create(name, shards, is_on_demand)? {
        Some(_) => Ok(Value::Null),
        None => Err(Refusal::stream_exists(name)),
    }
}

/// The rule of the API reference for a stream's name; two dots alone would leave the folder.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let is_sound = (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !name.bytes().all(|byte| byte == b'.');
    let constraint =
        "Member must have length between 1 and 128 and satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    if is_sound { Ok(()) } else { Err(Refusal::validation(name, "streamName", constraint)) }
}

fn delete_stream(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let request: Named = parse(body)?;
    let name = request.name()?;
    if store.delete(name)? { Ok(Value::Null) } else { Err(Refusal::no_stream(name)) }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    limit: Option<i64>,
    max_results: Option<i64>,
    exclusive_start_shard_id: Option<String>,
    exclusive_start_stream_name: Option<String>,
    next_token: Option<String>,
}

impl Page {
    fn limit(&self, default: usize) -> Result<usize, Refusal> {
        let Some(limit) = self.limit.or(self.max_results) else { return Ok(default) };
        usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=10_000).contains(limit))
            .ok_or_else(|| Refusal::validation(limit, "limit", "Member must be between 1 and 10000"))
    }

    /// The shards after the one that is named, and whether there are more.
    fn shards(&self, stream: &Stream, default: usize) -> Result<(Vec<Value>, Option<String>), Refusal> {
        let after = match &self.exclusive_start_shard_id {
            None => 0,
            Some(id) => parse_shard_id(id).ok_or_else(|| Refusal::no_shard(id, &stream.description.name))? + 1,
        };
        let all = stream.description.shards;
        let end = all.min(after.saturating_add(u32::try_from(self.limit(default)?).unwrap_or(u32::MAX)));
        let shards = (after..end).map(|shard| describe_shard(stream, shard)).collect();
        Ok((shards, (end < all).then(|| shard_id(end - 1))))
    }
}

fn describe_shard(stream: &Stream, shard: u32) -> Value {
    let (first, last) = stream.hash_keys(shard);
    json!({
        "ShardId": shard_id(shard),
        "HashKeyRange": { "StartingHashKey": first.to_string(), "EndingHashKey": last.to_string() },
        "SequenceNumberRange": { "StartingSequenceNumber": stream.sequence(shard, 0).to_string() },
    })
}

/// What every description of a stream says.
fn describe(stream: &Stream) -> Value {
    let description = &stream.description;
    json!({
        "StreamName": description.name,
        "StreamARN": stream.arn(),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": { "StreamMode": if description.is_on_demand { "ON_DEMAND" } else { "PROVISIONED" } },
        "RetentionPeriodHours": stream.retention.age.as_secs().div_ceil(3600),
        "StreamCreationTimestamp": read::seconds(description.created),
        "EnhancedMonitoring": [{ "ShardLevelMetrics": [] }],
        "EncryptionType": "NONE",
    })
}

fn describe_stream(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let stream = parse::<Named>(body)?.find(store)?;
    let (shards, next) = parse::<Page>(body)?.shards(&stream, 100)?;
    let mut description = describe(&stream);
    description["Shards"] = shards.into();
    description["HasMoreShards"] = next.is_some().into();
    Ok(json!({ "StreamDescription": description }))
}

fn describe_stream_summary(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let stream = parse::<Named>(body)?.find(store)?;
    let mut description = describe(&stream);
    description["OpenShardCount"] = stream.description.shards.into();
    description["ConsumerCount"] = 0.into();
    description["MaxRecordSizeInKiB"] = (put::RECORD_BYTES / 1024).into();
    Ok(json!({ "StreamDescriptionSummary": description }))
}

fn list_streams(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let page: Page = parse(body)?;
    let limit = page.limit(100)?;
    let after = page.next_token.as_ref().or(page.exclusive_start_stream_name.as_ref());
    let streams = store.all();
    let mut rest = streams.iter().filter(|stream| after.is_none_or(|after| stream.description.name > *after));
    let listed: Vec<&Arc<Stream>> = rest.by_ref().take(limit).collect();
    let has_more = rest.next().is_some();
    let names: Vec<&str> = listed.iter().map(|stream| stream.description.name.as_str()).collect();
    let summary = |stream: &&Arc<Stream>| {
        let mut description = describe(stream);
        if let Some(members) = description.as_object_mut() {
            members.retain(|name, _| name.starts_with("Stream"));
        }
        description
    };
    let mut answer = json!({
        "StreamNames": names,
        "HasMoreStreams": has_more,
        "StreamSummaries": listed.iter().map(summary).collect::<Vec<_>>(),
    });
    if has_more {
        answer["NextToken"] = json!(names.last());
    }
    Ok(answer)
}

/// A token stands for the stream and the last shard: `<stream>/<shard>`.
fn list_shards(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let mut page: Page = parse(body)?;
    let named: Named = parse(body)?;
    let stream = match page.next_token.take() {
        None => named.find(store)?,
        Some(token) => {
            let (name, shard) = token
                .split_once('/')
                .ok_or_else(|| Refusal::argument(format!("NextToken {token} is not one of ours")))?;
            page.exclusive_start_shard_id = Some(shard.to_owned());
            Named { name: Some(name.to_owned()), arn: None }.find(store)?
        }
    };
    let (shards, next) = page.shards(&stream, 1_000)?;
    let mut answer = json!({ "Shards": shards });
    if let Some(shard) = next {
        answer["NextToken"] = format!("{}/{shard}", stream.description.name).into();
    }
    Ok(answer)
}
