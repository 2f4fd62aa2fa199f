use std::collections::BTreeMap;

use aws_sdk_s3::error::SdkError;
use notifications::{NotifiedObject, Upload};
use pipeline::Dataset;
use record_format::RecordFormat;

use crate::error::Error;
use crate::outcome::{LoadOutcome, OutcomeKind};
use crate::prepare::{NotSubmitted, Refusal, prepare};
use crate::publish::publish;
use crate::services::Services;
use crate::store::{Attempt, LoadRecord};

/// What `start` did with an upload.
#[derive(Debug, Clone, PartialEq)]
pub enum Started {
    /// A batch runs; its completion event will finish it.
    Submitted {
        /// What was submitted.
        record: Box<LoadRecord>,
        /// The batch's id.
        statement_id: String,
    },
    /// Nothing to do: the upload was loaded, or a newer one was.
    Settled(Box<LoadOutcome>),
    /// Refused before the warehouse was touched, and published.
    Refused(Box<LoadOutcome>),
}

/// What loading an upload would do.
#[derive(Debug, Clone, PartialEq)]
pub enum DryRun {
    /// This would be submitted.
    Submit(Box<LoadRecord>),
    /// It would be refused.
    Refuse(Refusal),
}

/// Starts the load of one object and does not wait for it.
///
/// `again` makes a new attempt even where an earlier one was loaded: the exact version is then copied to the lake.
///
/// # Errors
/// That a service failed: the same event may succeed later. What is wrong with the upload is [`Started::Refused`].
pub async fn start(services: &Services, notified: NotifiedObject, again: bool) -> Result<Started, Error> {
    let Some((dataset, captures)) = services.project.dataset_for_key(notified.key.as_str()) else {
        let refusal = unmatched(services, &notified);
        return refuse(services, None, notified, 1, refusal).await;
    };
    let upload = match complete(services, &notified).await {
        Ok(upload) => upload,
        Err(NotSubmitted::Refused(refusal)) => return refuse(services, Some(dataset), notified, 1, refusal).await,
        Err(NotSubmitted::Failed(error)) => return Err(error),
    };
    let attempts = services.store.attempts(dataset.name.as_str(), &upload.id()).await?;
    let number = match attempts.last() {
        None => 1,
        Some(Attempt { number, finished: false }) if !again => {
            return submit_recorded(services, dataset, &captures, upload, *number).await;
        }
        Some(Attempt { number, .. }) => {
            let last = services.store.outcome(dataset.name.as_str(), &upload.id(), *number).await?;
            match last {
                Some(outcome) if !again && (!outcome.outcome.is_bad() || is_delivery_of_s3(&notified)) => {
                    return Ok(Started::Settled(Box::new(outcome)));
                }
                _ => number + 1,
            }
        }
    };
    begin(services, dataset, &captures, upload, number).await
}

/// Whether the event is one that S3 sent: it comes again without anybody having asked. A manual event has no sequencer, and asks for
/// another attempt after a bad outcome.
fn is_delivery_of_s3(notified: &NotifiedObject) -> bool {
    notified.sequencer.is_some()
}

/// A redelivery of an event whose batch may or may not have been submitted: the same batch with the same token is.
async fn submit_recorded(
    services: &Services,
    dataset: &Dataset,
    captures: &BTreeMap<String, String>,
    upload: Upload,
    number: u32,
) -> Result<Started, Error> {
    match services.store.record(dataset.name.as_str(), &upload.id(), number).await? {
        Some(record) => submit(services, record).await,
        None => begin(services, dataset, captures, upload, number).await,
    }
}

async fn begin(
    services: &Services,
    dataset: &Dataset,
    captures: &BTreeMap<String, String>,
    upload: Upload,
    number: u32,
) -> Result<Started, Error> {
    match prepare(services, dataset, captures, &upload, number).await {
        Ok(record) => {
            let record = services.store.put_record(record).await?;
            submit(services, record).await
        }
        Err(NotSubmitted::Refused(refusal)) => refuse(services, Some(dataset), upload.into(), number, refusal).await,
        Err(NotSubmitted::Failed(error)) => Err(error),
    }
}

/// What loading an object would do. Nothing is submitted and nothing is published.
///
/// # Errors
/// As [`start`].
pub async fn dry_run(services: &Services, notified: &NotifiedObject) -> Result<DryRun, Error> {
    match would_submit(services, notified).await {
        Ok(record) => Ok(DryRun::Submit(Box::new(record))),
        Err(NotSubmitted::Refused(refusal)) => Ok(DryRun::Refuse(refusal)),
        Err(NotSubmitted::Failed(error)) => Err(error),
    }
}

async fn would_submit(services: &Services, notified: &NotifiedObject) -> Result<LoadRecord, NotSubmitted> {
    let Some((dataset, captures)) = services.project.dataset_for_key(notified.key.as_str()) else {
        return Err(unmatched(services, notified).into());
    };
    let upload = complete(services, notified).await?;
    prepare(services, dataset, &captures, &upload, 1).await
}

/// Submits what was recorded. What the Data API will never take, such as a statement that is too long, is an outcome and not a failure.
pub(crate) async fn submit(services: &Services, record: LoadRecord) -> Result<Started, Error> {
    let submission = match services.warehouse.submit(&record.plan).await {
        Ok(submission) => submission,
        Err(error) if error.is_permanent() => {
            let refusal = Refusal {
                reason: format!("the Data API refuses the load: {}", causes::chain(&error)),
                remedy: format!(
                    "change dataset {} in {}/pipeline.toml, for instance to fewer or shorter checks, then upload the file again; the table \
                     keeps its rows",
                    record.dataset, record.pipeline
                ),
            };
            let dataset = services.project.dataset(&record.dataset);
            return refuse(services, dataset, record.upload.into(), record.attempt, refusal).await;
        }
        Err(error) => return Err(Error::Submit { url: record.upload.url(), source: Box::new(error) }),
    };
    tracing::info!(
        load.dataset = record.dataset,
        load.id = record.upload.id().as_str(),
        load.attempt = record.attempt,
        load.url = record.upload.url(),
        load.statement_id = submission.id,
        "submitted"
    );
    Ok(Started::Submitted { record: Box::new(record), statement_id: submission.id })
}

fn unmatched(services: &Services, notified: &NotifiedObject) -> Refusal {
    let key = notified.key.as_str();
    let nearest = services
        .project
        .datasets()
        .max_by(|a, b| strsim::jaro(a.key.as_str(), key).total_cmp(&strsim::jaro(b.key.as_str(), key)));
    let remedy = nearest.map_or_else(
        || "no dataset is defined: write pipelines/<name>/pipeline.toml".to_owned(),
        |dataset| format!("the nearest is dataset {} with key {:?}", dataset.name, dataset.key.as_str()),
    );
    Refusal { reason: format!("no dataset takes the key {key:?}"), remedy }
}

/// The upload; what the event leaves out is read from the object. Without a version the object itself says which upload it is, because an
/// event and a person's request must name it alike.
async fn complete(services: &Services, notified: &NotifiedObject) -> Result<Upload, NotSubmitted> {
    if let Some(upload) = notified.complete().filter(|upload| upload.version.is_some()) {
        return Ok(upload);
    }
    let head = services
        .s3
        .head_object()
        .bucket(&notified.bucket)
        .key(notified.key.as_str())
        .set_version_id(notified.version.clone())
        .send()
        .await;
    let head = match head {
        Ok(head) => head,
        Err(SdkError::ServiceError(e)) if matches!(e.raw().status().as_u16(), 400 | 404 | 405) => {
            let reason = format!("{} is not there", notified.url());
            let remedy = "upload it again, or name a version that exists".to_owned();
            return Err(Refusal { reason, remedy }.into());
        }
        Err(e) => return Err(Error::Landing { url: notified.url(), cause: causes::service(&e) }.into()),
    };
    let NotifiedObject { version, etag, size, time, .. } = notified.clone();
    let found = head.e_tag().map(|tag| tag.trim_matches('"').to_owned());
    if version.is_none() && etag.is_some() && found.is_some() && etag != found {
        let reason = format!("{} was overwritten before it could be read", notified.url());
        let remedy =
            "the newer upload is loaded by its own event; turn on versioning for the landing bucket".to_owned();
        return Err(Refusal { reason, remedy }.into());
    }
    let version = version.or_else(|| head.version_id().filter(|id| *id != "null").map(str::to_owned));
    let modified = head.last_modified().and_then(|t| t.to_millis().ok());
    let modified = modified.and_then(chrono::DateTime::from_timestamp_millis);
    let whole = NotifiedObject {
        etag: etag.or(found),
        size: size.or_else(|| head.content_length().and_then(|n| u64::try_from(n).ok())),
        time: if version.is_some() { time.or(modified) } else { modified },
        version,
        ..notified.clone()
    };
    whole.complete().ok_or_else(|| {
        let cause = "HeadObject answered without ETag, Content-Length or Last-Modified".to_owned();
        Error::Landing { url: notified.url(), cause }.into()
    })
}

async fn refuse(
    services: &Services,
    dataset: Option<&Dataset>,
    notified: NotifiedObject,
    attempt: u32,
    refusal: Refusal,
) -> Result<Started, Error> {
    let outcome = LoadOutcome {
        format: RecordFormat,
        outcome: OutcomeKind::Refused,
        pipeline: dataset.map(|d| d.pipeline.clone()).unwrap_or_default(),
        dataset: dataset.map(|d| d.name.as_str().to_owned()).unwrap_or_default(),
        table: dataset.map(|d| d.table.to_string()).unwrap_or_default(),
        load_id: notified.id().as_str().to_owned(),
        attempt,
        upload: notified,
        rows: None,
        duration_ms: None,
        statement_id: None,
        reason: refusal.reason,
        remedy: Some(refusal.remedy),
        retried: false,
        check: None,
        observed: None,
        lines: Vec::new(),
    };
    Ok(Started::Refused(Box::new(publish(services, outcome).await?)))
}
