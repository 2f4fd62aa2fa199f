//! Requests as clients send them, good and hostile, and what comes into the stream.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use support::{KEY, Kinesis, answer, basic, batch, gzipped, post, request, tracks};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sample(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The status and the code of the answer to a request that must not reach the stream.
async fn refused(request: &Value) -> (u16, String) {
    let kinesis = Kinesis::start(&[]).await;
    let response = kinesis.send(request).await;
    let body = answer(&response);
    assert_eq!(body["success"], false);
    assert!(!body["message"].as_str().unwrap().is_empty());
    assert!(kinesis.requests().is_empty());
    (response.status, body["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_path_has_its_type() {
    let kinesis = Kinesis::start(&[]).await;
    for path in ["identify", "i", "track", "t", "page", "p", "screen", "s", "group", "g", "alias", "a"] {
        let response = kinesis.send(&post(&format!("/v1/{path}"), r#"{"userId":"u"}"#)).await;
        assert_eq!((response.status, response.body.as_str()), (200, r#"{"success":true}"#), "{path}");
    }
    let types: Vec<Value> = kinesis.events().iter().map(|event| event["type"].clone()).collect();
    let expected = ["identify", "track", "page", "screen", "group", "alias"];
    assert_eq!(types, expected.iter().flat_map(|name| [json!(name), json!(name)]).collect::<Vec<_>>());
}

#[tokio::test]
async fn samples_of_the_events_folder() {
    let expected = [
        ("function-url-track.json", 200, 1),
        ("function-url-batch-gzip.json", 200, 3),
        ("function-url-browser.json", 200, 1),
        ("function-url-preflight.json", 204, 0),
        ("function-url-health.json", 200, 0),
        ("function-url-one-bad.json", 400, 2),
    ];
    for (name, status, events) in expected {
        let kinesis = Kinesis::start(&[]).await;
        let response = kinesis.send(&sample(name)).await;
        assert_eq!((response.status, kinesis.taken().len()), (status, events), "{name}: {}", response.body);
    }
}

#[tokio::test]
async fn what_cannot_be_an_event_costs_the_others_nothing() {
    let kinesis = Kinesis::start(&[]).await;
    let mut events = tracks(3);
    events.insert(1, json!("text"));
    events.push(json!({ "userId": "u", "type": 7 }));
    events.push(json!({ "type": "track", "x": "x".repeat(33 << 10) }));
    events.push(json!({ "type": "invented", "nobody": true }));
    let response = kinesis.send(&post("/v1/batch", &batch(&events))).await;
    assert_eq!(response.status, 400);
    let expected = json!({
        "success": false,
        "code": "invalid_events",
        "message": "event 1 is no object, event 4 has no type, event 5 has more than 32 KB; the other 4 are accepted",
        "accepted": 4,
        "refused": [
            { "index": 1, "reason": "not_an_object" },
            { "index": 4, "reason": "no_type" },
            { "index": 5, "reason": "too_large" },
        ],
    });
    assert_eq!(answer(&response), expected);
    assert_eq!(kinesis.taken().len(), 4);
}

#[tokio::test]
async fn who_may_send() {
    async fn check(authorization: Option<&str>, body: Value, expected: u16) {
        let kinesis = Kinesis::start(&[]).await;
        let mut request = request("POST", "/v1/track", &body.to_string());
        if let Some(authorization) = authorization {
            request["headers"]["authorization"] = json!(authorization);
        }
        let response = kinesis.send(&request).await;
        assert_eq!(response.status, expected, "{authorization:?} {body}");
        assert_eq!(kinesis.taken().len(), usize::from(expected == 200));
        assert!(!response.body.contains(KEY) && !response.headers.contains_key("www-authenticate"));
        assert!(kinesis.taken().iter().all(|(_, data)| !data.contains(KEY) && !data.contains("writeKey")));
    }
    check(Some(&basic(KEY)), json!({}), 200).await;
    check(Some(&basic("other")), json!({ "writeKey": KEY }), 200).await;
    check(Some(&basic(KEY).replace("Basic", "bASIC")), json!({}), 200).await;
    check(Some(&format!("Basic {}", STANDARD.encode(KEY))), json!({}), 200).await;
    check(Some(basic(KEY).trim_end_matches('=')), json!({}), 200).await;
    check(None, json!({ "writeKey": KEY }), 200).await;
    check(Some("Bearer token"), json!({ "writeKey": KEY }), 200).await;
    check(None, json!({}), 401).await;
    check(Some("Bearer token"), json!({}), 401).await;
    check(None, json!({ "writeKey": "wrong" }), 401).await;
    check(None, json!({ "writeKey": [KEY] }), 401).await;
    // What the header says counts.
    check(Some(&basic("wrong")), json!({ "writeKey": KEY }), 401).await;
    check(Some(&basic("")), json!({}), 401).await;
    check(Some("Basic %%%"), json!({}), 401).await;
    check(Some("Basic /w=="), json!({}), 401).await;
    check(Some(&basic(&format!("{KEY}x"))), json!({}), 401).await;
}

#[tokio::test]
async fn paths_and_methods() {
    let check = async |method: &str, path: &str, expected: u16, allow: Option<&str>| {
        let kinesis = Kinesis::start(&[]).await;
        let response = kinesis.send(&request(method, path, "")).await;
        assert_eq!((response.status, response.headers.get("allow").copied()), (expected, allow), "{method} {path}");
        assert_eq!(response.headers["access-control-allow-origin"], "*");
        response
    };
    check("GET", "/health", 200, None).await;
    assert_eq!(check("HEAD", "/health", 200, None).await.body, "");
    check("POST", "/health", 405, Some("GET, HEAD, OPTIONS")).await;
    check("GET", "/v1/track", 405, Some("POST, OPTIONS")).await;
    check("DELETE", "/v1/batch", 405, Some("POST, OPTIONS")).await;
    check("POST", "/", 404, None).await;
    check("OPTIONS", "/v1/nothing", 404, None).await;
    let preflight = check("OPTIONS", "/v1/t", 204, None).await;
    assert_eq!(preflight.body, "");
    assert_eq!(preflight.headers["access-control-allow-methods"], "POST, OPTIONS");
    assert!(preflight.headers["access-control-allow-headers"].starts_with("authorization, "));
}

#[tokio::test]
async fn bodies_that_are_no_events() {
    let check = async |request: Value, status: u16, code: &str| {
        assert_eq!(refused(&request).await, (status, code.to_owned()), "{}", request["body"]);
    };
    for body in ["", "null", "[]", "\"x\"", "{", "{}x", "{\"a\":\u{1}}", "{\"a\":\"\u{0}\"}", "{'a':1}"] {
        check(post("/v1/track", body), 400, "malformed_body").await;
        check(post("/v1/batch", body), 400, "malformed_body").await;
    }
    for body in ["{}", r#"{"batch":{}}"#, r#"{"batch":null}"#] {
        check(post("/v1/batch", body), 400, "no_batch").await;
    }
    check(post("/v1/batch", &batch(&vec![json!({}); 2_501])), 400, "too_many_events").await;
    check(post("/v1/batch", &batch(&tracks(10_000))), 413, "too_large").await;
    let large = json!({ "batch": tracks(1), "context": { "x": "x".repeat(33 << 10) } }).to_string();
    check(post("/v1/batch", &large), 400, "context_too_large").await;
    check(post("/v1/track", &json!({ "x": "x".repeat(32 << 10) }).to_string()), 413, "too_large").await;
    let with = |name: &str, value: Value| {
        let mut request = post("/v1/track", "{}");
        request[name] = value;
        request
    };
    let mut base64 = with("isBase64Encoded", json!(true));
    check(base64.clone(), 400, "malformed_body").await;
    base64["body"] = json!(STANDARD.encode(b"{\"a\":\"\xff\"}"));
    check(base64.clone(), 400, "malformed_body").await;
    base64["body"] = json!("A".repeat(1 << 20));
    check(base64, 413, "too_large").await;
    let mut brotli = post("/v1/track", "{}");
    brotli["headers"]["content-encoding"] = json!("br");
    check(brotli, 415, "unsupported_encoding").await;
}

#[tokio::test]
async fn compressed_bodies() {
    let body = batch(&tracks(3));
    let kinesis = Kinesis::start(&[]).await;
    assert_eq!(kinesis.send(&gzipped(post("/v1/batch", ""), &gzip(body.as_bytes()))).await.status, 200);
    // Two members, one after another, are one file (RFC 1952, 2.2).
    let (start, end) = body.as_bytes().split_at(40);
    assert_eq!(kinesis.send(&gzipped(post("/v1/batch", ""), &[gzip(start), gzip(end)].concat())).await.status, 200);
    // Decompressed on its way, with the header left.
    assert_eq!(kinesis.send(&gzipped(post("/v1/batch", ""), body.as_bytes())).await.status, 200);
    assert_eq!(kinesis.taken().len(), 9);

    let check = async |bytes: &[u8], status: u16, code: &str| {
        assert_eq!(refused(&gzipped(post("/v1/batch", ""), bytes)).await, (status, code.to_owned()));
    };
    let whole = gzip(body.as_bytes());
    check(&whole[..whole.len() / 2], 400, "malformed_body").await;
    check(&[&[0x1f, 0x8b], &[0xff; 50][..]].concat(), 400, "malformed_body").await;
    check(&[], 400, "malformed_body").await;
    // 400 MB in 400 KB: refused after 500 KB.
    let bomb = gzip(&vec![b' '; 400 << 20]);
    assert!(bomb.len() < 500 << 10, "{}", bomb.len());
    let start = std::time::Instant::now();
    check(&bomb, 413, "too_large").await;
    assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
}

#[tokio::test]
async fn hostile_events_stay_text() {
    let kinesis = Kinesis::start(&[]).await;
    let deep = format!(r#"{{"type":"track","messageId":"m","x":{}{}}}"#, "[".repeat(16_000), "]".repeat(16_000));
    let odd = [
        deep.as_str(),
        r#"{"type":"track","messageId":"m","x":1e999,"y":-0.0,"z":12345678901234567890.00}"#,
        r#"{"type":"track","messageId":"m","\ud83d":"\ud83d","userId":"\udc00"}"#,
        r#"{"type":"track","messageId":"m","userId":"a\r\nx-evil: 1\u0000"}"#,
        r#"{"type":"track","messageId":"m","__proto__":{"type":"x"},"type":"page"}"#,
    ];
    let response = kinesis.send(&post("/v1/batch", &format!(r#"{{"batch":[{}]}}"#, odd.join(",")))).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let taken = kinesis.taken();
    for (event, (key, data)) in odd.iter().zip(&taken) {
        assert!(data.starts_with(&event[..event.len() - 1]), "{data}");
        assert!(!key.is_empty() && key.len() <= 256);
    }
    // No part of a request comes back.
    let hostile = "x\r\nset-cookie: a=b<script>";
    let mut request = post(&format!("/v1/{hostile}"), hostile);
    for name in ["origin", "access-control-request-headers", "content-encoding"] {
        request["headers"][name] = json!(hostile);
    }
    for path in [hostile, "track", "batch"] {
        for method in ["POST", "OPTIONS", hostile] {
            request["rawPath"] = json!(format!("/v1/{path}"));
            request["requestContext"]["http"]["method"] = json!(method);
            let response = serde_json::to_string(&kinesis.send(&request).await).unwrap();
            assert!(!response.contains("set-cookie") && !response.contains("script"), "{response}");
        }
    }
}
