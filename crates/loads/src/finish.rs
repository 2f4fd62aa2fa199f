use std::time::Duration;

use record_format::RecordFormat;
use redshift::outcome::{BatchOutcome, classify};
use redshift::{Description, StatementName, ledger};

use crate::bad_lines::bad_lines;
use crate::error::{Error, ask};
use crate::outcome::{LoadOutcome, OutcomeKind};
use crate::prepare::{newest_etag, newest_version};
use crate::publish::publish;
use crate::remedy;
use crate::services::Services;
use crate::start::start;
use crate::store::LoadRecord;

/// How often a load is submitted when other transactions are in its way.
const MAX_ATTEMPTS: u32 = 5;

/// How long the warehouse may take to answer a question about a load that has ended.
const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// Publishes the outcome of a batch, and submits its load again where that helps.
///
/// `None` where nothing was to be done: a statement of others, a batch that still runs, or an outcome that was published
/// before.
pub async fn finish(services: &Services, statement_id: &str, name: &str) -> Result<Option<LoadOutcome>, Error> {
    let Some(name) = StatementName::parse(name) else { return Ok(None) };
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
    if says_something_of_the_file && !record.exact && was_overwritten(services, &record).await? {
        return overwritten(services, &record, &batch, &ended).await;
    }
    let outcome = match ended {
        BatchOutcome::Running => return Ok(None),
        BatchOutcome::Conflict { message } => return conflict(services, &record, &batch, message).await,
        BatchOutcome::Unreadable { message } => unreadable(services, &record, &batch, message).await?,
        other => describe(&record, &batch, other),
    };
    publish(services, &outcome).await?;
    Ok(Some(outcome))
}

/// COPY reads a key's newest version. If the key was overwritten while the batch ran, its rows, or what was wrong with
/// them, may be another version's: the ledger row is invalidated, and exactly this version is loaded again from a
/// copy, unless a newer one was.
async fn overwritten(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
    ended: &BatchOutcome,
) -> Result<Option<LoadOutcome>, Error> {
    let reason = format!("{} was overwritten while it was read", record.upload.url());
    let mut outcome = base(record, batch, OutcomeKind::Overwritten, reason);
    if let BatchOutcome::Loaded { rows } = ended {
        outcome.rows = *rows;
        let sql = ledger::invalidate(&record.upload, record.attempt);
        let invalidated = services.warehouse.run(&sql, "landfall/invalidate", ANSWER_LIMIT).await;
        ask(invalidated, record.upload.id().as_str())?;
    }
    if record.upload.version.is_none() {
        outcome.remedy =
            Some("the newer upload is loaded by its own event; turn on versioning for the landing bucket".to_owned());
        publish(services, &outcome).await?;
        return Ok(Some(outcome));
    }
    outcome.remedy = Some("exactly this version is loaded again, unless a newer upload was loaded".to_owned());
    outcome.retried = true;
    retry(services, record).await?;
    publish(services, &outcome).await?;
    Ok(Some(outcome))
}

async fn was_overwritten(services: &Services, record: &LoadRecord) -> Result<bool, Error> {
    let upload = &record.upload;
    if upload.version.is_some() {
        return Ok(newest_version(services, upload).await? != upload.version);
    }
    Ok(newest_etag(services, upload).await?.is_none_or(|etag| etag != upload.etag))
}

/// Another transaction was in the way: the load is submitted again after a pause that grows with each attempt.
async fn conflict(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
    message: String,
) -> Result<Option<LoadOutcome>, Error> {
    let mut outcome = base(record, batch, OutcomeKind::Conflict, one_line(&message));
    if record.attempt < MAX_ATTEMPTS {
        tokio::time::sleep(Duration::from_millis(200 * u64::from(record.attempt.pow(2)))).await;
        outcome.remedy = Some(format!("attempt {} of {MAX_ATTEMPTS} was submitted", record.attempt + 1));
        outcome.retried = true;
        retry(services, record).await?;
        publish(services, &outcome).await?;
        return Ok(Some(outcome));
    }
    outcome.remedy = Some("find the transaction that changes the same tables, then upload the file again".to_owned());
    publish(services, &outcome).await?;
    Ok(Some(outcome))
}

/// Starts the next attempt, unless an earlier delivery of the same completion event did.
async fn retry(services: &Services, record: &LoadRecord) -> Result<(), Error> {
    let attempts = services.store.attempts(&record.dataset, &record.upload.id()).await?;
    if attempts.last().is_some_and(|last| last.number > record.attempt) {
        return Ok(());
    }
    Box::pin(start(services, record.upload.clone().into(), true)).await?;
    Ok(())
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
        BatchOutcome::Unreadable { message } | BatchOutcome::Conflict { message } => {
            base(record, batch, OutcomeKind::Failed, one_line(&message))
        }
        BatchOutcome::Running => base(record, batch, OutcomeKind::Failed, "still running".to_owned()),
    }
}

fn base(record: &LoadRecord, batch: &Description, kind: OutcomeKind, reason: String) -> LoadOutcome {
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
fn one_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim_start_matches("ERROR:").trim().to_owned()
}
