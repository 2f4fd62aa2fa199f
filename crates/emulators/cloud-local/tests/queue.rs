//! Deliveries, with functions that fail on purpose.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud_local::invoke::Invoker;
use cloud_local::queue::{Queue, QueueConfig};
use local_server::{Delivery, DeliveryObserver, Handler};
use serde_json::{Value, json};

/// How often the function has seen each message, by the message's body.
type Seen = Arc<Mutex<BTreeMap<String, u32>>>;

fn quick(name: &str) -> QueueConfig {
    QueueConfig { backoff: Duration::from_millis(1), ..QueueConfig::new(name, "us-east-1") }
}

/// Notes every message of a batch, and gives their ids with their bodies.
fn note(seen: &Seen, event: &Value) -> Vec<(String, String)> {
    let records = event["Records"].as_array().unwrap();
    assert!((1..=10).contains(&records.len()));
    let mut all = Vec::new();
    for record in records {
        let body = record["body"].as_str().unwrap().to_owned();
        let mut seen = seen.lock().unwrap();
        let times = seen.entry(body.clone()).or_default();
        *times += 1;
        assert_eq!(record["attributes"]["ApproximateReceiveCount"], json!(times.to_string()));
        all.push((record["messageId"].as_str().unwrap().to_owned(), body));
    }
    all
}

/// A function that fails on the messages whose body `fails`, given how often it has seen them.
fn failing(seen: &Seen, fails: fn(&str, u32) -> bool) -> Handler {
    let seen = Arc::clone(seen);
    Handler::new(move |event| {
        let all = note(&seen, &event);
        let failed = all.iter().filter(|(_, body)| fails(body, seen.lock().unwrap()[body]));
        let items: Vec<Value> = failed.map(|(id, _)| json!({ "itemIdentifier": id })).collect();
        async move { Ok::<_, String>(json!({ "batchItemFailures": items })) }
    })
}

fn observed() -> (DeliveryObserver, Arc<Mutex<Vec<Delivery>>>) {
    let deliveries: Arc<Mutex<Vec<Delivery>>> = Arc::default();
    let kept = Arc::clone(&deliveries);
    (Arc::new(move |delivery| kept.lock().unwrap().push(delivery)), deliveries)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_failed_is_delivered_again() {
    let seen = Seen::default();
    let handler = failing(&seen, |body, times| body.contains("odd") && times < 3);
    let queue = Queue::start(quick("uploads"), handler, None).unwrap();
    for number in 0..25 {
        queue.send(json!({ "number": number, "kind": if number % 2 == 1 { "odd" } else { "even" } }));
    }
    queue.idle().await;
    assert_eq!((queue.pending(), queue.dead_letters().len()), (0, 0));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 25);
    assert!(seen.iter().all(|(body, times)| *times == if body.contains("odd") { 3 } else { 1 }), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_fails_the_whole_batch() {
    let calls = Arc::new(AtomicU32::new(0));
    let handler = {
        let calls = Arc::clone(&calls);
        Handler::new(move |_| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move {
                match call {
                    0 => Err("the warehouse is away".to_owned()),
                    1 => Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "unknown" }] })),
                    _ => Ok(Value::Null),
                }
            }
        })
    };
    let (observer, deliveries) = observed();
    let queue = Queue::start(quick("uploads"), handler, Some(observer)).unwrap();
    queue.send(json!({}));
    queue.idle().await;
    let told: Vec<String> = deliveries
        .lock()
        .unwrap()
        .iter()
        .map(|delivery| match delivery {
            Delivery::Failed { tries, error, .. } => format!("{tries} {error}"),
            Delivery::Done { tries, .. } => format!("{tries} done"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        ["1 the warehouse is away", "2 batchItemFailures names Some(\"unknown\"), which is not in the batch", "3 done"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_an_error_of_the_function() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let handler = Handler::new(move |_| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(call > 0, "the first call panics");
            Ok::<_, String>(Value::Null)
        }
    });
    let queue = Queue::start(quick("uploads"), handler, None).unwrap();
    queue.send(json!({}));
    queue.idle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_hangs_is_tried_again() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let handler = Handler::new(move |_| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            if call == 0 {
                std::future::pending::<()>().await;
            }
            Ok::<_, String>(Value::Null)
        }
    });
    let config = QueueConfig { timeout: Duration::from_millis(20), ..quick("uploads") };
    let queue = Queue::start(config, handler, None).unwrap();
    queue.send(json!({}));
    queue.idle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_receives_a_message_is_a_dead_letter_and_can_be_driven_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = QueueConfig { folder: Some(folder.path().to_owned()), ..quick("uploads") };
    let seen = Seen::default();
    let (observer, deliveries) = observed();
    let queue =
        Queue::start(config.clone(), failing(&seen, |body, _| body.contains("poison")), Some(observer)).unwrap();
    queue.send(json!({ "poison": true }));
    queue.send(json!({ "good": true }));
    queue.idle().await;
    assert_eq!(
        *seen.lock().unwrap(),
        BTreeMap::from([("{\"good\":true}".to_owned(), 1), ("{\"poison\":true}".to_owned(), 5)])
    );
    let letters = queue.dead_letters();
    assert_eq!((letters.len(), letters[0].receives, &letters[0].body), (1, 5, &json!({ "poison": true })));
    let given_up = deliveries
        .lock()
        .unwrap()
        .iter()
        .filter(|delivery| matches!(delivery, Delivery::GivenUp { tries: 5, .. }))
        .count();
    assert_eq!(given_up, 1);
    queue.shutdown().await;

    // The letter outlives the process; a function that was mended takes it.
    let seen = Seen::default();
    let queue = Queue::start(config.clone(), failing(&seen, |_, _| false), None).unwrap();
    queue.idle().await;
    assert_eq!((queue.dead_letters().len(), seen.lock().unwrap().len()), (1, 0));
    assert_eq!(queue.redrive(), 1);
    queue.idle().await;
    assert_eq!((queue.dead_letters().len(), seen.lock().unwrap().len()), (0, 1));
    queue.shutdown().await;
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_done_is_delivered_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        QueueConfig { folder: Some(folder.path().to_owned()), backoff: Duration::from_secs(3600), ..quick("uploads") };
    let seen = Seen::default();
    let queue = Queue::start(config.clone(), failing(&seen, |_, _| true), None).unwrap();
    queue.send(json!({ "number": 1 }));
    support::until("the first receive", || seen.lock().unwrap().len() == 1).await;
    queue.shutdown().await;
    assert_eq!(files(folder.path()), 1);

    let seen = Seen::default();
    let first_of_this_start = seen.clone();
    let handler = Handler::new(move |event: Value| {
        for record in event["Records"].as_array().unwrap() {
            assert_eq!(record["attributes"]["ApproximateReceiveCount"], json!("2"));
            first_of_this_start.lock().unwrap().insert(record["body"].as_str().unwrap().to_owned(), 1);
        }
        async { Ok::<_, String>(Value::Null) }
    });
    let queue = Queue::start(config, handler, None).unwrap();
    queue.idle().await;
    assert_eq!(seen.lock().unwrap().keys().collect::<Vec<_>>(), ["{\"number\":1}"]);
    queue.shutdown().await;
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asynchronous_invocation_is_tried_three_times() {
    let (observer, deliveries) = observed();
    let retry_after = [Duration::from_millis(1), Duration::from_millis(2)];
    let handler = Handler::new(|event: Value| async move {
        if event["fails"] == json!(true) { Err("away") } else { Ok(Value::Null) }
    });
    let invoker = Invoker::new("watch-loads", handler, retry_after, Some(observer));
    invoker.invoke(json!({ "fails": true }));
    invoker.idle().await;
    invoker.invoke(json!({ "fails": false }));
    invoker.idle().await;
    let told: Vec<String> = deliveries
        .lock()
        .unwrap()
        .iter()
        .map(|delivery| match delivery {
            Delivery::Failed { target, tries, .. } => format!("{target} failed {tries}"),
            Delivery::GivenUp { tries, body, .. } => format!("given up {tries} {body}"),
            Delivery::Done { tries, .. } => format!("done {tries}"),
            _ => String::new(),
        })
        .collect();
    assert_eq!(told, ["watch-loads failed 1", "watch-loads failed 2", "given up 3 {\"fails\":true}", "done 1"]);
}

fn files(folder: &Path) -> usize {
    walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()).count()
}
