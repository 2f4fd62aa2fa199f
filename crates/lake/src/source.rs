//! Reading an object by ranges.

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::object::ObjectRef;
use crate::stream::StreamError;

/// How often a range is asked for when its body breaks off.
const ATTEMPTS: u32 = 3;

/// An object could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No such key, version or bucket, or a delete marker.
    #[error("{object} is gone; upload it again if it is still wanted")]
    Gone {
        /// The object.
        object: ObjectRef,
    },
    /// S3 refused.
    #[error(
        "{object} may not be read; grant s3:GetObject and s3:GetObjectVersion on it (and s3:ListBucket, without which \
         S3 answers the same for a key that is gone), and kms:Decrypt if it is encrypted with a key of KMS"
    )]
    Denied {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another upload took the key while it was read.
    #[error("{object} was overwritten while it was read; the newer upload has an event of its own")]
    Changed {
        /// The object.
        object: ObjectRef,
    },
    /// A state of compaction that nobody wrote.
    #[error("{object} is not the state of a partition; restore an earlier version of it")]
    Malformed {
        /// The object.
        object: ObjectRef,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Any other failure of a request, after the client's own attempts: try again later.
    #[error("{object} could not be read")]
    Request {
        /// The object.
        object: ObjectRef,
        /// The last attempt's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// One object, of which every range comes from the same version.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    client: Client,
    pub(crate) object: ObjectRef,
    pub(crate) etag: Option<String>,
    pub(crate) size: u64,
}

impl Source {
    /// Reads the first bytes, at most `length` of them, and learns the size.
    pub(crate) async fn open(client: &Client, object: &ObjectRef, length: u64) -> Result<(Source, Bytes), ReadError> {
        let mut source = Source { client: client.clone(), object: object.clone(), etag: None, size: 0 };
        match source.get(format!("bytes=0-{}", length.saturating_sub(1))).await? {
            None => Ok((source, Bytes::new())),
            Some((size, etag, bytes)) => {
                source.size = size.unwrap_or(bytes.len() as u64);
                source.etag = etag;
                Ok((source, bytes))
            }
        }
    }

    /// Reads the last bytes, at most `length` of them, and learns the size.
    pub(crate) async fn open_end(
        client: &Client,
        object: &ObjectRef,
        length: u64,
    ) -> Result<(Source, Bytes), ReadError> {
        let mut source = Source { client: client.clone(), object: object.clone(), etag: None, size: 0 };
        let Some((size, etag, bytes)) = source.get(format!("bytes=-{length}")).await? else {
            return Ok((source, Bytes::new()));
        };
        source.size = size.unwrap_or(bytes.len() as u64);
        source.etag = etag;
        Ok((source, bytes))
    }

    /// Reads a range, which must lie in the object.
    pub(crate) async fn range(&self, start: u64, length: u64) -> Result<Bytes, ReadError> {
        let end = start.saturating_add(length).min(self.size);
        if start >= end {
            return Ok(Bytes::new());
        }
        let bytes = self.get(format!("bytes={start}-{}", end - 1)).await?.map(|(_, _, bytes)| bytes);
        match bytes {
            Some(bytes) if bytes.len() as u64 == end - start => Ok(bytes),
            // Another length, or none: what is there now is another object.
            _ => Err(ReadError::Changed { object: self.object.clone() }),
        }
    }

    /// The object's size, its ETag and the bytes of a range; nothing if the object has no byte.
    async fn get(&self, range: String) -> Result<Option<(Option<u64>, Option<String>, Bytes)>, ReadError> {
        let mut attempt = 1;
        loop {
            let answer = self
                .client
                .get_object()
                .bucket(&self.object.bucket)
                .key(&self.object.key)
                .set_version_id(self.object.version.clone())
                .set_if_match(self.etag.clone())
                .range(&range)
                .send()
                .await;
            let output = match answer {
                Ok(output) => output,
                Err(error) if status(&error) == Some(416) => return Ok(None),
                Err(error) => return Err(self.error(error)),
            };
            let (size, etag) = (total_size(&output), output.e_tag.clone());
            match output.body.collect().await {
                Ok(body) => return Ok(Some((size, etag, body.into_bytes()))),
                Err(error) if attempt < ATTEMPTS => {
                    tracing::debug!(object = %self.object, range, %error, "a range broke off");
                    attempt += 1;
                }
                Err(error) => {
                    return Err(ReadError::Request { object: self.object.clone(), source: Box::new(error) });
                }
            }
        }
    }

    fn error(&self, error: SdkError<GetObjectError>) -> ReadError {
        let object = self.object.clone();
        match status(&error) {
            // 405 is S3's answer for a version that is a delete marker.
            Some(404 | 405) => ReadError::Gone { object },
            Some(403) => ReadError::Denied { object, source: Box::new(error) },
            Some(412) => ReadError::Changed { object },
            _ => ReadError::Request { object, source: Box::new(error) },
        }
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// From `Content-Range: bytes 0-65535/123456`; without one, the whole object was sent.
fn total_size(output: &GetObjectOutput) -> Option<u64> {
    let range = output.content_range.as_deref().and_then(|range| range.rsplit('/').next()?.parse().ok());
    range.or_else(|| output.content_length.and_then(|length| u64::try_from(length).ok()))
}

/// An object as a blocking reader: for threads that may block, never for the runtime's own.
///
/// Holds two blocks, and fetches the next one ahead while it is read in order.
pub(crate) struct RangeReader {
    source: Source,
    handle: Handle,
    block: u64,
    position: u64,
    /// The newest last.
    blocks: Vec<(u64, Bytes)>,
    ahead: Option<(u64, JoinHandle<Result<Bytes, ReadError>>)>,
}

/// Blocks that are kept: the end of an archive, and where its file is read.
const KEPT: usize = 2;

impl RangeReader {
    /// Begins at the first byte; `first` are the object's first bytes, at most one block.
    pub(crate) fn new(source: Source, first: Bytes, block: u64) -> Self {
        let whole = first.len() as u64 == source.size.min(block);
        let blocks = if whole { vec![(0, first)] } else { Vec::new() };
        RangeReader { source, handle: Handle::current(), block, position: 0, blocks, ahead: None }
    }

    fn load(&mut self, index: u64) -> Result<Bytes, ReadError> {
        if let Some((_, bytes)) = self.blocks.iter().find(|(kept, _)| *kept == index) {
            return Ok(bytes.clone());
        }
        let in_order = index > 0 && self.blocks.last().is_some_and(|(last, _)| *last == index - 1);
        let bytes = match self.ahead.take() {
            Some((fetched, task)) if fetched == index => match self.handle.block_on(task) {
                Ok(result) => result?,
                Err(error) => {
                    let object = self.source.object.clone();
                    return Err(ReadError::Request { object, source: Box::new(error) });
                }
            },
            other => {
                if let Some((_, task)) = other {
                    task.abort();
                }
                self.handle.block_on(self.source.range(index * self.block, self.block))?
            }
        };
        if in_order && (index + 1) * self.block < self.source.size {
            let (source, start, length) = (self.source.clone(), (index + 1) * self.block, self.block);
            let task = self.handle.spawn(async move { source.range(start, length).await });
            self.ahead = Some((index + 1, task));
        }
        if self.blocks.len() == KEPT {
            self.blocks.remove(0);
        }
        self.blocks.push((index, bytes.clone()));
        Ok(bytes)
    }
}

impl Drop for RangeReader {
    fn drop(&mut self) {
        if let Some((_, task)) = self.ahead.take() {
            task.abort();
        }
    }
}

impl Read for RangeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.source.size || buffer.is_empty() {
            return Ok(0);
        }
        let block = self.load(self.position / self.block).map_err(|error| StreamError::from(error).into_io())?;
        let offset = usize::try_from(self.position % self.block).map_err(io::Error::other)?;
        let rest = block.get(offset..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for RangeReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.source.size.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
