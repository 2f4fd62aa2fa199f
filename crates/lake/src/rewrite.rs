//! Rewriting what COPY cannot read.

use std::fmt;
use std::io::Write;

use aws_sdk_s3::Client;
use pipeline::{Compression, Format, FormatKind};
use tokio::sync::mpsc;

use crate::content::ContentError;
use crate::convert::{convert, rewritten_format};
use crate::decode::encoding_of;
use crate::head::Head;
use crate::object::ObjectRef;
use crate::source::{RangeReader, ReadError, Source};
use crate::stream::StreamError;
use crate::write::{Parts, Upload, WriteError};

/// Bytes of one range request; up to four ranges are in memory.
const BLOCK: u64 = 4 << 20;

/// Why COPY cannot read a file as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewriteReason {
    /// COPY reads objects, not an array of them.
    JsonArray,
    /// COPY unpacks gzip, bzip2 and zstd only.
    Zip,
    /// COPY reads UTF-8.
    Encoding(String),
    /// COPY would read a byte order mark as part of the first value.
    ByteOrderMark,
}

/// A file that COPY can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Bytes of the new object.
    pub bytes: u64,
    /// Records in it, without the header.
    pub records: u64,
    /// How the new object is read.
    pub format: Format,
}

/// An object could not be rewritten; the target is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// S3 did not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes are not what the format says.
    #[error("{object} is not what its dataset says")]
    Content {
        /// The object that was read.
        object: ObjectRef,
        /// What is wrong, where, and what to change.
        #[source]
        source: ContentError,
    },
    /// S3 did not take the bytes.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The thread that converts was stopped, as when the runtime shuts down.
    #[error("rewriting {object} was stopped")]
    Stopped {
        /// The object that was read.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl fmt::Display for RewriteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RewriteReason::JsonArray => f.write_str("a JSON array"),
            RewriteReason::Zip => f.write_str("a ZIP archive"),
            RewriteReason::Encoding(label) => write!(f, "encoded as {label}"),
            RewriteReason::ByteOrderMark => f.write_str("a byte order mark before the first record"),
        }
    }
}

/// Says why COPY cannot read a file as it is; nothing if it can.
pub fn needs_rewrite(format: &Format, head: &Head) -> Option<RewriteReason> {
    match (&format.kind, format.compression) {
        (FormatKind::JsonArray, _) => Some(RewriteReason::JsonArray),
        (_, Compression::Zip) => Some(RewriteReason::Zip),
        (FormatKind::Csv(csv), _) if encoding_of(&csv.encoding).ok() != Some(encoding_rs::UTF_8) => {
            Some(RewriteReason::Encoding(csv.encoding.clone()))
        }
        // COPY skips the header's line, and the mark with it.
        (FormatKind::Csv(csv), _) if head.bom && !csv.header => Some(RewriteReason::ByteOrderMark),
        (FormatKind::JsonLines, _) if head.bom => Some(RewriteReason::ByteOrderMark),
        _ => None,
    }
}

/// Writes what `source` holds to `target` as COPY can read it: UTF-8, uncompressed, JSON as one object per line.
///
/// # Errors
/// The source cannot be read or is not what `format` says, or the target cannot be written. Then no target appears.
pub async fn rewrite(
    client: &Client,
    source: &ObjectRef,
    format: &Format,
    target: &ObjectRef,
) -> Result<Rewritten, RewriteError> {
    let (opened, first) = Source::open(client, source, BLOCK).await?;
    // One part is filled, one waits, one is sent.
    let (sender, mut receiver) = mpsc::channel(1);
    let declared = format.clone();
    let work = tokio::task::spawn_blocking(move || {
        let mut parts = Parts::new(sender);
        let records = convert(RangeReader::new(opened, first, BLOCK), &declared, &mut parts)?;
        parts.flush().map_err(StreamError::from_io)?;
        Ok::<_, StreamError>((parts.bytes, records))
    });
    let format = rewritten_format(format);
    let mut upload = Upload::new(client, target, content_type(&format));
    let sent = async {
        while let Some(part) = receiver.recv().await {
            upload.add(part).await?;
        }
        Ok::<_, WriteError>(())
    };
    let sent = sent.await;
    // The writer on the other side notices, and ends.
    drop(receiver);
    let converted = match work.await {
        Ok(Ok(converted)) => Ok(converted),
        Ok(Err(error)) => Err(failed(source, error)),
        Err(error) => Err(RewriteError::Stopped { object: source.clone(), source: Box::new(error) }),
    };
    let outcome = match (sent, converted) {
        (Err(error), _) => Err(error.into()),
        (Ok(()), Err(error)) => Err(error),
        (Ok(()), Ok(counts)) => upload.complete().await.map(|()| counts).map_err(RewriteError::Write),
    };
    match outcome {
        Ok((bytes, records)) => Ok(Rewritten { bytes, records, format }),
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

fn failed(source: &ObjectRef, error: StreamError) -> RewriteError {
    let object = source.clone();
    match error {
        StreamError::Read(error) => error.into(),
        StreamError::Content(source) => RewriteError::Content { object, source },
        StreamError::Write(source) => RewriteError::Stopped { object, source: Box::new(source) },
    }
}

fn content_type(format: &Format) -> &'static str {
    match format.kind {
        FormatKind::Csv(_) => "text/csv; charset=utf-8",
        FormatKind::JsonLines | FormatKind::JsonArray => "application/x-ndjson",
        FormatKind::Parquet => "application/vnd.apache.parquet",
    }
}
