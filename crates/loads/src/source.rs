//! What COPY reads: the upload's own key, or a copy of exactly its version in the lake.

use causes::chain;
use notifications::Upload;
use objects::ObjectRef;
use pipeline::{Dataset, Format, LoadMode};
use vendor_files::Head;

use crate::error::Error;
use crate::prepare::{NotSubmitted, newest_version, object, url, wrong_file};
use crate::services::Services;
use crate::store::SourceCopy;

/// What COPY will read.
pub(crate) struct Source {
    pub(crate) url: String,
    pub(crate) bytes: u64,
    pub(crate) format: Format,
    /// A copy in the lake; none where COPY reads the key.
    pub(crate) copy: Option<SourceCopy>,
}

/// Rewrites what COPY cannot take. A key that has been overwritten is copied to the lake in exactly the upload's version,
/// because COPY reads a key's newest version and cannot be told which; in the modes that only add, each upload is, because its key may be
/// overwritten while COPY reads. The copy is S3's own: no byte passes through the function.
pub(crate) async fn source(
    services: &Services,
    dataset: &Dataset,
    upload: &Upload,
    number: u32,
    head: &Head,
) -> Result<Source, NotSubmitted> {
    let is_rewritten = vendor_files::needs_rewrite(&dataset.format, head).is_some();
    if let Some(source) = of_earlier_attempt(services, dataset, upload, number, is_rewritten).await? {
        return Ok(source);
    }
    let target = services.store.object(dataset.name.as_str(), &upload.id(), number, "data");
    if is_rewritten {
        return rewritten(services, dataset, upload, &target).await;
    }
    let is_newest = upload.version.is_none() || newest_version(services, upload).await? == upload.version;
    if is_newest && !(must_be_exact(dataset) && upload.version.is_some()) {
        let (url, bytes, format) = (upload.url(), upload.size, dataset.format.clone());
        return Ok(Source { url, bytes, format, copy: None });
    }
    match objects::copy_version(&services.s3, &object(upload), &target, Some(upload.size)).await {
        Ok(()) => Ok(copied(dataset, url(&target), upload.size, dataset.format.clone())),
        Err(error @ objects::CopyError::Gone { .. }) => Err(wrong_file(&error)),
        Err(error) => Err(Error::Landing { url: upload.url(), cause: chain(&error) }.into()),
    }
}

async fn rewritten(
    services: &Services,
    dataset: &Dataset,
    upload: &Upload,
    target: &ObjectRef,
) -> Result<Source, NotSubmitted> {
    let rewritten = vendor_files::rewrite(&services.s3, &object(upload), &dataset.format, target).await;
    let rewritten = rewritten.map_err(|error| match error.is_retryable() {
        true => Error::Rewrite { url: upload.url(), source: Box::new(error) }.into(),
        false => wrong_file(&error),
    })?;
    Ok(copied(dataset, url(target), rewritten.bytes, rewritten.format))
}

/// What the attempt before made of the upload, if it is there and the pipeline still reads the file in the same way.
async fn of_earlier_attempt(
    services: &Services,
    dataset: &Dataset,
    upload: &Upload,
    number: u32,
    is_rewritten: bool,
) -> Result<Option<Source>, Error> {
    let (name, id) = (dataset.name.as_str(), upload.id());
    let earlier = match number.checked_sub(1).filter(|earlier| *earlier > 0) {
        Some(earlier) => services.store.record(name, &id, earlier).await?,
        None => None,
    };
    let Some((url, copy)) = earlier.and_then(|record| Some((record.source, record.copy?))) else { return Ok(None) };
    if copy.read_as != read_as(dataset) || !services.store.has(&url).await? {
        return Ok(None);
    }
    let format = if is_rewritten { vendor_files::rewritten_format(&dataset.format) } else { dataset.format.clone() };
    Ok(Some(Source { url, bytes: copy.bytes, format, copy: Some(copy) }))
}

fn copied(dataset: &Dataset, url: String, bytes: u64, format: Format) -> Source {
    Source { url, bytes, format, copy: Some(SourceCopy { bytes, read_as: read_as(dataset) }) }
}

/// The format and its options as one text, to be compared.
fn read_as(dataset: &Dataset) -> String {
    format!("{:?}", dataset.format)
}

/// Whether a load that read another version cannot be made good by loading again: rows that were added or merged stay.
fn must_be_exact(dataset: &Dataset) -> bool {
    match dataset.mode {
        LoadMode::Append | LoadMode::Merge { .. } => true,
        LoadMode::Replace { .. } | LoadMode::Truncate => false,
    }
}
