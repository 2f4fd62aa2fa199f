//! An object as a blocking reader.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use aws_sdk_s3::Client;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::error::ReadError;
use crate::object_ref::ObjectRef;
use crate::ranges::ObjectRanges;

/// Bytes of one range request of a reader that is opened by name; up to three ranges are in memory.
const BLOCK: u64 = 2 << 20;

/// Blocks that stay in memory: the end of an archive, and where its file is read.
const BLOCKS_IN_MEMORY: usize = 2;

/// An object as a reader, all of it from one version: for threads that may block, never for the runtime's own.
///
/// Holds two blocks, and fetches the next one ahead while it is read in order. [`read_error`] takes a failure out of its `io::Error`.
pub struct ObjectReader {
    ranges: ObjectRanges,
    handle: Handle,
    block: u64,
    position: u64,
    /// The newest last.
    blocks: Vec<(u64, Bytes)>,
    ahead: Option<(u64, JoinHandle<Result<Bytes, ReadError>>)>,
}

impl ObjectReader {
    /// Reads the beginning of an object. To be called on a runtime, which does the reading from then on.
    ///
    /// # Errors
    /// S3's.
    pub async fn open(client: &Client, object: &ObjectRef) -> Result<Self, ReadError> {
        let (ranges, first) = ObjectRanges::open(client, object, BLOCK).await?;
        Ok(Self::new(ranges, first, BLOCK))
    }

    /// Begins at the first byte; `first` is the object's beginning, which is used if it is one whole block. Each request asks for
    /// `block` bytes. To be called on a runtime, which does the reading from then on.
    pub fn new(ranges: ObjectRanges, first: Bytes, block: u64) -> Self {
        let is_whole = first.len() as u64 == ranges.size().min(block);
        let blocks = if is_whole { vec![(0, first)] } else { Vec::new() };
        Self { ranges, handle: Handle::current(), block, position: 0, blocks, ahead: None }
    }

    /// The entity tag without its quotes; none if the object is empty.
    pub fn etag(&self) -> Option<&str> {
        self.ranges.etag().map(|tag| tag.trim_matches('"'))
    }

    /// Bytes of the object.
    pub fn size(&self) -> u64 {
        self.ranges.size()
    }

    fn load(&mut self, index: u64) -> Result<Bytes, ReadError> {
        if let Some((_, bytes)) = self.blocks.iter().find(|(loaded, _)| *loaded == index) {
            return Ok(bytes.clone());
        }
        let is_in_order = index > 0 && self.blocks.last().is_some_and(|(last, _)| *last == index - 1);
        let bytes = match self.ahead.take() {
            Some((fetched, task)) if fetched == index => match self.handle.block_on(task) {
                Ok(result) => result?,
                Err(error) => {
                    let object = self.ranges.object.clone();
                    return Err(ReadError::Request { object, source: Box::new(error) });
                }
            },
            other => {
                if let Some((_, task)) = other {
                    task.abort();
                }
                self.handle.block_on(self.ranges.range(index * self.block, self.block))?
            }
        };
        if is_in_order && (index + 1) * self.block < self.ranges.size() {
            let (ranges, start, length) = (self.ranges.clone(), (index + 1) * self.block, self.block);
            let task = self.handle.spawn(async move { ranges.range(start, length).await });
            self.ahead = Some((index + 1, task));
        }
        if self.blocks.len() == BLOCKS_IN_MEMORY {
            self.blocks.remove(0);
        }
        self.blocks.push((index, bytes.clone()));
        Ok(bytes)
    }
}

impl fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectReader")
            .field("ranges", &self.ranges)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Drop for ObjectReader {
    fn drop(&mut self) {
        if let Some((_, task)) = self.ahead.take() {
            task.abort();
        }
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.ranges.size() || buffer.is_empty() {
            return Ok(0);
        }
        let block = self.load(self.position / self.block).map_err(io::Error::other)?;
        let offset = usize::try_from(self.position % self.block).map_err(io::Error::other)?;
        let rest = block.get(offset..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.ranges.size().checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

/// Why an [`ObjectReader`] failed.
///
/// # Errors
/// An error that is none of a reader's is returned as it came.
pub fn read_error(error: io::Error) -> Result<ReadError, io::Error> {
    error.downcast::<ReadError>()
}

/// Whether an error is one of an [`ObjectReader`].
pub fn is_read_error(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<ReadError>())
}
