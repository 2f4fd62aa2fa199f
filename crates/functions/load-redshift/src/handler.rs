use loads::Started;
use notifications::{Answer, Upload};
use serde_json::Value;
use telemetry::{Metric, Unit};

use crate::context::Context;
use crate::error::Error;

/// Starts the load of every upload that the event tells of. One bad record never fails another.
pub async fn handle(context: &Context, event: Value) -> Result<Answer, Error> {
    notifications::read(&event).each(|upload| one(context, upload)).await
}

async fn one(context: &Context, upload: Upload) -> Result<String, Error> {
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
