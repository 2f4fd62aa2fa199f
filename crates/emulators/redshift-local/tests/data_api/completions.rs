//! Completion events on their way to a function or a bus, received by an endpoint that keeps what it is sent.

use std::sync::{Arc, Mutex};

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use redshift_local::Completion;
use redshift_local::completion::{BUS_SOURCE, ToBus, ToFunction};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What the endpoint was sent: path, the headers that say what is asked for, and body.
type Request = (String, String, Value);

/// Starts an endpoint that gives this answer to every request.
async fn endpoint(status: StatusCode, answer: Value) -> (String, mpsc::UnboundedReceiver<Request>) {
    let (sender, requests) = mpsc::unbounded_channel();
    let asked = |headers: &HeaderMap, name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let receive =
        move |State(sender): State<mpsc::UnboundedSender<Request>>, uri: Uri, headers: HeaderMap, body: String| {
            let what = asked(&headers, "x-amz-invocation-type") + &asked(&headers, "x-amz-target");
            sender.send((uri.path().to_owned(), what, serde_json::from_str(&body).unwrap())).unwrap();
            let answer = answer.to_string();
            async move { (status, answer) }
        };
    let router = Router::new().fallback(receive).with_state(sender);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, requests)
}

fn lambda(url: &str) -> aws_sdk_lambda::Client {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url);
    aws_sdk_lambda::Client::from_conf(config.build())
}

fn bus(url: &str) -> aws_sdk_eventbridge::Client {
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url);
    aws_sdk_eventbridge::Client::from_conf(config.build())
}

fn event() -> Value {
    json!({
        "detail-type": "Redshift Data Statement Status Change", "source": "aws.redshift-data", "resources": ["arn:w"],
        "detail": { "statementId": "b2ef", "statementName": "landfall/load/x", "state": "FINISHED" },
    })
}

/// Keeps why an event could not be delivered.
fn told() -> (redshift_local::completion::Undelivered, mpsc::UnboundedReceiver<String>) {
    let (sender, reasons) = mpsc::unbounded_channel();
    let sender = Mutex::new(sender);
    (Arc::new(move |why| sender.lock().unwrap().send(why).unwrap()), reasons)
}

#[tokio::test]
async fn a_function_is_invoked_asynchronously_with_the_event() {
    let (url, mut requests) = endpoint(StatusCode::ACCEPTED, json!({})).await;
    ToFunction::new(lambda(&url), "watch-loads", told().0).completed(event());
    let (path, what, body) = requests.recv().await.unwrap();
    assert_eq!((path.as_str(), what.as_str()), ("/2015-03-31/functions/watch-loads/invocations", "Event"));
    assert_eq!(body, event());
}

#[tokio::test]
async fn a_function_that_is_not_there_is_told() {
    let answer = json!({ "__type": "ResourceNotFoundException", "message": "Function not found" });
    let (url, _requests) = endpoint(StatusCode::NOT_FOUND, answer).await;
    let (undelivered, mut reasons) = told();
    ToFunction::new(lambda(&url), "watch-loads", undelivered).completed(event());
    let reason = reasons.recv().await.unwrap();
    assert!(reason.starts_with("the function watch-loads was not invoked: "), "{reason}");
    assert!(reason.contains("Function not found"), "{reason}");
}

#[tokio::test]
async fn a_bus_takes_the_event_under_a_source_of_its_own() {
    let (url, mut requests) = endpoint(StatusCode::OK, json!({ "FailedEntryCount": 0, "Entries": [{}] })).await;
    ToBus::new(bus(&url), "landfall", told().0).completed(event());
    let (_, what, body) = requests.recv().await.unwrap();
    assert_eq!(what, "AWSEvents.PutEvents");
    let entry = &body["Entries"][0];
    assert_eq!(entry["Source"], BUS_SOURCE);
    assert_eq!(entry["DetailType"], "Redshift Data Statement Status Change");
    assert_eq!(serde_json::from_str::<Value>(entry["Detail"].as_str().unwrap()).unwrap(), event()["detail"]);
}

#[tokio::test]
async fn an_event_that_the_bus_refuses_is_told() {
    let entry =
        json!({ "ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source." });
    let (url, _requests) = endpoint(StatusCode::OK, json!({ "FailedEntryCount": 1, "Entries": [entry] })).await;
    let (undelivered, mut reasons) = told();
    ToBus::new(bus(&url), "landfall", undelivered).completed(event());
    assert_eq!(reasons.recv().await.unwrap(), "the bus landfall refused an event: Not authorized for the source.");
}
