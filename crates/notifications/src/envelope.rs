use aws_lambda_events::sns::SnsEvent;
use aws_lambda_events::sqs::SqsEvent;
use serde::Deserialize;
use serde_json::Value;

use crate::NotifiedObject;
use crate::record::{NoticeError, bus_event, manual, s3_record};

/// What an invocation received.
#[derive(Debug)]
pub struct Received {
    /// The outermost envelope.
    pub envelope: Envelope,
    /// One per message of a queue; exactly one for the other envelopes.
    pub deliveries: Vec<Delivery>,
}

/// The outermost envelope of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// S3 invoked the function.
    S3,
    /// A queue's batch: a message that failed is reported by its id.
    Sqs,
    /// SNS invoked the function.
    Sns,
    /// EventBridge invoked the function.
    EventBridge,
    /// A person, or a test.
    Manual,
}

/// What succeeds or is retried as a whole.
#[derive(Debug)]
pub struct Delivery {
    /// The queue's message id, for the batch response.
    pub message_id: Option<String>,
    /// What the message holds, record by record.
    pub notices: Vec<Result<Notice, NoticeError>>,
}

/// What one record says.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    /// A new object.
    Created(NotifiedObject),
    /// Something else, which is not an error.
    Ignored(Ignored),
}

/// An event that is no new object.
#[derive(Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The event's name, for instance `ObjectRemoved:Delete` or `s3:TestEvent`.
    pub event: String,
    /// What it is about.
    pub subject: String,
}

/// Reads an invocation's event. A record that cannot be read carries its error; it never hides another.
pub fn read(event: &Value) -> Received {
    if is_queue(event) {
        return queue(event);
    }
    let (envelope, notices) = message(event);
    Received { envelope, deliveries: vec![Delivery { message_id: None, notices }] }
}

fn is_queue(event: &Value) -> bool {
    event.pointer("/Records/0/eventSource").and_then(Value::as_str) == Some("aws:sqs")
}

fn queue(event: &Value) -> Received {
    let envelope = Envelope::Sqs;
    let deliveries = match SqsEvent::deserialize(event) {
        Ok(batch) => batch
            .records
            .into_iter()
            .map(|m| Delivery { message_id: m.message_id, notices: nested(0, m.body.as_deref(), "the message body") })
            .collect(),
        Err(source) => {
            let error = NoticeError::Form { position: 0, form: "an SQS batch", source };
            vec![Delivery { message_id: None, notices: vec![Err(error)] }]
        }
    };
    Received { envelope, deliveries }
}

/// JSON in a text: a queue's message body or a topic's message.
fn nested(position: usize, text: Option<&str>, part: &'static str) -> Vec<Result<Notice, NoticeError>> {
    match serde_json::from_str::<Value>(text.unwrap_or_default()) {
        Ok(value) => message(&value).1,
        Err(source) => vec![Err(NoticeError::NoJson { position, part, source })],
    }
}

fn message(event: &Value) -> (Envelope, Vec<Result<Notice, NoticeError>>) {
    let has = |name: &str| event.get(name).is_some();
    if event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return (Envelope::S3, vec![Ok(Notice::Ignored(test_event(event)))]);
    }
    if let Some(records) = event.get("Records").and_then(Value::as_array) {
        return records_of(event, records);
    }
    if event.get("Type").and_then(Value::as_str) == Some("Notification") && has("Message") {
        let text = event.get("Message").and_then(Value::as_str);
        return (Envelope::Sns, nested(0, text, "the notification's Message"));
    }
    if has("detail-type") {
        return (Envelope::EventBridge, vec![bus_event(0, event)]);
    }
    if has("bucket") || has("key") {
        return (Envelope::Manual, vec![manual(0, event)]);
    }
    (Envelope::Manual, vec![Err(unknown(0, event))])
}

fn records_of(event: &Value, records: &[Value]) -> (Envelope, Vec<Result<Notice, NoticeError>>) {
    if records.first().is_some_and(|r| r.get("Sns").is_some()) {
        let notices = match SnsEvent::deserialize(event) {
            Ok(topic) => topic
                .records
                .iter()
                .enumerate()
                .flat_map(|(position, r)| nested(position, Some(&r.sns.message), "the notification's Message"))
                .collect(),
            Err(source) => vec![Err(NoticeError::Form { position: 0, form: "an SNS event", source })],
        };
        return (Envelope::Sns, notices);
    }
    let notices = records
        .iter()
        .enumerate()
        .map(|(position, record)| match record.get("s3") {
            Some(_) => s3_record(position, record),
            None => Err(unknown(position, record)),
        })
        .collect();
    (Envelope::S3, notices)
}

fn test_event(event: &Value) -> Ignored {
    let bucket = event.get("Bucket").and_then(Value::as_str).unwrap_or("a bucket without a name");
    Ignored { event: "s3:TestEvent".to_owned(), subject: bucket.to_owned() }
}

fn unknown(position: usize, event: &Value) -> NoticeError {
    let found = match event {
        Value::Object(fields) if fields.is_empty() => "no fields".to_owned(),
        Value::Object(fields) => {
            format!("the fields {}", fields.keys().take(8).map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        Value::Array(_) => "an array".to_owned(),
        Value::Null => "null".to_owned(),
        _ => "a bare value".to_owned(),
    };
    NoticeError::Unknown { position, found }
}
