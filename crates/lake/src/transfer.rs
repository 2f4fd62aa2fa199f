//! Whole objects as streams, for threads that may block.

use std::io::{self, Read};

use aws_sdk_s3::Client;
use tokio::runtime::Handle;

use crate::object::ObjectRef;
use crate::source::{RangeReader, ReadError, Source};
use crate::stream::StreamError;
use crate::write::{PART, Upload, WriteError};

/// Bytes of one range request; up to three ranges are in memory.
const BLOCK: u64 = 2 << 20;

/// An object as a reader, all of it from one version.
///
/// Reading blocks, and so must never happen on the runtime's own threads. A failure is found again by [`read_error`].
pub struct ObjectReader {
    ranges: RangeReader,
    etag: Option<String>,
    size: u64,
}

impl ObjectReader {
    /// Reads the beginning of an object. To be called on a runtime, which does the reading from then on.
    ///
    /// # Errors
    /// S3's.
    pub async fn open(client: &Client, object: &ObjectRef) -> Result<Self, ReadError> {
        let (source, first) = Source::open(client, object, BLOCK).await?;
        let (etag, size) = (source.etag.clone(), source.size);
        Ok(Self { ranges: RangeReader::new(source, first, BLOCK), etag, size })
    }

    /// The entity tag without its quotes; none if the object is empty.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref().map(|tag| tag.trim_matches('"'))
    }

    /// Bytes of the object.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl std::fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectReader").field("etag", &self.etag).field("size", &self.size).finish_non_exhaustive()
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ranges.read(buffer)
    }
}

/// Why an [`ObjectReader`] failed; gives back an error that is not its own.
///
/// # Errors
/// Any other error.
pub fn read_error(error: io::Error) -> Result<ReadError, io::Error> {
    match error.downcast::<StreamError>() {
        Ok(StreamError::Read(error)) => Ok(error),
        Ok(other) => Err(other.into_io()),
        Err(other) => Err(other),
    }
}

/// What a reader gives could not become an object; nothing has appeared.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The reader failed.
    #[error("the content of {object} could not be read")]
    Content {
        /// The object that was to be written.
        object: ObjectRef,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// S3 did not take it.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes what a reader gives to an object, over what is there: at once, or in parts if there are more than 8 MiB. Says how many bytes.
///
/// Blocks: to be called on a thread that may, with the runtime's handle.
///
/// # Errors
/// The reader's and S3's.
pub fn put_blocking(
    handle: &Handle,
    client: &Client,
    target: &ObjectRef,
    reader: &mut impl Read,
    content_type: &str,
) -> Result<u64, PutError> {
    let mut upload = Upload::new(client, target, content_type);
    let mut bytes = 0;
    let mut send = |upload: &mut Upload<'_>| -> Result<(), PutError> {
        loop {
            let mut part = Vec::new();
            let read = reader.by_ref().take(PART as u64).read_to_end(&mut part);
            let read = read.map_err(|source| PutError::Content { object: target.clone(), source })?;
            if read == 0 {
                return Ok(handle.block_on(upload.complete())?);
            }
            bytes += read as u64;
            handle.block_on(upload.add(part.into()))?;
        }
    };
    match send(&mut upload) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            handle.block_on(upload.abort());
            Err(error)
        }
    }
}
