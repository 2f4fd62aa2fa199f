use function::queue::{self, Response, Uploads};
use function::{Metric, Unit};
use loads::Started;
use notifications::NotifiedObject;
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;

/// Starts the load of every new object that the event names. One bad record never fails another.
///
/// # Errors
/// The first load that was not started, or record that was not read, unless a queue invoked the function: the response then names the
/// messages to deliver again.
pub async fn handle(context: &Context, event: Value) -> Result<Response<Uploads>, Error> {
    queue::each_object(&event, |notified| one(context, notified)).await
}

async fn one(context: &Context, notified: NotifiedObject) -> Result<String, Error> {
    let url = notified.url();
    let started = loads::start(&context.services, notified, false).await.map_err(Error::Load)?;
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
