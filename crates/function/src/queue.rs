//! The messages of an event, of which each fails alone.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use notifications::{Envelope, Ignored, Notice, NoticeError, NotifiedObject};
use serde::{Deserialize as _, Serialize};
use serde_json::Value;

/// The response of a function that handles messages.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response<T> {
    /// To a queue: which messages must be delivered again.
    Batch(SqsBatchResponse),
    /// To everybody else: what was done.
    Done(T),
}

/// What was done, object by object.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Uploads {
    /// One line per record.
    pub uploads: Vec<String>,
}

/// Which messages failed.
///
/// Lambda developer guide, "Reporting batch item failures": an empty list is full success, an unknown id fails the whole batch.
#[derive(Debug)]
pub struct Failures<E> {
    envelope: Envelope,
    messages: BTreeSet<String>,
    /// Whether a message failed that cannot be named in the response.
    has_unnamed: bool,
    first: Option<E>,
}

impl<E: std::error::Error + 'static> Failures<E> {
    /// Those of an event in this envelope.
    pub fn of(envelope: Envelope) -> Self {
        Self { envelope, messages: BTreeSet::new(), has_unnamed: false, first: None }
    }

    /// Logs why a message failed, and asks for it again.
    pub fn add(&mut self, message: Option<&str>, error: E) {
        tracing::error!(message.id = message, error = causes::chain(&error), "the message will be delivered again");
        match message {
            Some(id) => _ = self.messages.insert(id.to_owned()),
            None => self.has_unnamed = true,
        }
        self.first.get_or_insert(error);
    }

    /// The function's response.
    ///
    /// # Errors
    /// The first failure, unless a queue invoked the function and every message that failed has an id. Then the whole event is delivered
    /// again.
    pub fn response<T>(self, done: T) -> Result<Response<T>, E> {
        match self.first {
            Some(error) if self.envelope != Envelope::Sqs || self.has_unnamed => Err(error),
            _ if self.envelope == Envelope::Sqs => {
                let mut batch = SqsBatchResponse::default();
                batch.set_failures(self.messages);
                Ok(Response::Batch(batch))
            }
            _ => Ok(Response::Done(done)),
        }
    }
}

/// Does `one` for every new object of an event, one after another; it returns a line that describes what was done. A bad record never fails
/// another. All records of a message are tried, because it is delivered again as a whole, and a record that is done twice is harmless.
///
/// # Errors
/// As [`Failures::response`].
pub async fn each_object<E, F>(event: &Value, mut one: impl FnMut(NotifiedObject) -> F) -> Result<Response<Uploads>, E>
where
    E: From<NoticeError> + std::error::Error + 'static,
    F: Future<Output = Result<String, E>>,
{
    let received = notifications::read(event);
    let mut failures = Failures::of(received.envelope);
    let mut done = Uploads::default();
    for delivery in received.deliveries {
        for notice in delivery.notices {
            let line = match notice {
                Ok(Notice::Created(notified)) => one(notified).await,
                Ok(Notice::Ignored(event)) => Ok(ignored(&event)),
                Err(error) => Err(error.into()),
            };
            match line {
                Ok(line) => done.uploads.push(line),
                Err(error) => failures.add(delivery.message_id.as_deref(), error),
            }
        }
    }
    failures.response(done)
}

/// Logs an event that is no new object, and describes it in a line.
pub fn ignored(ignored: &Ignored) -> String {
    tracing::info!(event.name = ignored.event, event.subject = ignored.subject, "no new object: ignored");
    format!("ignored {} of {}", ignored.event, ignored.subject)
}

/// Does `one` for the event in each message of a queue, or for the event itself; what it returns is collected. A bad message never fails
/// another.
///
/// # Errors
/// As [`Failures::response`].
pub async fn each_event<T, E, F>(event: Value, mut one: impl FnMut(Value) -> F) -> Result<Response<Vec<T>>, E>
where
    E: std::error::Error + 'static,
    F: Future<Output = Result<Vec<T>, E>>,
{
    let is_queue = event.pointer("/Records/0/eventSource").and_then(Value::as_str) == Some("aws:sqs");
    let Some(batch) = is_queue.then(|| SqsEvent::deserialize(&event).ok()).flatten() else {
        return Ok(Response::Done(one(event).await?));
    };
    let mut failures = Failures::of(Envelope::Sqs);
    for message in batch.records {
        // What is no JSON is no event that is known: `one` refuses it.
        let event = serde_json::from_str(message.body.as_deref().unwrap_or_default()).unwrap_or(Value::Null);
        if let Err(error) = one(event).await {
            failures.add(message.message_id.as_deref(), error);
        }
    }
    failures.response(Vec::new())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("the event was not read")]
        Notice(#[from] NoticeError),
        #[error("{0} failed")]
        Key(String),
    }

    fn message(id: &str, bodies: &[Value]) -> Value {
        json!({ "messageId": id, "eventSource": "aws:sqs", "body": json!({ "Records": bodies }).to_string() })
    }

    fn created(key: &str) -> Value {
        let s3 = json!({ "bucket": { "name": "landing" }, "object": { "key": key } });
        json!({ "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": s3 })
    }

    /// The answer as JSON, and the keys that were tried. What begins with `bad` fails.
    async fn answered(event: Value) -> (String, Vec<String>) {
        let tried = std::sync::Mutex::new(Vec::new());
        let one = async |notified: NotifiedObject| {
            let key = notified.key.as_str().to_owned();
            tried.lock().unwrap().push(key.clone());
            if key.starts_with("bad") { Err(Failure::Key(key)) } else { Ok(format!("did {key}")) }
        };
        let answer = each_object(&event, one).await;
        let text = answer.map_or_else(|error| error.to_string(), |answer| serde_json::to_string(&answer).unwrap());
        (text, tried.into_inner().unwrap())
    }

    #[tokio::test]
    async fn each_message_of_a_queue_fails_alone() {
        let messages = [
            message("1", &[created("a"), created("bad b"), created("c"), created("bad d")]),
            message("2", &[created("e")]),
            message("3", &[json!({ "no": "record" }), created("f")]),
        ];
        let (answer, tried) = answered(json!({ "Records": messages })).await;
        assert_eq!(answer, r#"{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"3"}]}"#);
        assert_eq!(tried, ["a", "bad b", "c", "bad d", "e", "f"]);
        let (answer, _) = answered(json!({ "Records": [message("1", &[created("a")])] })).await;
        assert_eq!(answer, r#"{"batchItemFailures":[]}"#);
    }

    #[tokio::test]
    async fn a_message_without_an_id_fails_the_batch() {
        let mut nameless = message("", &[created("bad b")]);
        nameless.as_object_mut().unwrap().remove("messageId");
        let (answer, _) = answered(json!({ "Records": [message("1", &[created("bad a")]), nameless] })).await;
        assert_eq!(answer, "bad a failed");
    }

    #[tokio::test]
    async fn others_get_lines_or_the_first_failure() {
        let (answer, _) = answered(json!({ "Records": [created("a"), created("b")] })).await;
        assert_eq!(answer, r#"{"uploads":["did a","did b"]}"#);
        let (answer, tried) = answered(json!({ "Records": [created("a"), created("bad b"), created("c")] })).await;
        assert_eq!((answer.as_str(), tried.len()), ("bad b failed", 3));
    }

    #[tokio::test]
    async fn events_come_alone_or_in_messages() {
        let one = async |event: Value| match event.as_u64() {
            Some(number) => Ok(vec![number]),
            None => Err(Failure::Key(event.to_string())),
        };
        let text = async |event: Value| match each_event(event, one).await {
            Ok(answer) => serde_json::to_string(&answer).unwrap(),
            Err(error) => error.to_string(),
        };
        assert_eq!(text(json!(7)).await, "[7]");
        assert_eq!(text(json!({ "x": 1 })).await, r#"{"x":1} failed"#);
        let message = |id: &str, body: &str| json!({ "messageId": id, "eventSource": "aws:sqs", "body": body });
        let messages = [message("1", "7"), message("2", "no JSON"), message("3", "8")];
        assert_eq!(text(json!({ "Records": messages })).await, r#"{"batchItemFailures":[{"itemIdentifier":"2"}]}"#);
    }
}
