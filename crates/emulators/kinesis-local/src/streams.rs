//! The operations that create, describe and delete streams.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::put;
use crate::read;
use crate::refusal::Refusal;
use crate::request::{Named, parse};
use crate::sequence::{parse_shard_id, shard_id};
use crate::store::Store;
use crate::stream::Stream;

/// The most shards of a stream. AWS's default quota per account is 20,000 in the largest regions and 200 in others.
const MOST_SHARDS: u32 = 200;

/// The shards of an on-demand stream when it is created.
const ON_DEMAND_SHARDS: u32 = 4;

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

pub(crate) fn create_stream(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
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
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let is_sound = (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !name.bytes().all(|byte| byte == b'.');
    let constraint =
        "Member must have length between 1 and 128 and satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    if is_sound { Ok(()) } else { Err(Refusal::validation(name, "streamName", constraint)) }
}

pub(crate) fn delete_stream(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
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

pub(crate) fn describe_stream(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let stream = parse::<Named>(body)?.find(store)?;
    let (shards, next) = parse::<Page>(body)?.shards(&stream, 100)?;
    let mut description = describe(&stream);
    description["Shards"] = shards.into();
    description["HasMoreShards"] = next.is_some().into();
    Ok(json!({ "StreamDescription": description }))
}

pub(crate) fn describe_stream_summary(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
    let stream = parse::<Named>(body)?.find(store)?;
    let mut description = describe(&stream);
    description["OpenShardCount"] = stream.description.shards.into();
    description["ConsumerCount"] = 0.into();
    description["MaxRecordSizeInKiB"] = (put::RECORD_BYTES / 1024).into();
    Ok(json!({ "StreamDescriptionSummary": description }))
}

pub(crate) fn list_streams(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
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
pub(crate) fn list_shards(store: &Store, body: &[u8]) -> Result<Value, Refusal> {
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
