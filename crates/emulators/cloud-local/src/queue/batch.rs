//! A batch as Lambda hands it to a function, and the function's answer.
//!
//! Rules: "Using Lambda with Amazon SQS" in the AWS Lambda developer guide.

use std::collections::HashSet;

use local_server::ACCOUNT;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::message::Message;

/// The event of a batch of messages.
pub(super) fn event(queue: &str, region: &str, messages: &[Message]) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|message| {
            let body = message.body.to_string();
            json!({
                "messageId": message.id,
                "receiptHandle": format!("{}-{}", message.id, message.receives),
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": message.receives.to_string(),
                    "SentTimestamp": message.sent.timestamp_millis().to_string(),
                    "SenderId": ACCOUNT,
                    "ApproximateFirstReceiveTimestamp": message.first_received.unwrap_or(message.sent).timestamp_millis().to_string(),
                },
                "messageAttributes": {},
                "md5OfBody": md5(body.as_bytes()),
                "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:{region}:{ACCOUNT}:{queue}"),
                "awsRegion": region,
            })
        })
        .collect();
    json!({ "Records": records })
}

/// Which messages of the batch failed, each with the reason.
///
/// No answer, or no list, or an empty one means that all is done. A list that is not one, or names what is not in the batch, fails the
/// whole batch, as an error does.
pub(crate) fn failures(ids: &[&str], answer: Result<Value, String>) -> Vec<(String, String)> {
    let whole = |reason: &str| ids.iter().map(|id| ((*id).to_owned(), reason.to_owned())).collect();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return whole(&error),
    };
    let list = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => return whole("batchItemFailures is not a list"),
    };
    let known: HashSet<&str> = ids.iter().copied().collect();
    let mut failed = Vec::new();
    for item in list {
        match item.get("itemIdentifier").and_then(Value::as_str) {
            Some(id) if known.contains(id) => {
                failed.push((id.to_owned(), "the function reported this message as failed".to_owned()))
            }
            other => return whole(&format!("batchItemFailures names {other:?}, which is not in the batch")),
        }
    }
    failed
}

fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_lambda_reads_them() {
        let check = |answer: Result<Value, String>, expected: &str| {
            let failed: Vec<String> = failures(&["a", "b", "c"], answer).into_iter().map(|(id, _)| id).collect();
            assert_eq!(failed.join(" "), expected);
        };
        let list = |ids: &[Value]| {
            let items: Vec<Value> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
            Ok(json!({ "batchItemFailures": items }))
        };
        check(Ok(Value::Null), "");
        check(Ok(json!({})), "");
        check(Ok(json!("anything")), "");
        check(Ok(json!({ "batchItemFailures": null })), "");
        check(list(&[]), "");
        check(list(&[json!("b")]), "b");
        check(list(&[json!("c"), json!("a")]), "c a");
        check(list(&[json!("b"), json!("unknown")]), "a b c");
        check(list(&[json!("")]), "a b c");
        check(list(&[Value::Null]), "a b c");
        check(Ok(json!({ "batchItemFailures": [{ "id": "b" }] })), "a b c");
        check(Ok(json!({ "batchItemFailures": "b" })), "a b c");
        check(Err("thrown".into()), "a b c");
    }

    #[test]
    fn a_batch_has_the_shape_of_an_sqs_event() {
        let message = Message { id: "m-1".into(), receives: 2, ..Message::new(json!({ "Records": [] })) };
        let record = event("uploads", "eu-west-1", std::slice::from_ref(&message))["Records"][0].clone();
        assert_eq!(record["body"], json!("{\"Records\":[]}"));
        assert_eq!(record["attributes"]["ApproximateReceiveCount"], json!("2"));
        assert_eq!(record["eventSourceARN"], json!("arn:aws:sqs:eu-west-1:123456789012:uploads"));
        // `printf '{"Records":[]}' | md5sum`
        assert_eq!(record["md5OfBody"], json!("4166b95044745e0c1033678bdad8d7de"));
    }
}
