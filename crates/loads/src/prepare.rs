//! What a load needs before it can be submitted: the head of the file, its columns, what COPY will read, and the plan.

use std::collections::BTreeMap;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use causes::chain;
use notifications::Upload;
use objects::ObjectRef;
use pipeline::{CheckRule, Dataset, Format, FormatKind, Table};
use record_format::RecordFormat;
use redshift::load::{self, Request, SourceColumns, SourceFormat};
use vendor_files::Head;

use crate::columns::{in_table_order, json_paths, map_columns};
use crate::error::Error;
use crate::remedy::UPLOAD_AGAIN;
use crate::services::Services;
use crate::source::source;
use crate::store::LoadRecord;

/// What is wrong with an upload, so that it is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}\n  {remedy}")]
pub struct Refusal {
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// Why an upload is not submitted.
#[derive(Debug)]
pub(crate) enum NotSubmitted {
    /// Something is wrong with the upload: an outcome.
    Refused(Refusal),
    /// A service failed, which says nothing of the upload.
    Failed(Error),
}

impl From<Refusal> for NotSubmitted {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for NotSubmitted {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Everything before the submission: the head is read, columns are mapped, what COPY cannot take is rewritten, and the
/// manifest is written.
pub(crate) async fn prepare(
    services: &Services,
    dataset: &Dataset,
    captures: &BTreeMap<String, String>,
    upload: &Upload,
    number: u32,
) -> Result<LoadRecord, NotSubmitted> {
    let Some(table) = services.project.table(&dataset.table) else {
        let reason = format!("pipeline {} has no table {}", dataset.pipeline, dataset.table);
        return Err(Refusal { reason, remedy: "run `landfall check`".to_owned() }.into());
    };
    let head = read_head(services, dataset, upload).await?;
    let columns = columns(dataset, table, upload, &head)?;
    let source = source(services, dataset, upload, number, &head).await?;
    let format = source_format(services, dataset, table, upload, number, &source.format, &head).await?;
    let manifest = services.store.object(dataset.name.as_str(), &upload.id(), number, "manifest.json");
    let entry = redshift::Entry { url: source.url.clone(), content_length: Some(source.bytes) };
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
        deployment: services.store.bucket(),
    });
    Ok(LoadRecord {
        format: RecordFormat,
        dataset: dataset.name.as_str().to_owned(),
        pipeline: dataset.pipeline.clone(),
        table: dataset.table.to_string(),
        upload: upload.clone(),
        attempt: number,
        exact: source.copy.is_some(),
        source: source.url,
        copy: source.copy,
        plan,
    })
}

pub(crate) fn object(upload: &Upload) -> ObjectRef {
    ObjectRef { bucket: upload.bucket.clone(), key: upload.key.as_str().to_owned(), version: upload.version.clone() }
}

async fn read_head(services: &Services, dataset: &Dataset, upload: &Upload) -> Result<Head, NotSubmitted> {
    vendor_files::read_head(&services.s3, &object(upload), &dataset.format).await.map_err(|error| {
        match error.is_retryable() {
            true => Error::Landing { url: upload.url(), cause: chain(&error) }.into(),
            false => wrong_file(&error),
        }
    })
}

/// A refusal for what was found in the file.
pub(crate) fn wrong_file(error: &(dyn std::error::Error + 'static)) -> NotSubmitted {
    Refusal { reason: chain(error), remedy: UPLOAD_AGAIN.to_owned() }.into()
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
                    let object = services.store.object(dataset.name.as_str(), &upload.id(), number, "jsonpaths.json");
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
        let remedy = "upload the file with its rows; `rows = { min = 0 }` in pipeline.toml would allow a file without any; the \
             table keeps its rows";
        return Err(refusal(
            format!("{url} is empty, and would leave {} without rows", dataset.table),
            remedy.to_owned(),
        ));
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

/// The version that a GET of the key would read now; none where the key is gone.
pub(crate) async fn newest_version(services: &Services, upload: &Upload) -> Result<Option<String>, Error> {
    Ok(newest(services, upload).await?.and_then(|head| head.version_id))
}

/// The object that a GET of the key would read now; none where the key is gone.
pub(crate) async fn newest(services: &Services, upload: &Upload) -> Result<Option<HeadObjectOutput>, Error> {
    match services.s3.head_object().bucket(&upload.bucket).key(upload.key.as_str()).send().await {
        Ok(head) => Ok(Some(head)),
        Err(SdkError::ServiceError(e)) if matches!(e.raw().status().as_u16(), 404 | 405) => Ok(None),
        Err(e) => Err(Error::Landing { url: upload.url(), cause: causes::service(&e) }),
    }
}

pub(crate) fn url(object: &ObjectRef) -> String {
    format!("s3://{}/{}", object.bucket, object.key)
}
