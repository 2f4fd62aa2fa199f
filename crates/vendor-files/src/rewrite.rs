//! Rewriting what COPY cannot read.

use std::fmt;

use aws_sdk_s3::Client;
use objects::{ObjectRanges, ObjectReader, ObjectRef, put_stream};
use pipeline::{Compression, Format, FormatKind};

use crate::convert::{convert, rewritten_format};
use crate::decode::encoding_of;
use crate::error::RewriteError;
use crate::head::Head;
use crate::stream::StreamError;

/// Bytes of one range request; up to four ranges are in memory.
const BLOCK: u64 = 4 << 20;

/// Why COPY cannot read a file as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewriteReason {
    /// COPY reads objects, not an array of them.
    JsonArray,
    /// COPY decompresses gzip, bzip2 and zstd only.
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

/// Why COPY cannot read a file as it is; nothing if it can.
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
    let (ranges, first) = ObjectRanges::open(client, source, BLOCK).await?;
    let reader = ObjectReader::new(ranges, first, BLOCK);
    let declared = format.clone();
    let format = rewritten_format(format);
    let written = put_stream(client, target, content_type(&format), move |out| convert(reader, &declared, out)).await;
    let (records, bytes) = written.map_err(|error| match error {
        objects::StreamError::Content(error) => failed(source, error),
        objects::StreamError::Write(error) => error.into(),
        objects::StreamError::Stopped { source: why, .. } => {
            RewriteError::Stopped { object: source.clone(), source: why }
        }
    })?;
    Ok(Rewritten { bytes, records, format })
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
