//! Reads the beginning of an upload.

use std::io::Read;

use aws_sdk_s3::Client;
use bytes::{Bytes, BytesMut};
use objects::{ObjectRanges, ObjectReader, ObjectRef};
use pipeline::{Compression, Format, FormatKind};

use crate::compression::{check_magic, name_of};
use crate::content::ContentError;
use crate::decompress::{decompress_prefix, with_zipped};
use crate::error::HeadError;
use crate::head::Head;
use crate::parquet_head;
use crate::stream::StreamError;
use crate::text_head::{TextHead, text_head};

/// Bytes of the first range.
const FIRST: usize = 64 * 1024;
/// Bytes of a head, compressed and decompressed: a first record that is longer is refused.
const BOUND: usize = 4 << 20;
/// Bytes of one range of a ZIP archive.
const ZIP_BLOCK: u64 = 256 * 1024;

/// Reads the columns of an object from its beginning (or its end, where a format keeps them there).
///
/// # Errors
/// The object cannot be read, or its first record is not what `format` says.
pub async fn read_head(client: &Client, object: &ObjectRef, format: &Format) -> Result<Head, HeadError> {
    let (source, first) = ObjectRanges::open(client, object, FIRST as u64).await?;
    let (size, etag) = (source.size(), source.etag().map(str::to_owned));
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
async fn streamed(source: &ObjectRanges, first: Bytes, format: &Format) -> Result<Head, Failure> {
    let mut read = BytesMut::from(first);
    loop {
        let complete = read.len() as u64 >= source.size();
        let bound = read.len() >= BOUND;
        if let Some(head) = compressed_head(&read, complete, format, bound)? {
            return Ok(head);
        }
        let more = source.range(read.len() as u64, read.len() as u64).await?;
        read.extend_from_slice(&more);
    }
}

/// The head of a compressed or plain beginning; nothing if more of it is needed, which `bound` forbids.
fn compressed_head(read: &[u8], complete: bool, format: &Format, bound: bool) -> Result<Option<Head>, StreamError> {
    check_magic(read, format.compression)?;
    let (text, whole) = decompress_prefix(read, complete, format.compression, BOUND)?;
    match text_head(&text, whole, &format.kind)? {
        TextHead::Whole(head) => Ok(Some(head)),
        TextHead::More if bound || text.len() >= BOUND => Err(too_long(&format.kind).into()),
        TextHead::More => Ok(None),
    }
}

async fn zipped(source: ObjectRanges, first: Bytes, format: &Format) -> Result<Head, Failure> {
    let format = format.clone();
    check_magic(&first, Compression::Zip)?;
    let task = tokio::task::spawn_blocking(move || {
        with_zipped(ObjectReader::new(source, first, ZIP_BLOCK), |text| grown_head(text, &format.kind))
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

async fn parquet(source: &ObjectRanges, compression: Compression) -> Result<Head, Failure> {
    if compression != Compression::None {
        return Err(ContentError::CompressedParquet { declared: name_of(compression) }.into());
    }
    let begin = source.size().saturating_sub(FIRST as u64);
    let tail = source.range(begin, FIRST as u64).await?;
    let length = parquet_head::footer_length(&tail, source.size())?;
    let footer = if length <= tail.len() as u64 {
        tail.slice(tail.len() - usize::try_from(length).unwrap_or(0)..)
    } else {
        source.range(source.size() - length, length).await?
    };
    Ok(parquet_head::head(&footer)?)
}

#[cfg(test)]
mod tests;
