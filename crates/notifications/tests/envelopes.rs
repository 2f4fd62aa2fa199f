//! The documented form of every envelope, from the folder of events that a person sends too.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use notifications::{Notice, Received, read};
use serde_json::{Value, json};

fn event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// One line per record: `message: bucket key version etag size sequencer time`, or what it is instead.
fn shown(received: &Received) -> String {
    let mut text = format!("{:?}\n", received.envelope);
    for delivery in &received.deliveries {
        for notice in &delivery.notices {
            let message = delivery.message_id.as_deref().map_or(String::new(), |id| format!("{}: ", &id[32..]));
            match notice {
                Ok(Notice::Created(u)) => {
                    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
                    let (version, etag) = (or_none(u.version.clone()), or_none(u.etag.as_ref().map(|e| e[..4].into())));
                    let size = or_none(u.size.map(|s| s.to_string()));
                    let sequencer = or_none(u.sequencer.as_ref().map(ToString::to_string));
                    let time = or_none(u.time.map(|t| t.to_rfc3339()));
                    writeln!(text, "{message}{} {} {version} {etag} {size} {sequencer} {time}", u.bucket, u.key)
                        .unwrap();
                }
                Ok(Notice::Ignored(ignored)) => {
                    writeln!(text, "{message}ignored {} of {}", ignored.event, ignored.subject).unwrap();
                }
                Err(error) => writeln!(text, "{message}error {error}").unwrap(),
            }
        }
    }
    text
}

fn check(name: &str, expected: &str) {
    assert_eq!(shown(&read(&event(name))), expected, "{name}");
}

const AIRLINES: &str = "landing flights/airlines.json - 0123 987 0055AED6DCD90281E5 2026-01-05T06:07:08.910+00:00\n";
const VERSIONED: &str = "landing flights/airlines.json IYV3p45BT0ac8hjHg1houSdS1a.Mro8e 0123 987 0055AED6DCD90281E5 2026-01-05T06:07:08+00:00\n";

#[test]
fn s3_itself() {
    check("s3-put", &format!("S3\n{AIRLINES}"));
    check(
        "s3-multipart",
        "S3\nlanding flights/flights 2015 (final).csv L4kqtJlcpXroDTDmpUMLUo 0123 590000000 0055AED6DCD90281E5 2026-01-05T06:07:08.910+00:00\n",
    );
    check(
        "s3-several",
        &format!(
            "S3\n{AIRLINES}landing flights/airports.csv - 0123 987 0055AED6DCD90281E6 2026-01-05T06:07:08.910+00:00\n\
             ignored ObjectRemoved:Delete of s3://landing/flights/old.csv\n"
        ),
    );
}

#[test]
fn what_is_no_upload_is_ignored_by_name() {
    check("s3-delete", "S3\nignored ObjectRemoved:DeleteMarkerCreated of s3://landing/flights/airlines.json\n");
    check("s3-test-event", "S3\nignored s3:TestEvent of landing\n");
    check("schedule", "EventBridge\nignored aws.events Scheduled Event of no object\n");
}

#[test]
fn eventbridge_sns_and_queues_around_them() {
    check("eventbridge-object-created", &format!("EventBridge\n{VERSIONED}"));
    check("sns-s3", &format!("Sns\n{AIRLINES}"));
    check("sqs-s3", &format!("Sqs\n0000: {AIRLINES}"));
    check("sqs-sns-s3", &format!("Sqs\n0000: {AIRLINES}"));
    check("sqs-eventbridge", &format!("Sqs\n0000: {VERSIONED}"));
    check("manual", "Manual\nlanding flights/airlines.json - - - - -\n");
}

#[test]
fn one_bad_message_fails_only_itself() {
    check(
        "sqs-one-bad",
        &format!(
            "Sqs\n0000: {AIRLINES}0001: error record 0: the message body is no JSON\n\
             0002: landing flights/airports.csv - 0123 987 0055AED6DCD90281E6 2026-01-05T06:07:08.910+00:00\n"
        ),
    );
}

#[test]
fn a_bad_record_does_not_hide_the_next() {
    let mut event = event("s3-several");
    event["Records"][0]["s3"]["object"]["key"] = json!("%FF");
    let text = shown(&read(&event));
    assert!(text.starts_with("S3\nerror record 0: in \"landing\"\nlanding flights/airports.csv"), "{text}");
}

#[test]
fn records_without_what_is_not_needed_are_read() {
    let mut event = event("s3-put");
    for field in ["userIdentity", "requestParameters", "responseElements", "eventTime", "awsRegion"] {
        event["Records"][0].as_object_mut().unwrap().remove(field);
    }
    assert_eq!(shown(&read(&event)), "S3\nlanding flights/airlines.json - 0123 987 0055AED6DCD90281E5 -\n");
}

#[test]
fn versions_above_those_known_are_read_and_other_majors_are_not() {
    let with = |version: &str| {
        let mut event = event("s3-put");
        event["Records"][0]["eventVersion"] = json!(version);
        event["Records"][0]["somethingNew"] = json!({ "deep": true });
        shown(&read(&event))
    };
    assert_eq!(with("2.0"), format!("S3\n{AIRLINES}"));
    assert_eq!(with("2.97"), format!("S3\n{AIRLINES}"));
    assert_eq!(with("3.0"), "S3\nerror record 0: S3 event version \"3.0\" is not known: only 2.x is\n");
}

#[test]
fn an_event_that_is_none_says_what_it_has() {
    let text = shown(&read(&json!({ "hello": 1, "world": 2 })));
    assert!(text.contains("it has the fields hello, world"), "{text}");
    let text = shown(&read(&json!({ "bucket": "landing", "kee": "x" })));
    assert!(text.contains("error record 0: not the form of"), "{text}");
    assert!(shown(&read(&Value::Null)).contains("it has null"));
}
