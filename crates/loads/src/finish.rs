use std::time::Duration;

use record_format::RecordFormat;
use redshift::outcome::{BatchOutcome, classify};
use redshift::{Description, StatementName, ledger};

use crate::bad_lines::bad_lines;
use crate::error::{Error, ask};
use crate::outcome::{LoadOutcome, OutcomeKind};
use crate::publish::publish;
use crate::remedy;
use crate::retry::{Obstacle, obstructed, overwritten, was_overwritten};
use crate::services::Services;
use crate::store::LoadRecord;

/// How long the warehouse may take to answer a question about a load that has ended.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// Publishes the outcome of a batch, and submits its load again where that helps.
///
/// `None` where nothing was to be done: a statement of others, a batch that still runs, or an outcome that was published
/// before.
///
/// # Errors
/// That a service failed: nothing is marked as done, and the same event may succeed later.
pub async fn finish(services: &Services, statement_id: &str, name: &str) -> Result<Option<LoadOutcome>, Error> {
    let Some(name) = StatementName::parse(name).filter(|name| name.is_of(services.store.bucket())) else {
        return Ok(None);
    };
    let Some(record) = services.store.record(&name.dataset, &name.load, name.attempt).await? else {
        tracing::warn!(statement.id = statement_id, statement.name = %name, "a batch of ours without its record in the lake");
        return Ok(None);
    };
    if services.store.outcome(&name.dataset, &name.load, name.attempt).await?.is_some() {
        return Ok(None);
    }
    let batch = ask(services.warehouse.describe(statement_id).await, statement_id)?;
    let ended = classify(&record.plan.steps, &batch);
    let says_something_of_the_file =
        matches!(ended, BatchOutcome::Loaded { .. } | BatchOutcome::Unreadable { .. } | BatchOutcome::Rejected { .. });
    if says_something_of_the_file && !record.exact && was_overwritten(services, &record, &batch).await? {
        return overwritten(services, &record, &batch, &ended).await.map(Some);
    }
    let outcome = match ended {
        BatchOutcome::Running => return Ok(None),
        BatchOutcome::Conflict { message } => {
            return obstructed(services, &record, &batch, Obstacle::Conflict(message)).await.map(Some);
        }
        BatchOutcome::Interrupted { message } => {
            return obstructed(services, &record, &batch, Obstacle::Interruption(message)).await.map(Some);
        }
        BatchOutcome::Unreadable { message } => unreadable(services, &record, &batch, message).await?,
        BatchOutcome::Duplicate => duplicate(services, &record, &batch).await?,
        other => describe(&record, &batch, other),
    };
    publish(services, outcome).await.map(Some)
}

/// The ledger has this upload. If no attempt at it has an outcome that says so, the one who should have published it ended before: then this
/// is the report of the load.
async fn duplicate(services: &Services, record: &LoadRecord, batch: &Description) -> Result<LoadOutcome, Error> {
    let id = record.upload.id();
    let asked = services.warehouse.query(&ledger::loaded(&record.upload), "landfall/loaded", ANSWER_LIMIT).await;
    let found = ask(asked, id.as_str())?;
    let number = |at: usize| found.rows.first().and_then(|row| row.get(at)).and_then(serde_json::Value::as_u64);
    let attempt = number(0).and_then(|number| u32::try_from(number).ok());
    let is_reported = match attempt {
        Some(attempt) => services.store.outcome(&record.dataset, &id, attempt).await?.is_some(),
        None => true,
    };
    if is_reported {
        return Ok(base(record, batch, OutcomeKind::Duplicate, "this upload was loaded before".to_owned()));
    }
    Ok(LoadOutcome { rows: number(1), ..base(record, batch, OutcomeKind::Loaded, String::new()) })
}

async fn unreadable(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
    message: String,
) -> Result<LoadOutcome, Error> {
    let lines = bad_lines(services, record, batch).await?;
    let reason = match lines.first() {
        Some(first) => format!("COPY could not read the file: {}", first.reason),
        None => format!("COPY could not read the file: {}", one_line(&message)),
    };
    let mut outcome = base(record, batch, OutcomeKind::Unreadable, reason);
    outcome.remedy = Some(if lines.is_empty() {
        format!("{}; the table keeps its rows", remedy::for_copy(&message))
    } else {
        remedy::UPLOAD_AGAIN.to_owned()
    });
    outcome.lines = lines;
    Ok(outcome)
}

fn describe(record: &LoadRecord, batch: &Description, outcome: BatchOutcome) -> LoadOutcome {
    match outcome {
        BatchOutcome::Duplicate => {
            base(record, batch, OutcomeKind::Duplicate, "this upload was loaded before".to_owned())
        }
        BatchOutcome::Superseded => {
            base(record, batch, OutcomeKind::Superseded, "a newer upload was loaded before".to_owned())
        }
        BatchOutcome::Cancelled => {
            let mut outcome = base(record, batch, OutcomeKind::Cancelled, "somebody cancelled the load".to_owned());
            outcome.remedy = Some("upload the file again to load it; the table keeps its rows".to_owned());
            outcome
        }
        BatchOutcome::Rejected { check, observed } => {
            let seen = observed.as_deref().map_or_else(String::new, |text| format!(": it found {text}"));
            let mut outcome = base(record, batch, OutcomeKind::Rejected, format!("check {check} failed{seen}"));
            outcome.remedy = Some(format!(
                "correct the file and upload it again, or change the check in {}/pipeline.toml; the table keeps its rows",
                record.pipeline
            ));
            outcome.check = Some(check);
            outcome.observed = observed;
            outcome
        }
        BatchOutcome::Failed { step, message } => {
            let mut outcome =
                base(record, batch, OutcomeKind::Failed, format!("step {step} failed: {}", one_line(&message)));
            let fix = if message.contains("does not exist") || message.contains("nonexistent") {
                "run `landfall migrate`"
            } else if message.contains("permission denied") {
                "run `landfall migrate --grant-to` with the functions' user"
            } else {
                "fix the cause in the warehouse"
            };
            outcome.remedy = Some(format!("{fix}, then upload the file again; the table keeps its rows"));
            outcome
        }
        BatchOutcome::Loaded { rows } => {
            LoadOutcome { rows, ..base(record, batch, OutcomeKind::Loaded, String::new()) }
        }
        BatchOutcome::Unreadable { message }
        | BatchOutcome::Conflict { message }
        | BatchOutcome::Interrupted { message } => base(record, batch, OutcomeKind::Failed, one_line(&message)),
        BatchOutcome::Running => base(record, batch, OutcomeKind::Failed, "still running".to_owned()),
    }
}

pub(crate) fn base(record: &LoadRecord, batch: &Description, kind: OutcomeKind, reason: String) -> LoadOutcome {
    LoadOutcome {
        format: RecordFormat,
        outcome: kind,
        pipeline: record.pipeline.clone(),
        dataset: record.dataset.clone(),
        table: record.table.clone(),
        load_id: record.upload.id().as_str().to_owned(),
        attempt: record.attempt,
        upload: record.upload.clone().into(),
        rows: None,
        duration_ms: u64::try_from(batch.duration.as_millis()).ok(),
        statement_id: Some(batch.id.clone()),
        reason,
        remedy: None,
        retried: false,
        check: None,
        observed: None,
        lines: Vec::new(),
    }
}

/// The first line of the warehouse's message, without its prefix.
pub(crate) fn one_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim_start_matches("ERROR:").trim().to_owned()
}
