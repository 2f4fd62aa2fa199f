//! A Function URL over plain sockets: what the function is called with, and what its answer becomes.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::sync::{Arc, Mutex};

use lambda_local::{FunctionUrl, PAYLOAD_BYTES_MAX};
use local_server::Handler;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a request of HTTP/1.1 as it is written, and reads the answer to its end.
async fn raw(url: &FunctionUrl, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.endpoint().strip_prefix("http://").unwrap()).await.unwrap();
    // A server that refuses a body does not read it to its end.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request with these lines and this body.
fn request(first: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut request =
        format!("{first} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    headers.iter().for_each(|header| request.push_str(&format!("{header}\r\n")));
    [format!("{request}\r\n").as_bytes(), body].concat()
}

/// The event that a request becomes.
async fn event(request: Vec<u8>) -> Value {
    let seen = Arc::new(Mutex::new(Value::Null));
    let kept = Arc::clone(&seen);
    let handler = Handler::new(move |event| {
        *kept.lock().unwrap() = event;
        async { Ok::<_, String>(Value::Null) }
    });
    let url = FunctionUrl::start(0, handler, "eu-west-1").await.unwrap();
    raw(&url, &request).await;
    url.shutdown().await;
    seen.lock().unwrap().clone()
}

/// What the client gets when the function returns this.
async fn answer(returned: Result<Value, String>) -> String {
    let handler = Handler::new(move |_| {
        let returned = returned.clone();
        async { returned }
    });
    let url = FunctionUrl::start(0, handler, "eu-west-1").await.unwrap();
    let answer = raw(&url, &request("GET /", &[], b"")).await;
    url.shutdown().await;
    answer
}

#[tokio::test]
async fn a_request_becomes_an_event() {
    let headers = [
        "X-Many: a",
        "x-many: b",
        "Cookie: one=1; two=2",
        "Content-Type: Application/JSON; charset=utf-8",
        "User-Agent: test",
    ];
    let event = event(request("POST /v1/tr%C3%A4ck?a=1&b=x%20y&a=2+3&c", &headers, "{\"ä\":1}".as_bytes())).await;
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["rawPath"], "/v1/tr%C3%A4ck");
    assert_eq!(event["rawQueryString"], "a=1&b=x%20y&a=2+3&c");
    assert_eq!(event["queryStringParameters"], json!({ "a": "1,2 3", "b": "x y", "c": "" }));
    assert_eq!(event["cookies"], json!(["one=1", "two=2"]));
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{\"ä\":1}"), &json!(false)));
    let headers = event["headers"].as_object().unwrap();
    assert_eq!((&headers["x-many"], headers.get("cookie")), (&json!("a,b"), None));
    assert!(headers.contains_key("x-amzn-trace-id") && headers.contains_key("x-forwarded-for"));
    let context = &event["requestContext"];
    let http = json!({ "method": "POST", "path": "/v1/tr%C3%A4ck", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test" });
    assert_eq!(context["http"], http);
    let domain = format!("{}.lambda-url.eu-west-1.on.aws", context["apiId"].as_str().unwrap());
    assert_eq!(context["domainName"], json!(domain));
    assert!(context["timeEpoch"].as_i64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn bodies_are_text_or_base64() {
    async fn check(headers: &[&str], body: &[u8], expected: Value, is_base64: bool) {
        let event = event(request("POST /", headers, body)).await;
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&expected, &json!(is_base64)), "{headers:?}");
    }
    check(&["content-type: text/plain;charset=UTF-8"], b"{}", json!("{}"), false).await;
    check(&["content-type: application/json"], b"\xff", json!("/w=="), true).await;
    check(&["content-type: application/json", "content-encoding: gzip"], b"{}", json!("e30="), true).await;
    check(&["content-type: application/x-www-form-urlencoded"], b"{}", json!("e30="), true).await;
    check(&[], b"{}", json!("e30="), true).await;
    check(&["content-type: application/json"], b"", Value::Null, false).await;
}

#[tokio::test]
async fn what_the_function_returns_becomes_the_answer() {
    async fn check(returned: Result<Value, String>, status: &str, parts: &[&str]) {
        let answer = answer(returned).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(parts.iter().all(|part| answer.contains(part)), "{answer}");
    }
    let full = json!({ "statusCode": 201, "headers": { "X-A": "b" }, "cookies": ["c=1", "d=2"], "body": "aGk=", "isBase64Encoded": true });
    check(Ok(full), "201 Created", &["x-a: b\r\n", "set-cookie: c=1\r\n", "set-cookie: d=2\r\n", "\r\n\r\nhi"]).await;
    check(Ok(json!({ "statusCode": 200, "body": "x" })), "200 OK", &["content-type: application/json", "\r\n\r\nx"])
        .await;
    check(Ok(json!({ "statusCode": 204 })), "204 No Content", &[]).await;
    // Without a status the whole answer is the body.
    check(Ok(json!({ "a": 1 })), "200 OK", &["content-type: application/json", "{\"a\":1}"]).await;
    check(Ok(json!("text")), "200 OK", &["\"text\""]).await;
}

#[tokio::test]
async fn what_cannot_be_an_answer_is_a_bad_gateway() {
    async fn check(returned: Result<Value, String>) {
        let answer = answer(returned).await;
        assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway"), "{answer}");
        assert!(answer.ends_with("{\"Message\":\"Internal Server Error\"}"), "{answer}");
    }
    check(Err("a secret reason".to_owned())).await;
    check(Ok(json!({ "statusCode": 99999 }))).await;
    check(Ok(json!({ "statusCode": 200, "headers": { "x-a": "b\r\nx-evil: 1" } }))).await;
    check(Ok(json!({ "statusCode": 200, "headers": { "x a": "b" } }))).await;
    check(Ok(json!({ "statusCode": 200, "body": "?", "isBase64Encoded": true }))).await;
}

#[tokio::test]
async fn a_request_has_at_most_6_mb() {
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let handler = Handler::new(move |_| {
        *counted.lock().unwrap() += 1;
        async { Ok::<_, String>(Value::Null) }
    });
    let url = FunctionUrl::start(0, handler, "eu-west-1").await.unwrap();
    let announced = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        PAYLOAD_BYTES_MAX + 1
    );
    let body = vec![b'x'; PAYLOAD_BYTES_MAX + 1];
    let answer = raw(&url, &[announced.as_bytes(), &body].concat()).await;
    // The answer may be lost when the connection is closed before all of the body was read; the function is not called either way.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(*calls.lock().unwrap(), 0);
    url.shutdown().await;
}
