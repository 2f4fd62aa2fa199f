//! What could not be delivered or read, and is kept in the lake: the envelope of Firehose, and that of write-parquet.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Context;
use aws_sdk_s3::Client;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use objects::ObjectRef;
use serde::Deserialize;
use transform_events::{Decision, Instant, PrivacyKey, Record, Rules, transform};

/// Where records wait below the prefix of the events: Firehose's error output, and what write-parquet cannot read.
pub(crate) const AREAS: [&str; 2] = ["errors/", "rejected/"];

/// The error code of a record that the transforming function gave back as `ProcessingFailed`.
const FAILED_BY_TRANSFORM: &str = "Lambda.ProcessingFailedStatus";

/// A record that Firehose could not deliver, as it writes it ("Data transformation failure handling" in the Firehose developer guide).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Undelivered {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    error_message: String,
    raw_data: String,
}

/// A line of a raw object that write-parquet could not read.
#[derive(Debug, Deserialize)]
struct Unreadable {
    reason: String,
    raw: String,
}

/// One object with what is kept in it.
pub(crate) struct Kept {
    /// The object.
    pub(crate) object: ObjectRef,
    /// Reason -> records.
    pub(crate) reasons: BTreeMap<String, u64>,
    /// The records as they came.
    pub(crate) records: Vec<Vec<u8>>,
    /// The object's bytes.
    pub(crate) bytes: u64,
}

/// All keys that begin with one of the prefixes.
pub(crate) async fn keys(s3: &Client, bucket: &str, prefixes: &[String]) -> anyhow::Result<Vec<String>> {
    let mut keys = Vec::new();
    for prefix in prefixes {
        let list = s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("listing s3://{bucket}/{prefix}"))?;
            keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        }
    }
    Ok(keys)
}

/// Reads one object, which Firehose has written and which is therefore small enough for the memory.
pub(crate) async fn read(s3: &Client, rules: &Rules, object: ObjectRef) -> anyhow::Result<Kept> {
    let (text, bytes) = text(s3, &object).await?;
    let (mut reasons, mut records) = (BTreeMap::<String, u64>::new(), Vec::new());
    for (number, line) in
        text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty())
    {
        let (reason, record) = decode(rules, line).with_context(|| format!("{object}, line {}", number + 1))?;
        *reasons.entry(reason).or_default() += 1;
        records.push(record);
    }
    Ok(Kept { object, reasons, records, bytes })
}

/// An object's text, unpacked, and its size as it is stored.
pub(crate) async fn text(s3: &Client, object: &ObjectRef) -> anyhow::Result<(Vec<u8>, u64)> {
    let get = s3.get_object().bucket(&object.bucket).key(&object.key);
    let answer = get.send().await.with_context(|| format!("reading {object}"))?;
    let bytes = answer.body.collect().await.with_context(|| format!("reading {object}"))?.into_bytes();
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).with_context(|| format!("unpacking {object}"))?;
    } else {
        text.extend_from_slice(&bytes);
    }
    Ok((text, bytes.len() as u64))
}

/// Why a record is kept, and the record as it came.
fn decode(rules: &Rules, line: &[u8]) -> anyhow::Result<(String, Vec<u8>)> {
    let data = |base64| STANDARD.decode(base64).context("the record's data is no base64");
    if let Ok(unreadable) = serde_json::from_slice::<Unreadable>(line) {
        return Ok((unreadable.reason, data(unreadable.raw)?));
    }
    let undelivered: Undelivered =
        serde_json::from_slice(line).context("this is no record that Firehose or write-parquet has kept")?;
    let Undelivered { error_code, error_message, raw_data } = undelivered;
    let data = data(raw_data)?;
    let reason = match error_code.as_str() {
        FAILED_BY_TRANSFORM => judge(rules, &data),
        _ => format!("{error_code}: {error_message}"),
    };
    Ok((reason, data))
}

/// Firehose does not keep what the function said of a record; the same rules say it again, and whether a replay would do any good.
fn judge(rules: &Rules, data: &[u8]) -> String {
    match transform(rules, &Record { origin: "kept", data, arrival: Instant::from_millis(0) }) {
        // Without its cause, which says at which byte: records of one fault are counted together.
        Decision::Failed(reason) => reason.to_string(),
        Decision::Ok(_) => "could not be read then, and can be now".to_owned(),
        Decision::Dropped => "the record is blank".to_owned(),
    }
}

/// The rules of a project, for judging only: no hash that is made with this key is kept.
pub(crate) fn rules(events: &pipeline::Events) -> anyhow::Result<Rules> {
    Ok(Rules::new(events, Some(PrivacyKey::new("only for judging what is kept, never kept".to_owned())))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_records_are_decoded() {
        let rules = rules(&pipeline::Events::default()).unwrap();
        let check = |line: &str, expected: Result<(&str, &str), &str>| {
            let decoded = decode(&rules, line.as_bytes())
                .map(|(reason, data)| (reason, String::from_utf8_lossy(&data).into_owned()));
            let expected = expected.map(|(reason, data)| (reason.to_owned(), data.to_owned()));
            assert_eq!(decoded.map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{line}");
        };
        check(
            r#"{"attemptsMade":4,"arrivalTimestamp":1,"errorCode":"Lambda.FunctionError","errorMessage":"gone","rawData":"eyJ9","lambdaArn":"a"}"#,
            Ok(("Lambda.FunctionError: gone", "{\"}")),
        );
        check(
            r#"{"source":"s3://lake/a","line":7,"offset":12,"reason":"no JSON object","raw":"W10="}"#,
            Ok(("no JSON object", "[]")),
        );
        let of_transform = r#"{"errorCode":"Lambda.ProcessingFailedStatus","errorMessage":"x","rawData":"W10="}"#;
        check(of_transform, Ok(("at byte 0 of the record there is no JSON object", "[]")));
        let good = r#"{"errorCode":"Lambda.ProcessingFailedStatus","rawData":"eyJ0eXBlIjoicGFnZSJ9"}"#;
        check(good, Ok(("could not be read then, and can be now", "{\"type\":\"page\"}")));
        check(r#"{"rawData":"eyJ9"}"#, Ok((": ", "{\"}")));
        check(r#"{"rawData":"***"}"#, Err("the record's data is no base64"));
        check("{}", Err("this is no record that Firehose or write-parquet has kept"));
        check("not json", Err("this is no record that Firehose or write-parquet has kept"));
    }
}
