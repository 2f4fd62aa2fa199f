use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use redshift::ledger;

use crate::error::Error;
use crate::outcome::{LoadOutcome, OutcomeKind};
use crate::services::Services;

/// The `source` of our events.
const SOURCE: &str = "landfall";

/// The `detail-type` of a load's outcome.
const DETAIL_TYPE: &str = "Load Outcome";

/// Publishes an outcome, within its bounds: on the event bus, in the ledger if the load failed, and last in the lake, which marks the attempt
/// as done.
///
/// In this order a crash repeats a message; the other way round it would lose one.
pub(crate) async fn publish(services: &Services, outcome: LoadOutcome) -> Result<LoadOutcome, Error> {
    let outcome = outcome.bounded();
    put_event(services, &outcome).await?;
    if outcome.needs_attention() && !outcome.dataset.is_empty() {
        record_failure(services, &outcome).await?;
    }
    services.store.put_outcome(&outcome).await?;
    log(&outcome);
    Ok(outcome)
}

async fn put_event(services: &Services, outcome: &LoadOutcome) -> Result<(), Error> {
    let failed = |cause: String| Error::Publish { url: outcome.upload.url(), bus: services.bus.clone(), cause };
    let detail = serde_json::to_string(outcome).unwrap_or_default();
    let entry = PutEventsRequestEntry::builder()
        .source(SOURCE)
        .detail_type(DETAIL_TYPE)
        .event_bus_name(&services.bus)
        .detail(detail)
        .build();
    let answer = services.events.put_events().entries(entry).send().await.map_err(|e| failed(causes::service(&e)))?;
    if answer.failed_entry_count() > 0 {
        let entry = answer.entries().first();
        let code = entry.and_then(|e| e.error_code()).unwrap_or("no code");
        let message = entry.and_then(|e| e.error_message()).unwrap_or("no message");
        return Err(failed(format!("{code}: {message}")));
    }
    Ok(())
}

/// The transaction runs by itself; its own failure is seen in the warehouse, and the event and the lake have the outcome.
async fn record_failure(services: &Services, outcome: &LoadOutcome) -> Result<(), Error> {
    let details = serde_json::to_string(outcome).unwrap_or_default();
    let failure = ledger::Failure {
        dataset: &outcome.dataset,
        upload: &outcome.upload,
        attempt: outcome.attempt,
        outcome: outcome.outcome.as_str(),
        reason: &outcome.reason,
        details: &details,
    };
    let name = format!("landfall/failure/{}/{}/{}", outcome.dataset, outcome.load_id, outcome.attempt);
    services
        .warehouse
        .transaction(&ledger::record_failure(&failure), &name)
        .await
        .map_err(|source| Error::Submit { url: outcome.upload.url(), source: Box::new(source) })?;
    Ok(())
}

fn log(outcome: &LoadOutcome) {
    let fields = (outcome.dataset.as_str(), outcome.load_id.as_str(), outcome.upload.url());
    match outcome.outcome {
        OutcomeKind::Loaded => tracing::info!(
            load.dataset = fields.0,
            load.id = fields.1,
            load.url = fields.2,
            load.attempt = outcome.attempt,
            load.rows = outcome.rows,
            load.duration_ms = outcome.duration_ms,
            "loaded"
        ),
        OutcomeKind::Duplicate | OutcomeKind::Superseded => tracing::info!(
            load.dataset = fields.0,
            load.id = fields.1,
            load.url = fields.2,
            load.outcome = outcome.outcome.as_str(),
            "nothing to load"
        ),
        _ => tracing::warn!(
            load.dataset = fields.0,
            load.id = fields.1,
            load.url = fields.2,
            load.attempt = outcome.attempt,
            load.outcome = outcome.outcome.as_str(),
            // The reason may hold a value of the file: it is in the outcome, and not in the log.
            "not loaded: the outcome says why"
        ),
    }
}
