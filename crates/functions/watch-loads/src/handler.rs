use function::queue::{self, Response};
use function::{Metric, Unit};
use loads::LoadOutcome;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::ended::{Task, task};
use crate::error::Error;

/// What was done.
#[derive(Debug, Serialize)]
pub struct Outcomes {
    /// The outcomes that were published, in the order of the statements.
    pub outcomes: Vec<LoadOutcome>,
}

/// Publishes the outcome of the statements that the event names.
///
/// # Errors
/// That an outcome was not published, or the event is not known, unless a queue invoked the function: the response then names the
/// messages to deliver again.
pub async fn handle(context: &Context, event: Value) -> Result<Response<Outcomes>, Error> {
    Ok(match queue::each_event(event, |event| one(context, event)).await? {
        Response::Batch(batch) => Response::Batch(batch),
        Response::Done(outcomes) => Response::Done(Outcomes { outcomes }),
    })
}

async fn one(context: &Context, event: Value) -> Result<Vec<LoadOutcome>, Error> {
    let outcomes = match task(&event)? {
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
