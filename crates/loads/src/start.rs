use std::collections::BTreeMap;

use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use lake::{Head, ObjectRef};
use notifications::Upload;
use pipeline::{CheckRule, Dataset, Format, FormatKind, Table};
use redshift::load::{self, Request, SourceColumns, SourceFormat};

use crate::columns::{in_table_order, json_paths, map_columns};
use crate::error::Error;
use crate::outcome::{Kind, Outcome};
use crate::publish::publish;
use crate::remedy::UPLOAD_AGAIN;
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

/// Why an upload is refused: a reason and a remedy.
struct Refusal {
    reason: String,
    remedy: String,
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
        Some(Attempt { number, finished: false }) if !again => return resubmit(services, dataset, &upload, *number).await,
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
async fn resubmit(services: &Services, dataset: &Dataset, upload: &Upload, number: u32) -> Result<Started, Error> {
    let Some(record) = services.store.record(dataset.name.as_str(), &upload.id(), number).await? else {
        return begin(services, dataset, &BTreeMap::new(), upload.clone(), number).await;
    };
    submit(services, record).await
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

/// Everything before the submission: the head is read, columns are mapped, what COPY cannot take is rewritten, and the
/// manifest is written.
async fn prepare(
    services: &Services,
    dataset: &Dataset,
    captures: &BTreeMap<String, String>,
    upload: &Upload,
    number: u32,
) -> Result<Result<LoadRecord, Refusal>, Error> {
    let Some(table) = services.project.table(&dataset.table) else {
        let reason = format!("pipeline {} has no table {}", dataset.pipeline, dataset.table);
        return Ok(Err(Refusal { reason, remedy: "run `landfall check`".to_owned() }));
    };
    let head = match read_head(services, dataset, upload).await? {
        Ok(head) => head,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let columns = match columns(dataset, table, upload, &head) {
        Ok(columns) => columns,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let source = match source(services, dataset, upload, number, &head).await? {
        Ok(source) => source,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let format = source_format(services, dataset, table, upload, number, &source.format, &head).await?;
    let manifest = services.store.object(dataset.name.as_str(), &upload.id(), number, "manifest.json");
    let entry = redshift::Entry { url: source.url.clone(), content_length: source.bytes };
    services.store.put(&manifest, redshift::manifest(&[entry])).await?;
    let plan = load::plan(&Request {
        dataset,
        table,
        upload,
        captures,
        columns: &columns,
        format: &format,
        manifest: &url(&manifest),
        copy_role: &services.copy_role,
        attempt: number,
    });
    Ok(Ok(LoadRecord {
        dataset: dataset.name.as_str().to_owned(),
        pipeline: dataset.pipeline.clone(),
        table: dataset.table.to_string(),
        upload: upload.clone(),
        attempt: number,
        source: source.url,
        exact: source.exact,
        plan,
    }))
}

fn object(upload: &Upload) -> ObjectRef {
    ObjectRef { bucket: upload.bucket.clone(), key: upload.key.as_str().to_owned(), version: upload.version.clone() }
}

async fn read_head(services: &Services, dataset: &Dataset, upload: &Upload) -> Result<Result<Head, Refusal>, Error> {
    match lake::read_head(&services.s3, &object(upload), &dataset.format).await {
        Ok(head) => Ok(Ok(head)),
        Err(error) if error.is_retryable() => Err(Error::Landing { url: upload.url(), cause: chain(&error) }),
        Err(error) => Ok(Err(Refusal { reason: chain(&error), remedy: UPLOAD_AGAIN.to_owned() })),
    }
}

async fn submit(services: &Services, record: LoadRecord) -> Result<Started, Error> {
    let submission = services
        .warehouse
        .submit(&record.plan)
        .await
        .map_err(|source| Error::Submit { url: record.upload.url(), source: Box::new(source) })?;
    tracing::info!(
        load.dataset = record.dataset, load.id = record.upload.id().as_str(), load.attempt = record.attempt,
        load.url = record.upload.url(), load.statement_id = submission.id, "submitted"
    );
    Ok(Started::Submitted { record: Box::new(record), statement_id: submission.id })
}

/// What COPY will read.
struct Source {
    url: String,
    bytes: Option<u64>,
    format: Format,
    exact: bool,
}

/// Rewrites what COPY cannot take. A key that has been overwritten is copied to the lake in exactly the upload's version,
/// because COPY reads a key's newest version and cannot be told which.
async fn source(
    services: &Services,
    dataset: &Dataset,
    upload: &Upload,
    number: u32,
    head: &Head,
) -> Result<Result<Source, Refusal>, Error> {
    let target = services.store.object(dataset.name.as_str(), &upload.id(), number, "data");
    if lake::needs_rewrite(&dataset.format, head).is_some() {
        return match lake::rewrite(&services.s3, &object(upload), &dataset.format, &target).await {
            Ok(rewritten) => {
                let (bytes, format) = (Some(rewritten.bytes), rewritten.format);
                Ok(Ok(Source { url: url(&target), bytes, format, exact: true }))
            }
            Err(error) if error.is_retryable() => Err(Error::Rewrite { url: upload.url(), source: Box::new(error) }),
            Err(error) => Ok(Err(Refusal { reason: chain(&error), remedy: UPLOAD_AGAIN.to_owned() })),
        };
    }
    let is_newest = upload.version.is_none() || newest_version(services, upload).await? == upload.version;
    let format = dataset.format.clone();
    if is_newest {
        return Ok(Ok(Source { url: upload.url(), bytes: upload.size, format, exact: false }));
    }
    match lake::copy_version(&services.s3, &object(upload), &target, upload.size).await {
        Ok(()) => Ok(Ok(Source { url: url(&target), bytes: upload.size, format, exact: true })),
        Err(error @ lake::CopyError::Gone { .. }) => {
            Ok(Err(Refusal { reason: chain(&error), remedy: UPLOAD_AGAIN.to_owned() }))
        }
        Err(error) => Err(Error::Landing { url: upload.url(), cause: chain(&error) }),
    }
}

async fn source_format(
    services: &Services,
    dataset: &Dataset,
    table: &Table,
    upload: &Upload,
    number: u32,
    format: &Format,
    head: &Head,
) -> Result<SourceFormat, Error> {
    Ok(match &format.kind {
        FormatKind::Csv(csv) => SourceFormat::Csv { csv: csv.clone(), compression: format.compression },
        FormatKind::Parquet => SourceFormat::Parquet,
        FormatKind::JsonLines | FormatKind::JsonArray => {
            let keys = head.columns.clone().unwrap_or_default();
            let paths = match json_paths(dataset, table, &keys) {
                None => None,
                Some(text) => {
                    let object =
                        services.store.object(dataset.name.as_str(), &upload.id(), number, "jsonpaths.json");
                    services.store.put(&object, text).await?;
                    Some(url(&object))
                }
            };
            SourceFormat::Json { paths, compression: format.compression }
        }
    })
}

fn columns(dataset: &Dataset, table: &Table, upload: &Upload, head: &Head) -> Result<SourceColumns, Refusal> {
    let url = upload.url();
    let refusal = |reason: String, remedy: String| Refusal { reason, remedy };
    let wants_rows = dataset.checks.iter().any(|check| matches!(check.rule, CheckRule::RowsMin(min) if min > 0));
    let wants_header = matches!(&dataset.format.kind, FormatKind::Csv(csv) if csv.header);
    if head.empty && (wants_rows || wants_header) {
        let remedy = "upload the file with its rows; `rows = { min = 0 }` in pipeline.toml would allow a file without any";
        return Err(refusal(format!("{url} is empty, and would leave {} without rows", dataset.table), remedy.to_owned()));
    }
    let Some(names) = &head.columns else { return Ok(in_table_order(dataset, table)) };
    map_columns(dataset, table, names).map_err(|problems| {
        let what = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let remedy = format!(
            "correct the file's header and upload it again, or change `rename`, `absent_columns` or `extra_columns` of \
             dataset {} in {}/pipeline.toml; the table keeps its rows",
            dataset.name, dataset.pipeline
        );
        refusal(format!("{url}, line 1, does not fit {}: {what}", dataset.table), remedy)
    })
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
        Err(e) => return Err(Error::Landing { url: upload.url(), cause: DisplayErrorContext(&e).to_string() }),
    };
    upload.version = upload.version.or_else(|| head.version_id().filter(|id| *id != "null").map(str::to_owned));
    upload.etag = upload.etag.or_else(|| head.e_tag().map(|tag| tag.trim_matches('"').to_owned()));
    upload.size = upload.size.or_else(|| head.content_length().and_then(|n| u64::try_from(n).ok()));
    let modified = head.last_modified().and_then(|t| t.to_millis().ok());
    upload.time = upload.time.or_else(|| modified.and_then(chrono::DateTime::from_timestamp_millis));
    Ok(Ok(upload))
}

/// The version that a GET of the key would read now; none where the key is gone.
pub(crate) async fn newest_version(services: &Services, upload: &Upload) -> Result<Option<String>, Error> {
    match services.s3.head_object().bucket(&upload.bucket).key(upload.key.as_str()).send().await {
        Ok(head) => Ok(head.version_id().map(str::to_owned)),
        Err(SdkError::ServiceError(e)) if matches!(e.raw().status().as_u16(), 404 | 405) => Ok(None),
        Err(e) => Err(Error::Landing { url: upload.url(), cause: DisplayErrorContext(&e).to_string() }),
    }
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
        check: None,
        observed: None,
        lines: Vec::new(),
    };
    publish(services, &outcome).await?;
    Ok(Started::Refused(Box::new(outcome)))
}

fn url(object: &ObjectRef) -> String {
    format!("s3://{}/{}", object.bucket, object.key)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
