use super::*;
use crate::plan::Body;

const STAMP: Stamp<'_> = Stamp { received_at: "2026-11-20T09:00:07.000Z", source_ip: Some("198.51.100.7") };

fn single(path_type: &'static str, body: &str) -> Record {
    let records: Vec<Record> = Body::event(path_type, body).unwrap().plan().unwrap().records(STAMP).collect();
    records.into_iter().next().unwrap()
}

fn batch(body: &str) -> Vec<Record> {
    Body::batch(body).unwrap().plan().unwrap().records(STAMP).collect()
}

/// The event with `IP` and `AT` for the caller's address and the time.
fn check(event: &str, expected: &str) {
    let data = single("track", event).data;
    let data = data.replace("\"198.51.100.7\"", "IP").replace("\"2026-11-20T09:00:07.000Z\"", "AT");
    assert_eq!(data, expected, "{event}");
}

#[test]
fn what_is_added_stands_at_the_end() {
    check(
        r#" {"type":"track", "messageId":"m" ,"x": 1.00,"context":{"ip":"8.8.8.8"}}"#,
        r#"{"type":"track", "messageId":"m" ,"x": 1.00,"context":{"ip":"8.8.8.8"},"receivedAt":AT}"#,
    );
    check(r#"{"messageId":"m"}"#, r#"{"messageId":"m","receivedAt":AT,"type":"track","context":{"ip":IP}}"#);
    check(
        r#"{"messageId":7,"type":"track","context":{}}"#,
        r#"{"messageId":7,"type":"track","receivedAt":AT,"context":{"ip":IP}}"#,
    );
}

#[test]
fn what_is_changed_is_replaced() {
    check(
        r#"{"type":"page","messageId":"m","receivedAt":1,"writeKey":"k","receivedAt":2,"context":{"a":1e400}}"#,
        r#"{"messageId":"m","receivedAt":AT,"type":"track","context":{"a":1e400,"ip":IP}}"#,
    );
    check(
        r#"{"write\u004bey":"k","\u0074ype":"track","messageId":"m","context":{"direct":false}}"#,
        r#"{"\u0074ype":"track","messageId":"m","context":{"direct":false},"receivedAt":AT}"#,
    );
    // Something else than an object is left to the event.
    check(
        r#"{"type":"track","messageId":"m","context":"odd"}"#,
        r#"{"type":"track","messageId":"m","context":"odd","receivedAt":AT}"#,
    );
    check(
        r#"{"type":"track","messageId":"m","context":null}"#,
        r#"{"type":"track","messageId":"m","receivedAt":AT,"context":{"ip":IP}}"#,
    );
}

#[test]
fn a_message_has_an_id() {
    for event in ["{}", r#"{"messageId":null}"#, r#"{"messageId":""}"#, r#"{"messageId":" ","messageId":{}}"#] {
        let data: serde_json::Value = serde_json::from_str(&single("track", event).data).unwrap();
        let id = data["messageId"].as_str().unwrap().strip_prefix("landfall-").unwrap().to_owned();
        assert!(Uuid::parse_str(&id).is_ok(), "{event}");
    }
    assert_ne!(single("track", "{}"), single("track", "{}"));
}

#[test]
fn what_a_batch_says_counts_for_what_an_event_does_not_say() {
    let records = batch(
        r#"{"sentAt":"2026-11-20T09:00:05Z","writeKey":"k","integrations":{"All":true,"S3":false},
            "context":{"app":{"v":1},"library":{"name":"analytics-python"}},
            "batch":[{"type":"page","messageId":"m"},
                     {"type":"page","messageId":"m","sentAt":"own","integrations":{"All":false},"context":{"\u0061pp":2,"ip":"8.8.8.8"}}]}"#,
    );
    let library = r#""library":{"name":"analytics-python"}"#;
    let expected = [
        format!(
            r#"{{"type":"page","messageId":"m","receivedAt":"2026-11-20T09:00:07.000Z","sentAt":"2026-11-20T09:00:05Z","context":{{"app":{{"v":1}},{library}}},"integrations":{{"All":true,"S3":false}}}}"#
        ),
        format!(
            r#"{{"type":"page","messageId":"m","sentAt":"own","receivedAt":"2026-11-20T09:00:07.000Z","context":{{"\u0061pp":2,"ip":"8.8.8.8",{library}}},"integrations":{{"All":false,"S3":false}}}}"#
        ),
    ];
    assert_eq!(records.iter().map(|record| record.data.as_str()).collect::<Vec<_>>(), expected);
}

#[test]
fn partition_keys() {
    let check = |event: &str, expected: &str| assert_eq!(single("track", event).key, expected, "{event}");
    check(r#"{"userId":"u","anonymousId":"a","messageId":"m"}"#, "u");
    check(r#"{"userId":null,"anonymousId":"a","messageId":"m"}"#, "a");
    check(r#"{"userId":" ","anonymousId":{},"messageId":"m"}"#, "m");
    check(r#"{"userId":12345678901234567890,"messageId":"m"}"#, "12345678901234567890");
    check(r#"{"userId":"\u00e4\n"}"#, "ä\n");
    check(r#"{"userId":"\ud83d"}"#, r#""\ud83d""#);
    check(&format!(r#"{{"userId":"{}"}}"#, "x".repeat(300)), &"x".repeat(256));
    check(&format!(r#"{{"userId":"{}"}}"#, "😀".repeat(300)), &"😀".repeat(128));
    assert!(single("track", "{}").key.starts_with("landfall-"));
}
