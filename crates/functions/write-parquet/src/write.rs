//! One raw object.

use std::time::Instant;

use event_lake::layout::{Area, Partition};
use event_parquet::{Report, Source, convert};
use notifications::NotifiedObject;
use objects::{ObjectReader, ObjectRef, ReadError, put_json, read_error};
use record_format::RecordFormat;
use tokio::runtime::Handle;

use crate::context::Context;
use crate::error::Error;
use crate::names::Names;
use crate::placement;
use crate::receipt::{self, Output, Receipt};
use crate::sink::Lake;

/// What became of an object.
#[derive(Debug)]
pub(crate) enum Written {
    /// It is no raw object.
    NotRaw,
    /// It was deleted, or another upload took its key: that one has an event of its own.
    Gone(String),
    /// A later version of its key has been written already.
    Superseded,
    /// Its events are in Parquet files.
    Done {
        /// What the conversion counted.
        report: Report,
        /// How many files.
        files: usize,
        /// How long it took.
        millis: u128,
    },
}

/// Makes a raw object's Parquet files, and takes away what it made before and makes no more.
pub(crate) async fn write(context: &Context, notified: &NotifiedObject) -> Result<Written, Error> {
    let begin = Instant::now();
    let key = notified.key.as_str();
    let is_raw = key.strip_prefix(&context.prefix).is_some_and(|rest| rest.starts_with("/raw/")) && !key.ends_with('/');
    if notified.bucket != context.bucket || !is_raw {
        return Ok(Written::NotRaw);
    }
    let mut object = ObjectRef::new(&notified.bucket, key);
    object.version.clone_from(&notified.version);
    let reader = match ObjectReader::open(&context.s3, &object).await {
        Ok(reader) => reader,
        Err(error) => return gone(error),
    };
    // Without versions, the key may have another object by now.
    if notified.version.is_none()
        && notified.etag.is_some()
        && reader.etag().is_some()
        && notified.etag.as_deref() != reader.etag()
    {
        return gone(ReadError::Changed { object });
    }
    let etag = notified.etag.clone().or_else(|| reader.etag().map(str::to_owned));
    // The same bytes in another version, as a delivery that is repeated makes them, are the same files.
    let identity = etag.clone().or_else(|| notified.version.clone()).unwrap_or_default();
    let names = Names::new(&context.prefix, &notified.bucket, key, &identity);
    let earlier = receipt::read(context, &names.receipt()).await?;
    if earlier.as_ref().is_some_and(|earlier| is_later(earlier, notified, etag.as_deref())) {
        return Ok(Written::Superseded);
    }
    let (report, outputs) = match make(context, &object, &names, reader).await? {
        Made::All(report, outputs) => (report, outputs),
        Made::Gone(error, outputs) => {
            // Another version is to make its own files: none of this one may stay beside them.
            delete(context, outputs.iter()).await?;
            return gone(error);
        }
    };
    let stale =
        earlier.iter().flat_map(|earlier| &earlier.outputs).filter(|old| !outputs.iter().any(|new| new.is_same(old)));
    delete(context, stale).await?;
    if report.rejected == 0 && earlier.as_ref().is_some_and(|earlier| earlier.rejected > 0) {
        delete_keys(context, &[names.rejected()]).await?;
    }
    let files = outputs.len();
    let receipt = Receipt {
        format: RecordFormat,
        source: notified.url(),
        version: notified.version.clone(),
        etag,
        sequencer: notified.sequencer.clone(),
        rows: report.rows.clone(),
        duplicates: report.duplicates,
        rejected: report.rejected,
        bytes: report.bytes,
        broken: report.broken.clone(),
        outputs,
    };
    let target = ObjectRef::new(&context.bucket, names.receipt());
    put_json(&context.s3, &target, &receipt).await.map_err(Error::Write)?;
    Ok(Written::Done { report, files, millis: begin.elapsed().as_millis() })
}

impl Output {
    fn is_same(&self, other: &Self) -> bool {
        (&self.table, &self.date, &self.file) == (&other.table, &other.date, &other.file)
    }
}

/// A failure of reading that no other delivery would fix.
fn gone(error: ReadError) -> Result<Written, Error> {
    if error.is_retryable() { Err(Error::Read(error)) } else { Ok(Written::Gone(error.to_string())) }
}

/// Whether the receipt is that of a later version of the key.
fn is_later(earlier: &Receipt, notified: &NotifiedObject, etag: Option<&str>) -> bool {
    let is_same = earlier.version == notified.version && earlier.etag.as_deref() == etag;
    !is_same && matches!((&earlier.sequencer, &notified.sequencer), (Some(earlier), Some(this)) if earlier > this)
}

/// What was made of an object.
enum Made {
    All(Report, Vec<Output>),
    /// The object went away while it was read; some files were written.
    Gone(ReadError, Vec<Output>),
}

async fn make(context: &Context, object: &ObjectRef, names: &Names, reader: ObjectReader) -> Result<Made, Error> {
    let place = Partition::parse(&object.key)
        .filter(|(day, area, _)| *area == Area::Raw && day.prefix == context.prefix)
        .map(|(day, ..)| (day.table, day.date));
    let name = format!("s3://{}/{}", object.bucket, object.key);
    let source = Source { name, version: object.version.clone(), place };
    let handle = Handle::current();
    let (context, names, failed) = (context.clone(), names.clone(), object.clone());
    let work = tokio::task::spawn_blocking(move || {
        let mut lake = Lake { handle, context, source: source.clone(), names, outputs: Vec::new(), rejected: None };
        let (layout, limits) = (lake.context.layout.clone(), lake.context.limits.clone());
        let report = match convert(reader, &source, &layout, &limits, &mut lake) {
            Ok(report) => report,
            Err(error) => return went_wrong(error, failed, lake.outputs),
        };
        if let Some(lines) = lake.rejected.take() {
            lines.put(&lake.handle, &lake.context, lake.names.rejected())?;
        }
        Ok(Made::All(report, lake.outputs))
    });
    work.await.map_err(|source| Error::Stopped { object: object.clone(), source })?
}

/// Finds the errors of S3 again that went through the conversion.
fn went_wrong(error: event_parquet::Error, object: ObjectRef, outputs: Vec<Output>) -> Result<Made, Error> {
    match error {
        event_parquet::Error::Read(source) => match read_error(source) {
            Ok(error) if !error.is_retryable() => Ok(Made::Gone(error, outputs)),
            Ok(error) => Err(Error::Read(error)),
            Err(source) => Err(Error::Convert { object, source: Box::new(event_parquet::Error::Read(source)) }),
        },
        event_parquet::Error::Sink(source) => match source.downcast::<Error>() {
            Ok(error) => Err(*error),
            Err(source) => Err(Error::Convert { object, source: Box::new(event_parquet::Error::Sink(source)) }),
        },
        source => Err(Error::Convert { object, source: Box::new(source) }),
    }
}

/// Takes files away, wherever they are by now.
async fn delete(context: &Context, outputs: impl Iterator<Item = &Output>) -> Result<(), Error> {
    let mut keys = Vec::new();
    for output in outputs {
        let day = Partition { prefix: context.prefix.clone(), table: output.table.clone(), date: output.date.clone() };
        keys.extend(placement::keys(context, &day, &output.file).await?);
    }
    delete_keys(context, &keys).await
}

async fn delete_keys(context: &Context, keys: &[String]) -> Result<(), Error> {
    objects::folder::delete(&context.s3, &context.bucket, keys).await.map_err(Error::Delete)
}
