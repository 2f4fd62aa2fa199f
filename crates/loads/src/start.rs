use std::collections::BTreeMap;

use aws_sdk_s3::error::SdkError;
use notifications::Upload;
use pipeline::Dataset;

use crate::error::Error;
use crate::outcome::{Kind, Outcome};
use crate::prepare::{Refusal, prepare};
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
    Settled(Box<Outcome>),
    /// Refused before the warehouse was touched, and published.
    Refused(Box<Outcome>),
}

/// Starts the load of one upload and does not wait for it.
///
/// `again` makes a new attempt even where an earlier one was loaded: the exact version is then copied to the lake.
pub async fn start(services: &Services, upload: Upload, again: bool) -> Result<Started, Error> {
    let Some((dataset, captures)) = services.project.dataset_for_key(upload.key.as_str()) else {
        let refusal = unmatched(services, &upload);
        return refuse(services, None, upload, 1, refusal).await;
    };
    let upload = match complete(services, upload.clone()).await? {
        Ok(upload) => upload,
        Err(refusal) => return refuse(services, Some(dataset), upload, 1, refusal).await,
    };
    let attempts = services.store.attempts(dataset.name.as_str(), &upload.id()).await?;
    let number = match attempts.last() {
        None => 1,
        Some(Attempt { number, finished: false }) if !again => {
            return resubmit(services, dataset, &captures, upload, *number).await;
        }
        Some(Attempt { number, .. }) => {
            let last = services.store.outcome(dataset.name.as_str(), &upload.id(), *number).await?;
            match last {
                Some(outcome) if !again && !outcome.outcome.is_bad() => return Ok(Started::Settled(Box::new(outcome))),
                _ => number + 1,
            }
        }
    };
    begin(services, dataset, &captures, upload, number).await
}

/// A redelivery of an event whose batch may or may not have been submitted: the same batch with the same token is.
async fn resubmit(
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
    match prepare(services, dataset, captures, &upload, number).await? {
        Ok(record) => {
            let record = services.store.put_record(record).await?;
            submit(services, record).await
        }
        Err(refusal) => refuse(services, Some(dataset), upload, number, refusal).await,
    }
}

/// What loading an upload would submit, or why it would be refused. Nothing is submitted and nobody is told.
///
/// # Errors
/// As [`start`].
pub async fn rehearse(services: &Services, upload: Upload) -> Result<Result<LoadRecord, String>, Error> {
    let told = |refusal: Refusal| format!("{}\n  {}", refusal.reason, refusal.remedy);
    let Some((dataset, captures)) = services.project.dataset_for_key(upload.key.as_str()) else {
        return Ok(Err(told(unmatched(services, &upload))));
    };
    match complete(services, upload).await? {
        Ok(upload) => Ok(prepare(services, dataset, &captures, &upload, 1).await?.map_err(told)),
        Err(refusal) => Ok(Err(told(refusal))),
    }
}

pub(crate) async fn submit(services: &Services, record: LoadRecord) -> Result<Started, Error> {
    let submission = services
        .warehouse
        .submit(&record.plan)
        .await
        .map_err(|source| Error::Submit { url: record.upload.url(), source: Box::new(source) })?;
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

fn unmatched(services: &Services, upload: &Upload) -> Refusal {
    let key = upload.key.as_str();
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

/// Fills in what a manual event does not say.
async fn complete(services: &Services, mut upload: Upload) -> Result<Result<Upload, Refusal>, Error> {
    if upload.etag.is_some() && upload.size.is_some() && upload.time.is_some() {
        return Ok(Ok(upload));
    }
    let head = services
        .s3
        .head_object()
        .bucket(&upload.bucket)
        .key(upload.key.as_str())
        .set_version_id(upload.version.clone())
        .send()
        .await;
    let head = match head {
        Ok(head) => head,
        Err(SdkError::ServiceError(e)) if matches!(e.raw().status().as_u16(), 400 | 404 | 405) => {
            let reason = format!("{} is not there", upload.url());
            let remedy = "upload it again, or name a version that exists".to_owned();
            return Ok(Err(Refusal { reason, remedy }));
        }
        Err(e) => return Err(Error::Landing { url: upload.url(), cause: causes::service(&e) }),
    };
    upload.version = upload.version.or_else(|| head.version_id().filter(|id| *id != "null").map(str::to_owned));
    upload.etag = upload.etag.or_else(|| head.e_tag().map(|tag| tag.trim_matches('"').to_owned()));
    upload.size = upload.size.or_else(|| head.content_length().and_then(|n| u64::try_from(n).ok()));
    let modified = head.last_modified().and_then(|t| t.to_millis().ok());
    upload.time = upload.time.or_else(|| modified.and_then(chrono::DateTime::from_timestamp_millis));
    Ok(Ok(upload))
}

async fn refuse(
    services: &Services,
    dataset: Option<&Dataset>,
    upload: Upload,
    attempt: u32,
    refusal: Refusal,
) -> Result<Started, Error> {
    let outcome = Outcome {
        outcome: Kind::Refused,
        pipeline: dataset.map(|d| d.pipeline.clone()).unwrap_or_default(),
        dataset: dataset.map(|d| d.name.as_str().to_owned()).unwrap_or_default(),
        table: dataset.map(|d| d.table.to_string()).unwrap_or_default(),
        load_id: upload.id().as_str().to_owned(),
        attempt,
        upload,
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
    publish(services, &outcome).await?;
    Ok(Started::Refused(Box::new(outcome)))
}
