use loads::Started;
use notifications::{Delivery, Notice, Received, SqsBatchResponse};
use serde::Serialize;
use serde_json::Value;
use telemetry::{Metric, Unit};

use crate::context::Context;
use crate::error::Error;

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To a queue: which messages must be delivered again.
    Batch(SqsBatchResponse),
    /// To everybody else: what was done, upload by upload.
    Uploads {
        /// One line per record.
        uploads: Vec<String>,
    },
}

/// Starts the load of every upload that the event tells of. One bad record never fails another.
pub async fn handle(context: &Context, event: Value) -> Result<Answer, Error> {
    let received = notifications::read(&event);
    let mut failed = Vec::new();
    let mut uploads = Vec::new();
    for delivery in received.deliveries {
        let message_id = delivery.message_id.clone();
        match (deliver(context, delivery).await, message_id) {
            (Ok(done), _) => uploads.extend(done),
            (Err(error), Some(message_id)) => {
                tracing::error!(message.id = message_id, error = telemetry::chain(&error), "kept for another delivery");
                failed.push(message_id);
            }
            (Err(error), None) => return Err(error),
        }
    }
    Ok(match received.envelope {
        notifications::Envelope::Sqs => Answer::Batch(Received::response(failed)),
        _ => Answer::Uploads { uploads },
    })
}

/// All records of one message. Every one is tried before the first error is returned, because the message is delivered
/// again as a whole, and starting a load twice is harmless.
async fn deliver(context: &Context, delivery: Delivery) -> Result<Vec<String>, Error> {
    let mut done = Vec::new();
    let mut first_error = None;
    for notice in delivery.notices {
        match one(context, notice).await {
            Ok(line) => done.push(line),
            Err(error) => _ = first_error.get_or_insert(error),
        }
    }
    first_error.map_or(Ok(done), Err)
}

async fn one(context: &Context, notice: Result<Notice, notifications::NoticeError>) -> Result<String, Error> {
    let upload = match notice.map_err(Error::Notice)? {
        Notice::Upload(upload) => upload,
        Notice::Ignored(ignored) => {
            tracing::info!(event.name = ignored.event, event.subject = ignored.subject, "no new object: ignored");
            return Ok(format!("ignored {} of {}", ignored.event, ignored.subject));
        }
    };
    let url = upload.url();
    let started = loads::start(&context.services, upload, false).await.map_err(Error::Load)?;
    let (word, dataset) = match &started {
        Started::Submitted { record, .. } => ("submitted", record.dataset.as_str()),
        Started::Settled(outcome) => ("settled", outcome.dataset.as_str()),
        Started::Refused(outcome) => ("refused", outcome.dataset.as_str()),
    };
    let count = |name| Metric { name, unit: Unit::Count, value: 1.0 };
    match &started {
        Started::Submitted { .. } => context.metrics.put(&[("Dataset", dataset)], &[count("LoadsSubmitted")]),
        Started::Refused(_) => context.metrics.put(&[("Dataset", dataset)], &[count("UploadsRefused")]),
        Started::Settled(_) => {}
    }
    Ok(match started {
        Started::Submitted { statement_id, .. } => format!("{word} {url} as {statement_id}"),
        Started::Settled(outcome) | Started::Refused(outcome) => format!("{word} {url}: {outcome}"),
    })
}
