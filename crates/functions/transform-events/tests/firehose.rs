//! Firehose's events, in the forms that AWS documents, through the whole function.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use function::Metrics;
use serde_json::{Value, json};
use transform_events::{Answer, Context, Error, Outcome, PrivacyKey, RESPONSE_BYTES_MAX, Rules, handle};

fn context() -> Context {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../pipelines");
    let project = pipeline_folder::load(&folder).unwrap();
    let rules = Rules::new(project.events().unwrap(), Some(PrivacyKey::new("k".repeat(32)))).unwrap();
    Context { rules, metrics: Metrics::Discard }
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// One line per record: its id, what became of it, and where it goes.
fn fates(answer: &Answer) -> Vec<String> {
    let fate = |record: &transform_events::Answered| match &record.metadata {
        Some(metadata) => {
            let keys = &metadata.partition_keys;
            format!("{} {:?} {} {}", record.record_id, record.result, keys.table, keys.date)
        }
        None => format!("{} {:?}", record.record_id, record.result),
    };
    answer.records.iter().map(fate).collect()
}

/// The events of a record that is delivered.
fn events(answer: &Answer, record: usize) -> Vec<Value> {
    let text = String::from_utf8(STANDARD.decode(&answer.records[record].data).unwrap()).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn records_that_were_put_into_firehose() {
    let answer = handle(&context(), &sample("firehose-direct-put.json")).unwrap();
    let expected = [
        "49546986683135544286507457936321625675700192471156785154 Ok posts 2026-11-20",
        "49546986683135544286507457936321625675700192471156785155 Ok users 2026-11-20",
        "49546986683135544286507457936321625675700192471156785156 ProcessingFailed",
    ];
    assert_eq!(fates(&answer), expected);
    let post = &events(&answer, 0)[0];
    assert_eq!(post["timestamp"], "2026-11-20T09:00:01.000Z");
    assert_eq!(post["properties"]["post_id"].to_string(), "12345678901234567");
    assert_eq!(post["context"], json!({ "library": { "name": "analytics-node", "version": "2.1.3" } }));
    let user = &events(&answer, 1)[0];
    assert_eq!(user["traits"]["phone"], "+** *** ***4567");
    assert_eq!(user["traits"]["email"].as_str().unwrap().len(), 64);
    assert_eq!(STANDARD.decode(&answer.records[2].data).unwrap(), b"Hello World");
}

#[test]
fn records_of_a_stream() {
    let answer = handle(&context(), &sample("firehose-kinesis.json")).unwrap();
    assert_eq!(fates(&answer), ["record1 Ok posts 2026-11-20", "record2 Ok other_track_post_shared 2026-11-20"]);
    let answer = handle(&context(), &sample("firehose-streams-as-source.json")).unwrap();
    assert_eq!(fates(&answer), ["49546986683135544286507457936321625675700192471156785154 Ok users 2026-11-20"]);
}

#[test]
fn every_record_has_its_own_fate() {
    let answer = handle(&context(), &sample("firehose-mixed.json")).unwrap();
    let expected = [
        "ok Ok posts 2026-11-20",
        "iso-arrival Ok other_page 2026-11-20",
        "two-of-one-table Ok posts 2026-11-20",
        "two-of-two-tables Ok mixed 2026-11-20",
        "blank Dropped",
        "list ProcessingFailed",
        "no-type ProcessingFailed",
        "not-utf-8 ProcessingFailed",
        "not-base64 ProcessingFailed",
        "no-data ProcessingFailed",
    ];
    assert_eq!(fates(&answer), expected);
    assert_eq!(events(&answer, 1)[0]["timestamp"], "2026-11-20T09:00:07.500Z");
    assert_eq!(events(&answer, 2).len(), 2);
    assert_eq!(events(&answer, 3).len(), 2);
}

#[test]
fn a_redelivery_is_answered_alike() {
    for name in
        ["firehose-direct-put.json", "firehose-kinesis.json", "firehose-streams-as-source.json", "firehose-mixed.json"]
    {
        let event = sample(name);
        assert_eq!(handle(&context(), &event).unwrap(), handle(&context(), &event).unwrap(), "{name}");
    }
}

#[test]
fn the_id_of_an_event_is_its_places_in_the_stream() {
    let id = |record: Value| {
        let mut record = record;
        record["data"] = STANDARD.encode(r#"{"type":"page"}"#).into();
        record["approximateArrivalTimestamp"] = 1_795_165_207_000_u64.into();
        let answer = handle(&context(), &json!({ "records": [record] }).to_string()).unwrap();
        events(&answer, 0)[0]["messageId"].to_string()
    };
    let kinesis = |sequence: Value, sub: Value| json!({ "sequenceNumber": sequence, "subsequenceNumber": sub });
    let with = |record: &str, metadata: Value| id(json!({ "recordId": record, "kinesisRecordMetadata": metadata }));
    // A number or a text, and whatever the record is called in this batch.
    assert_eq!(with("a", kinesis("1".into(), 0.into())), with("b", kinesis(1.into(), "0".into())));
    assert_ne!(with("a", kinesis("1".into(), 0.into())), with("a", kinesis("1".into(), 1.into())));
    assert_ne!(with("a", Value::Null), with("b", Value::Null));
    assert_eq!(with("a", "odd".into()), with("a", Value::Null));
    assert_eq!(with("a", kinesis("".into(), "".into())), id(json!({ "recordId": "a" })));
}

#[test]
fn only_an_event_of_another_kind_fails_as_a_whole() {
    let fails = |event: &str, expected: Error| assert_eq!(handle(&context(), event), Err(expected), "{event}");
    fails("{}", Error::NotFirehose { line: 1, column: 2 });
    fails(r#"{"Records":[]}"#, Error::NotFirehose { line: 1, column: 14 });
    fails(r#"{"records":["secret"]}"#, Error::NotFirehose { line: 1, column: 20 });
    fails(r#"{"records":[{"recordId":"1"},{"data":""}]}"#, Error::NoRecordId(1));
    let text = Error::NotFirehose { line: 1, column: 19 }.to_string();
    assert!(text.contains("line 1, column 19"), "{text}");
    // Odd, and Firehose's all the same.
    let odd = r#"{"records":[{"recordId":5,"data":true,"kinesisRecordMetadata":7},{"recordId":"2","data":"e30","approximateArrivalTimestamp":{}}],"region":null,"deliveryStreamArn":["x"]}"#;
    assert_eq!(fates(&handle(&context(), odd).unwrap()), ["5 ProcessingFailed", "2 ProcessingFailed"]);
    assert_eq!(fates(&handle(&context(), r#"{"records":[]}"#).unwrap()), Vec::<String>::new());
}

#[test]
fn an_answer_has_at_most_6_mb() {
    let body = format!(r#"{{"type":"page","x":"{}"}}"#, "x".repeat(9_000));
    let data = STANDARD.encode(body);
    // 500 records of 12 kB, as base64, are more than the answer holds.
    let records: Vec<Value> = (0..500)
        .map(|n| json!({ "recordId": format!("{n}"), "approximateArrivalTimestamp": 1_795_165_207_000_u64, "data": data }))
        .collect();
    let answer = handle(&context(), &json!({ "records": records }).to_string()).unwrap();
    let ok = answer.records.iter().filter(|record| record.result == Outcome::Ok).count();
    assert!((450..500).contains(&ok), "{ok}");
    assert_eq!(answer.records.len(), 500);
    assert!(answer.records.iter().enumerate().all(|(n, record)| record.record_id == n.to_string()));
    assert!(answer.to_json().len() <= RESPONSE_BYTES_MAX);
}
