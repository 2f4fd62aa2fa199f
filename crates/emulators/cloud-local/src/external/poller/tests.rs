use std::sync::{Mutex, MutexGuard};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use local_server::{Callers, Guard, HttpServer};
use tokio::sync::Notify;

use super::*;
use crate::clients;

/// A queue that answers as SQS does, but for time: what is made visible again is so at once.
#[derive(Default)]
struct Sqs {
    messages: Mutex<Vec<Kept>>,
    /// Which visibility each message was given, in seconds.
    waits: Mutex<Vec<(String, u64)>>,
    changed: Notify,
}

struct Kept {
    body: String,
    receives: u32,
    is_visible: bool,
}

impl Sqs {
    fn messages(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.messages.lock().unwrap()
    }

    fn receive(&self, most: u64) -> Vec<Value> {
        let mut messages = self.messages();
        let visible = messages.iter_mut().filter(|message| message.is_visible).take(usize::try_from(most).unwrap());
        visible
            .map(|message| {
                message.is_visible = false;
                message.receives += 1;
                json!({ "MessageId": message.body, "ReceiptHandle": message.body, "Body": message.body,
                    "Attributes": { "ApproximateReceiveCount": message.receives.to_string() } })
            })
            .collect()
    }

    fn change(&self, handle: &str, seconds: u64) {
        self.waits.lock().unwrap().push((handle.to_owned(), seconds));
        for message in self.messages().iter_mut().filter(|message| message.body == handle) {
            message.is_visible = message.receives < MAX_RECEIVES;
        }
        self.changed.notify_one();
    }

    fn delete(&self, handle: &str) {
        self.messages().retain(|message| message.body != handle);
    }
}

async fn answer(State(sqs): State<Arc<Sqs>>, headers: HeaderMap, body: String) -> String {
    let request: Value = serde_json::from_str(&body).unwrap();
    let entries = || request["Entries"].as_array().cloned().unwrap_or_default();
    match headers["x-amz-target"].to_str().unwrap() {
        "AmazonSQS.ReceiveMessage" => loop {
            let messages = sqs.receive(request["MaxNumberOfMessages"].as_u64().unwrap());
            if !messages.is_empty() {
                return json!({ "Messages": messages }).to_string();
            }
            sqs.changed.notified().await;
        },
        "AmazonSQS.DeleteMessageBatch" => {
            entries().iter().for_each(|entry| sqs.delete(entry["ReceiptHandle"].as_str().unwrap()));
        }
        "AmazonSQS.ChangeMessageVisibilityBatch" => entries().iter().for_each(|entry| {
            sqs.change(entry["ReceiptHandle"].as_str().unwrap(), entry["VisibilityTimeout"].as_u64().unwrap());
        }),
        other => assert_eq!(other, "an operation that a poller calls"),
    }
    json!({ "Successful": [], "Failed": [] }).to_string()
}

/// Runs the handler over these messages until each has ended; what became of them, and the queue.
async fn run(bodies: &[&str], batch_size: i32, handler: Handler) -> (Vec<Delivery>, Arc<Sqs>) {
    let sqs = Arc::new(Sqs::default());
    *sqs.messages() =
        bodies.iter().map(|body| Kept { body: (*body).to_owned(), receives: 0, is_visible: true }).collect();
    let router = Router::new().fallback(post(answer)).with_state(Arc::clone(&sqs));
    let server = HttpServer::start("a queue", 0, router, Guard::new(Callers::Clients)).await.unwrap();
    let client = clients::sqs(&clients::sdk_config("us-east-1"), &server.endpoint());
    let config = PollerConfig {
        name: "uploads".to_owned(),
        url: format!("{}/uploads", server.endpoint()),
        arn: "arn:aws:sqs:us-east-1:000000000000:uploads".to_owned(),
        region: "us-east-1".to_owned(),
        batch_size,
    };
    let (sender, mut reports) = tokio::sync::mpsc::unbounded_channel();
    let poller = Poller::start(config, client, handler, Arc::new(move |delivery| drop(sender.send(delivery))));
    let (mut deliveries, mut ended) = (Vec::new(), 0);
    while ended < bodies.len() {
        let delivery = reports.recv().await.unwrap();
        ended += usize::from(!matches!(delivery, Delivery::Failed { .. }));
        deliveries.push(delivery);
    }
    poller.shutdown().await;
    (deliveries, sqs)
}

/// A function that reports the messages whose body begins with `odd`, until their receive of this number.
fn failing_before(receive: u64) -> Handler {
    Handler::new(move |event: Value| {
        let records = event["Records"].as_array().unwrap().clone();
        let failed = records.iter().filter(|record| {
            let receives: u64 = record["attributes"]["ApproximateReceiveCount"].as_str().unwrap().parse().unwrap();
            record["body"].as_str().unwrap().starts_with("odd") && receives < receive
        });
        let items: Vec<Value> = failed.map(|record| json!({ "itemIdentifier": record["messageId"] })).collect();
        std::future::ready(Ok::<_, String>(json!({ "batchItemFailures": items })))
    })
}

#[tokio::test]
async fn only_what_failed_comes_again_after_waits_that_double() {
    let (deliveries, sqs) = run(&["even-0", "odd-1", "even-2"], 10, failing_before(4)).await;
    let done: Vec<(String, u32)> = deliveries
        .into_iter()
        .filter_map(|delivery| match delivery {
            Delivery::Done { id, tries, .. } => Some((id, tries)),
            _ => None,
        })
        .collect();
    assert_eq!(done, [("even-0".to_owned(), 1), ("even-2".to_owned(), 1), ("odd-1".to_owned(), 4)]);
    assert_eq!(*sqs.waits.lock().unwrap(), [1, 2, 4].map(|seconds| ("odd-1".to_owned(), seconds)));
    assert!(sqs.messages().is_empty());
}

#[tokio::test]
async fn the_fifth_failure_is_the_last() {
    let (deliveries, sqs) = run(&["odd"], 10, failing_before(u64::MAX)).await;
    let last = deliveries.last().unwrap();
    assert!(matches!(last, Delivery::GivenUp { tries: 5, body, .. } if *body == json!("odd")), "{last:?}");
    assert_eq!(*sqs.waits.lock().unwrap(), [1, 2, 4, 8, 0].map(|seconds| ("odd".to_owned(), seconds)));
    assert_eq!(sqs.messages().len(), 1, "it is the queue that moves it to the dead letters");
}

#[tokio::test]
async fn an_error_fails_the_whole_batch_and_batches_have_their_size() {
    let sizes: Arc<Mutex<Vec<usize>>> = Arc::default();
    let seen = Arc::clone(&sizes);
    let handler = Handler::new(move |event: Value| {
        let records = event["Records"].as_array().unwrap();
        seen.lock().unwrap().push(records.len());
        let is_first = records.iter().any(|record| record["attributes"]["ApproximateReceiveCount"] == json!("1"));
        std::future::ready(if is_first { Err("thrown") } else { Ok(Value::Null) })
    });
    let (deliveries, sqs) = run(&["a", "b", "c"], 2, handler).await;
    let failed =
        deliveries.iter().filter(|delivery| matches!(delivery, Delivery::Failed { error, .. } if error == "thrown"));
    assert_eq!(failed.count(), 3);
    assert!(sizes.lock().unwrap().iter().all(|size| *size <= 2));
    assert!(sqs.messages().is_empty());
}
