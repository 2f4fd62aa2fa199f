//! Streams of any length as objects.

use std::error::Error;
use std::io::{self, Read, Write};

use aws_sdk_s3::Client;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Sender};

use crate::error::WriteError;
use crate::multipart::{MultipartUpload, PART};
use crate::object_ref::ObjectRef;

/// A stream could not become an object; nothing has appeared.
#[derive(Debug, thiserror::Error)]
pub enum StreamError<E> {
    /// Whoever makes the content failed.
    #[error(transparent)]
    Content(E),
    /// S3 did not take it.
    #[error(transparent)]
    Write(WriteError),
    /// The thread that makes the content was stopped, as when the runtime shuts down.
    #[error("writing {object} was stopped")]
    Stopped {
        /// The object that was to be written.
        object: ObjectRef,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Writes to an object what `content` writes, over what is there: at once, or in parts if there are more than 8 MiB. Returns what
/// `content` returns, and the number of bytes. At most three parts are in memory.
///
/// `content` runs on a thread that may block. A write into it fails when S3 refuses the object; that refusal is what is returned then.
///
/// # Errors
/// Those of `content`, and S3's. Then no object appears.
pub async fn put_stream<T, E>(
    client: &Client,
    target: &ObjectRef,
    content_type: &str,
    content: impl FnOnce(&mut dyn Write) -> Result<T, E> + Send + 'static,
) -> Result<(T, u64), StreamError<E>>
where
    T: Send + 'static,
    E: Send + 'static,
{
    // One part is filled, one waits, one is sent.
    let (sender, mut receiver) = mpsc::channel(1);
    let work = tokio::task::spawn_blocking(move || {
        let mut parts = Parts { sender, part: Vec::new(), bytes: 0 };
        let made = content(&mut parts)?;
        Ok::<_, E>((made, parts.flush().map(|()| parts.bytes)))
    });
    let mut upload = MultipartUpload::new(client, target, content_type);
    let sent = async {
        while let Some(part) = receiver.recv().await {
            upload.add(part).await?;
        }
        Ok::<_, WriteError>(())
    };
    let sent = sent.await;
    // The writer on the other side notices, and ends.
    drop(receiver);
    let stopped = |source| StreamError::Stopped { object: target.clone(), source };
    let outcome = match (sent, work.await) {
        (Err(error), _) => Err(StreamError::Write(error)),
        (Ok(()), Err(error)) => Err(stopped(error.into())),
        (Ok(()), Ok(Err(error))) => Err(StreamError::Content(error)),
        (Ok(()), Ok(Ok((_, Err(error))))) => Err(stopped(error.into())),
        (Ok(()), Ok(Ok((made, Ok(bytes))))) => {
            upload.complete().await.map(|()| (made, bytes)).map_err(StreamError::Write)
        }
    };
    if outcome.is_err() {
        upload.abort().await;
    }
    outcome
}

/// Collects what is written to it into parts, and sends them through a channel. Waits while the channel is full.
struct Parts {
    sender: Sender<Bytes>,
    part: Vec<u8>,
    bytes: u64,
}

impl Parts {
    fn send(&mut self) -> io::Result<()> {
        let part = std::mem::take(&mut self.part);
        self.sender.blocking_send(part.into()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.part.capacity() == 0 {
            self.part.reserve_exact(PART);
        }
        let count = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        self.bytes += count as u64;
        if self.part.len() == PART {
            self.send()?;
        }
        Ok(count)
    }

    /// Sends the last part.
    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() { Ok(()) } else { self.send() }
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

/// Writes what a reader gives to an object, over what is there: at once, or in parts if there are more than 8 MiB. Returns the number
/// of bytes.
///
/// Blocks: to be called on a thread that may, with the runtime's handle.
///
/// # Errors
/// The reader's and S3's. Then no object appears.
pub fn put_blocking(
    handle: &Handle,
    client: &Client,
    target: &ObjectRef,
    reader: &mut impl Read,
    content_type: &str,
) -> Result<u64, PutError> {
    let mut upload = MultipartUpload::new(client, target, content_type);
    let mut bytes = 0;
    let mut send = |upload: &mut MultipartUpload<'_>| -> Result<(), PutError> {
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
