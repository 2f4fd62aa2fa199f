//! What the beginning of an upload says about it.

use std::io::Read;

use aws_sdk_s3::Client;
use bytes::{Bytes, BytesMut};
use pipeline::{Compression, Format, FormatKind};

use crate::content::{ContentError, check_magic, name_of};
use crate::object::ObjectRef;
use crate::parquet_head;
use crate::source::{RangeReader, ReadError, Source};
use crate::stream::StreamError;
use crate::text_head::{TextHead, text_head};
use crate::unpack::{unpack_prefix, with_zipped};

/// Bytes of the first range.
const FIRST: usize = 64 * 1024;
/// Bytes of a head, packed and unpacked: a first record that is longer is refused.
const BOUND: usize = 4 << 20;
/// Bytes of one range of a ZIP archive.
const ZIP_BLOCK: u64 = 256 * 1024;

/// What the beginning of an object says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The fields of the CSV header, the keys of the first JSON object, or the columns of a Parquet file, in order.
    pub columns: Option<Vec<String>>,
    /// The first record of a CSV without a header.
    pub first_record: Option<Vec<String>>,
    /// No byte, or nothing but packing.
    pub empty: bool,
    /// Whether there is no record (after the header, if there is one), where that can be told.
    pub header_only: Option<bool>,
    /// A byte order mark of any encoding at the beginning of the text.
    pub bom: bool,
    /// Bytes of the object, as it lies in S3.
    pub size: u64,
    /// The object's ETag, if S3 said one.
    pub etag: Option<String>,
}

/// The head of an object could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// S3 did not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes are not what the format says.
    #[error("{object} is not what its dataset says")]
    Content {
        /// The object.
        object: ObjectRef,
        /// What is wrong, where, and what to change.
        #[source]
        source: ContentError,
    },
    /// The thread that unpacks was stopped, as when the runtime shuts down.
    #[error("reading {object} was stopped")]
    Stopped {
        /// The object.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Reads the columns of an object from its beginning (or its end, where a format keeps them there).
///
/// # Errors
/// The object cannot be read, or its first record is not what `format` says.
pub async fn read_head(client: &Client, object: &ObjectRef, format: &Format) -> Result<Head, HeadError> {
    let (source, first) = Source::open(client, object, FIRST as u64).await?;
    let (size, etag) = (source.size, source.etag.clone());
    if size == 0 {
        return Ok(Head { empty: true, etag, ..Head::default() });
    }
    let head = match (&format.kind, format.compression) {
        (FormatKind::Parquet, compression) => parquet(&source, compression).await,
        (_, Compression::Zip) => zipped(source, first, format).await,
        _ => streamed(&source, first, format).await,
    };
    match head {
        Ok(head) => Ok(Head { size, etag, ..head }),
        Err(Failure::Stream(StreamError::Read(error))) => Err(error.into()),
        Err(Failure::Stream(StreamError::Content(source))) => {
            Err(HeadError::Content { object: object.clone(), source })
        }
        Err(Failure::Stream(StreamError::Write(source))) => {
            Err(HeadError::Stopped { object: object.clone(), source: Box::new(source) })
        }
        Err(Failure::Stopped(source)) => Err(HeadError::Stopped { object: object.clone(), source: Box::new(source) }),
    }
}

enum Failure {
    Stream(StreamError),
    Stopped(tokio::task::JoinError),
}

impl<E: Into<StreamError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Stream(error.into())
    }
}

/// Reads more and more of the beginning until the first record is whole.
async fn streamed(source: &Source, first: Bytes, format: &Format) -> Result<Head, Failure> {
    let mut packed = BytesMut::from(first);
    loop {
        let complete = packed.len() as u64 >= source.size;
        let bound = packed.len() >= BOUND;
        if let Some(head) = packed_head(&packed, complete, format, bound)? {
            return Ok(head);
        }
        let more = source.range(packed.len() as u64, packed.len() as u64).await?;
        packed.extend_from_slice(&more);
    }
}

/// The head of a packed or plain beginning; nothing if more of it is needed, which `bound` forbids.
fn packed_head(packed: &[u8], complete: bool, format: &Format, bound: bool) -> Result<Option<Head>, StreamError> {
    check_magic(packed, format.compression)?;
    let (text, whole) = unpack_prefix(packed, complete, format.compression, BOUND)?;
    match text_head(&text, whole, &format.kind)? {
        TextHead::Whole(head) => Ok(Some(head)),
        TextHead::More if bound || text.len() >= BOUND => Err(too_long(&format.kind).into()),
        TextHead::More => Ok(None),
    }
}

async fn zipped(source: Source, first: Bytes, format: &Format) -> Result<Head, Failure> {
    let format = format.clone();
    check_magic(&first, Compression::Zip)?;
    let task = tokio::task::spawn_blocking(move || {
        with_zipped(RangeReader::new(source, first, ZIP_BLOCK), |text| grown_head(text, &format.kind))
    });
    task.await.map_err(Failure::Stopped)?.map_err(Failure::Stream)
}

/// Reads more and more of a stream until the first record is whole.
fn grown_head(mut stream: impl Read, kind: &FormatKind) -> Result<Head, StreamError> {
    let mut text = Vec::new();
    let mut wanted = FIRST;
    loop {
        let missing = (wanted - text.len()) as u64;
        let read = stream.by_ref().take(missing).read_to_end(&mut text).map_err(StreamError::from_io)?;
        let complete = (read as u64) < missing;
        match text_head(&text, complete, kind)? {
            TextHead::Whole(head) => return Ok(head),
            TextHead::More if wanted >= BOUND => return Err(too_long(kind).into()),
            TextHead::More => wanted *= 2,
        }
    }
}

fn too_long(kind: &FormatKind) -> ContentError {
    match kind {
        FormatKind::Csv(_) | FormatKind::Parquet => ContentError::HeaderTooLong { bound: BOUND },
        FormatKind::JsonLines | FormatKind::JsonArray => {
            ContentError::JsonTooLarge { index: 1, line: 1, column: 1, bound: BOUND }
        }
    }
}

async fn parquet(source: &Source, compression: Compression) -> Result<Head, Failure> {
    if compression != Compression::None {
        return Err(ContentError::PackedParquet { declared: name_of(compression) }.into());
    }
    let begin = source.size.saturating_sub(FIRST as u64);
    let tail = source.range(begin, FIRST as u64).await?;
    let length = parquet_head::footer_length(&tail, source.size)?;
    let footer = if length <= tail.len() as u64 {
        tail.slice(tail.len() - usize::try_from(length).unwrap_or(0)..)
    } else {
        source.range(source.size - length, length).await?
    };
    Ok(parquet_head::head(&footer)?)
}

#[cfg(test)]
mod tests;
