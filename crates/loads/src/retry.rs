//! Another attempt at a load that ended for a reason that is not in its file.

use std::time::Duration;

use redshift::outcome::BatchOutcome;
use redshift::{Description, ledger};

use crate::error::{Error, ask};
use crate::finish::{ANSWER_LIMIT, base, one_line};
use crate::outcome::{LoadOutcome, OutcomeKind};
use crate::prepare::newest;
use crate::publish::publish;
use crate::services::Services;
use crate::start::{start, submit};
use crate::store::LoadRecord;

/// How often a load is submitted when the warehouse or other transactions are in its way.
const MAX_ATTEMPTS: u32 = 5;

/// S3 writes Last-Modified in whole seconds, and two services' clocks differ by less than that.
const CLOCKS_APART: Duration = Duration::from_secs(2);

/// What was in the way of a batch that may succeed when it is submitted again.
pub(crate) enum Obstacle {
    /// Another transaction.
    Conflict(String),
    /// The warehouse itself, or its way to S3.
    Interruption(String),
}

/// The load is submitted again after a pause that grows with each attempt.
pub(crate) async fn obstructed(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
    obstacle: Obstacle,
) -> Result<LoadOutcome, Error> {
    let (kind, message, remedy) = match obstacle {
        Obstacle::Conflict(message) => {
            (OutcomeKind::Conflict, message, "find the transaction that changes the same tables")
        }
        Obstacle::Interruption(message) => {
            (OutcomeKind::Interrupted, message, "look at the warehouse's health, its disk and its queues")
        }
    };
    let mut outcome = base(record, batch, kind, one_line(&message));
    if record.attempt < MAX_ATTEMPTS {
        tokio::time::sleep(pause(record)).await;
        outcome.remedy = Some(format!("attempt {} of {MAX_ATTEMPTS} was submitted", record.attempt + 1));
        outcome.retried = true;
        next_attempt(services, record).await?;
    } else {
        outcome.remedy = Some(format!("{remedy}, then upload the file again; the table keeps its rows"));
    }
    publish(services, outcome).await
}

/// COPY reads a key's newest version. If the key was overwritten while the batch ran, its rows, or what was wrong with
/// them, may be another version's: the ledger row is invalidated, and exactly this version is loaded again from a
/// copy, unless a newer one was.
pub(crate) async fn overwritten(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
    ended: &BatchOutcome,
) -> Result<LoadOutcome, Error> {
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
    } else {
        outcome.remedy = Some("exactly this version is loaded again, unless a newer upload was loaded".to_owned());
        outcome.retried = true;
        next_attempt(services, record).await?;
    }
    publish(services, outcome).await
}

/// Whether COPY may have read another version than the upload's. A key that is gone was not overwritten, and a version that came after the
/// batch had ended was not read.
pub(crate) async fn was_overwritten(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
) -> Result<bool, Error> {
    let upload = &record.upload;
    let Some(head) = newest(services, upload).await? else { return Ok(false) };
    let is_ours = match &upload.version {
        Some(version) => head.version_id() == Some(version),
        None => head.e_tag().is_some_and(|tag| tag.trim_matches('"') == upload.etag),
    };
    let came = head.last_modified().and_then(|time| time.to_millis().ok());
    let came_later = came.is_some_and(|came| {
        let ended = batch.updated_at.timestamp_millis();
        ended > 0 && came > ended + i64::try_from(CLOCKS_APART.as_millis()).unwrap_or(i64::MAX)
    });
    Ok(!is_ours && !came_later)
}

/// Submits the next attempt. An earlier delivery of the same completion event may have done so, or may have ended before it could: what it
/// recorded is submitted again with its token, which runs nothing twice.
async fn next_attempt(services: &Services, record: &LoadRecord) -> Result<(), Error> {
    let (dataset, load, number) = (&record.dataset, record.upload.id(), record.attempt + 1);
    match services.store.record(dataset, &load, number).await? {
        Some(next) => {
            if services.store.outcome(dataset, &load, number).await?.is_none() {
                submit(services, next).await?;
            }
        }
        None => {
            Box::pin(start(services, record.upload.clone().into(), true)).await?;
        }
    }
    Ok(())
}

/// 0.2 s, 0.8 s, 1.8 s, 3.2 s, each between half of it and one and a half: loads that met once do not meet again. By the load's id, so that
/// a repetition waits as long.
fn pause(record: &LoadRecord) -> Duration {
    let digits = record.upload.id();
    let spread = u64::from_str_radix(digits.as_str().get(..4).unwrap_or("8000"), 16).unwrap_or(0x8000);
    let full = 200 * u64::from(record.attempt.pow(2));
    Duration::from_millis(full / 2 + full * spread / 0xffff)
}
