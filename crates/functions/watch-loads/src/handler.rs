use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use loads::LoadOutcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry::{Metric, Unit};

use crate::context::Context;
use crate::ended::{Task, task};
use crate::error::Error;

/// The function's response.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// To a queue: which messages must be delivered again.
    Batch(SqsBatchResponse),
    /// To everybody else: the outcomes that were published.
    Outcomes {
        /// In the order of the statements.
        outcomes: Vec<LoadOutcome>,
    },
}

/// Publishes the outcome of the statements that the event names.
///
/// # Errors
/// That an outcome was not published, or the event is not known, unless a queue invoked the function: the response then names the
/// messages to deliver again.
pub async fn handle(context: &Context, event: Value) -> Result<Response, Error> {
    if event.pointer("/Records/0/eventSource").and_then(Value::as_str) == Some("aws:sqs")
        && let Ok(batch) = SqsEvent::deserialize(&event)
    {
        return Ok(Response::Batch(queue(context, batch).await));
    }
    Ok(Response::Outcomes { outcomes: one(context, &event).await? })
}

async fn queue(context: &Context, batch: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let event = serde_json::from_str(message.body.as_deref().unwrap_or_default()).unwrap_or(Value::Null);
        if let Err(error) = one(context, &event).await {
            let id = message.message_id.unwrap_or_default();
            tracing::error!(message.id = id, error = telemetry::chain(&error), "kept for another delivery");
            response.add_failure(id);
        }
    }
    response
}

async fn one(context: &Context, event: &Value) -> Result<Vec<LoadOutcome>, Error> {
    let outcomes = match task(event)? {
        Task::Reconcile => loads::reconcile(&context.services).await.map_err(Error::Reconcile)?,
        Task::Finish { id, name } => loads::finish(&context.services, &id, &name)
            .await
            .map_err(|source| Error::Finish { statement: id, source })?
            .into_iter()
            .collect(),
    };
    for outcome in &outcomes {
        measure(context, outcome);
    }
    Ok(outcomes)
}

fn measure(context: &Context, outcome: &LoadOutcome) {
    let count = |name, value| Metric { name, unit: Unit::Count, value };
    let mut metrics = vec![count("Loads", 1.0)];
    // A count of rows above 2^53 would lose its last digits.
    #[allow(clippy::cast_precision_loss)]
    metrics.extend(outcome.rows.map(|rows| count("RowsLoaded", rows as f64)));
    #[allow(clippy::cast_precision_loss)]
    let duration =
        outcome.duration_ms.map(|ms| Metric { name: "Duration", unit: Unit::Milliseconds, value: ms as f64 });
    metrics.extend(duration);
    context.metrics.put(&[("Dataset", &outcome.dataset), ("Outcome", outcome.outcome.as_str())], &metrics);
}
