//! How events come into the stream when it fails in every way that it can.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Kinesis, Reply, answer, batch, post, tracks};

const SLOW_DOWN: &str = "ProvisionedThroughputExceededException";

fn keys(request: &[support::Taken]) -> Vec<&str> {
    request.iter().map(|(key, _)| key.as_str()).collect()
}

#[tokio::test]
async fn only_what_failed_is_sent_again_and_in_its_order() {
    let script = [Reply::Records(|at| at % 2 == 1, SLOW_DOWN), Reply::Records(|at| at == 0, "InternalFailure")];
    let kinesis = Kinesis::start(&script).await;
    let response = kinesis.send(&post("/v1/batch", &batch(&tracks(6)))).await;
    assert_eq!((response.status, response.body.as_str()), (200, r#"{"success":true}"#));
    let requests = kinesis.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(keys(&requests[0]), ["u0", "u1", "u2", "u3", "u4", "u5"]);
    assert_eq!(keys(&requests[1]), ["u1", "u3", "u5"]);
    assert_eq!(keys(&requests[2]), ["u1"]);
    let mut taken = kinesis.taken();
    taken.sort();
    assert_eq!(keys(&taken), ["u0", "u1", "u2", "u3", "u4", "u5"]);
}

#[tokio::test]
async fn a_request_that_may_succeed_later_is_sent_again() {
    async fn check(reply: Reply) {
        let kinesis = Kinesis::start(&[reply, reply]).await;
        let response = kinesis.send(&post("/v1/batch", &batch(&tracks(3)))).await;
        assert_eq!((response.status, kinesis.sizes()), (200, vec![3, 3, 3]), "{reply:?}");
        assert_eq!(kinesis.taken().len(), 3, "{reply:?}");
    }
    check(Reply::Request(500, "InternalFailure")).await;
    check(Reply::Request(503, "ServiceUnavailable")).await;
    check(Reply::Request(400, SLOW_DOWN)).await;
    check(Reply::Request(400, "KMSThrottlingException")).await;
    check(Reply::Request(400, "LimitExceededException")).await;
    check(Reply::Silence).await;
    check(Reply::Odd).await;
}

#[tokio::test]
async fn a_request_that_never_succeeds_is_not() {
    for code in
        ["ResourceNotFoundException", "AccessDeniedException", "InvalidArgumentException", "KMSDisabledException"]
    {
        let kinesis = Kinesis::start(&[Reply::Request(400, code)]).await;
        let response = kinesis.send(&post("/v1/batch", &batch(&tracks(3)))).await;
        assert_eq!((response.status, kinesis.sizes()), (503, vec![3]), "{code}");
    }
}

#[tokio::test]
async fn clients_are_told_to_come_again_after_an_outage() {
    let expected = json!({ "success": false, "code": "unavailable", "message": "the events cannot be stored now: send them again" });
    for reply in [Reply::Records(|_| true, SLOW_DOWN), Reply::Request(500, "InternalFailure"), Reply::Silence] {
        let kinesis = Kinesis::start(&[reply; 1000]).await;
        let start = Instant::now();
        let response = kinesis.send(&post("/v1/batch", &batch(&tracks(2)))).await;
        assert_eq!((response.status, response.headers.get("retry-after")), (503, Some(&"5")), "{reply:?}");
        assert_eq!(response.headers["access-control-allow-origin"], "*");
        assert_eq!(answer(&response), expected);
        // The time of all tries is 2 seconds here.
        assert!(start.elapsed().as_secs() < 4, "{:?}", start.elapsed());
        assert!(kinesis.requests().len() > 2, "{reply:?}");
        assert!(kinesis.taken().is_empty());
    }
}

#[tokio::test]
async fn nobody_listens() {
    let mut kinesis = Kinesis::start(&[]).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    kinesis.endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(kinesis.send(&post("/v1/batch", &batch(&tracks(2)))).await.status, 503);
}

#[tokio::test]
async fn a_batch_of_the_largest_size_goes_in_requests_of_500() {
    let kinesis = Kinesis::start(&[Reply::Records(|at| at == 499, SLOW_DOWN)]).await;
    let response = kinesis.send(&post("/v1/batch", &batch(&tracks(2_500)))).await;
    assert_eq!(response.status, 200);
    assert_eq!(kinesis.sizes(), [500, 1, 500, 500, 500, 500]);
    let mut ids: Vec<String> = kinesis.events().iter().map(|event| event["messageId"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2_500);
}

#[tokio::test]
async fn what_a_batch_shares_does_not_make_requests_too_large() {
    let kinesis = Kinesis::start(&[]).await;
    // 30 KB for each of 300 events, out of a body of 60 KB.
    let body = json!({ "batch": tracks(300), "context": { "campaign": "x".repeat(30_000) } }).to_string();
    let mut context = kinesis.context();
    // Megabytes take their time on a busy machine.
    (context.stream.patience.attempt, context.stream.patience.total) =
        (Duration::from_secs(60), Duration::from_secs(120));
    let request = post("/v1/batch", &body).to_string();
    assert_eq!(collect_events::handle(&context, &request).await.unwrap().status, 200);
    assert!(kinesis.requests().len() > 1);
    for request in kinesis.requests() {
        let bytes: usize = request.iter().map(|(key, data)| key.len() + data.len()).sum();
        assert!(bytes <= collect_events::REQUEST_BYTES_MAX, "{bytes}");
    }
    assert_eq!(kinesis.taken().len(), 300);
}

#[tokio::test]
async fn nothing_is_sent_behind_a_request_that_failed_for_good() {
    let kinesis = Kinesis::start(&[Reply::Request(400, "ResourceNotFoundException")]).await;
    assert_eq!(kinesis.send(&post("/v1/batch", &batch(&tracks(1_200)))).await.status, 503);
    assert_eq!(kinesis.sizes(), [500]);
}

#[tokio::test]
async fn an_empty_batch_is_a_success_without_a_request() {
    let kinesis = Kinesis::start(&[]).await;
    assert_eq!(kinesis.send(&post("/v1/batch", &batch(&[]))).await.status, 200);
    assert_eq!(kinesis.requests(), Vec::<Vec<support::Taken>>::new());
}

#[tokio::test]
async fn what_is_no_request_fails_the_invocation() {
    let kinesis = Kinesis::start(&[]).await;
    for event in ["", "{}", "[]", r#"{"Records":[]}"#, r#"{"requestContext":{"http":{}}}"#, r#"{"requestContext":"x"}"#]
    {
        let error = collect_events::handle(&kinesis.context(), event).await.unwrap_err();
        assert!(error.to_string().contains("no request to a Function URL"), "{event}");
    }
    // Odd, and a request all the same.
    let odd = r#"{"requestContext":{"http":{"method":"GET","sourceIp":5}},"headers":{"authorization":[]},"body":7,"isBase64Encoded":null,"rawPath":null}"#;
    assert_eq!(collect_events::handle(&kinesis.context(), odd).await.unwrap().status, 404);
    let none: Value = serde_json::from_str(odd).unwrap();
    assert_eq!(kinesis.send(&none).await.status, 404);
}
