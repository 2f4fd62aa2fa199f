//! The bytes of a source, decompressed, in a window that holds whole lines.

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use crate::error::Error;

/// Bytes that are read, and decompressed, at once.
const WINDOW: usize = 256 << 10;
const COMPRESSED: usize = 64 << 10;

/// The greatest window that a zstd frame may ask for, as a power of two: 8 MiB, what every decoder must offer (RFC 8878).
const ZSTD_WINDOW_LOG: u32 = 23;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A window over the decompressed bytes.
pub(crate) struct Input<'a> {
    reader: Box<dyn Read + 'a>,
    compression: &'static str,
    /// The source itself failed, not what it holds.
    has_failed: Rc<Cell<bool>>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    is_ended: bool,
    /// Why the decompression ended early.
    pub(crate) broken: Option<String>,
}

impl<'a> Input<'a> {
    /// Finds out by its first bytes how the source is compressed.
    pub(crate) fn new(reader: impl Read + 'a) -> Result<Self, Error> {
        let has_failed = Rc::new(Cell::new(false));
        let mut reader = Watched { reader, has_failed: Rc::clone(&has_failed) };
        let mut head = [0; ZSTD.len()];
        let length = fill(&mut reader, &mut head).map_err(Error::Read)?;
        let whole = io::Cursor::new(head).take(length as u64).chain(reader);
        let (reader, compression): (Box<dyn Read + 'a>, _) = match &head[..length] {
            [first, second, ..] if [*first, *second] == GZIP => {
                (Box::new(MultiGzDecoder::new(BufReader::with_capacity(COMPRESSED, whole))), "gzip")
            }
            head if *head == ZSTD => {
                let decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(COMPRESSED, whole));
                let mut decoder = decoder.map_err(Error::Read)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(Error::Read)?;
                (Box::new(decoder), "zstd")
            }
            _ => (Box::new(whole), "plain"),
        };
        let buffer = vec![0; WINDOW];
        Ok(Self { reader, compression, has_failed, buffer, start: 0, end: 0, offset: 0, is_ended: false, broken: None })
    }

    /// What was read and not consumed.
    pub(crate) fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The place of the window's first byte among the decompressed bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Nothing comes behind the window.
    pub(crate) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// The window is as large as it is now allowed to be.
    pub(crate) fn is_full(&self) -> bool {
        self.end - self.start == self.buffer.len()
    }

    /// Gives bytes from the window's beginning up.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Allows a larger window; returns whether that is possible.
    pub(crate) fn grow(&mut self, most: usize) -> bool {
        let length = (self.buffer.len() * 2).min(most);
        let can = length > self.buffer.len();
        if can {
            self.buffer.resize(length, 0);
        }
        can
    }

    /// Reads until the window is full or nothing is left: how much a reader gives at once changes nothing.
    pub(crate) fn fill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        while self.end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.is_ended = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.has_failed.get() => return Err(Error::Read(error)),
                Err(error) => {
                    self.is_ended = true;
                    self.broken = Some(format!("the {} stream breaks off: {error}", self.compression));
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Reads until the buffer is full or nothing is left.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match reader.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Remembers that the source failed, to distinguish that from content that cannot be decompressed.
struct Watched<R> {
    reader: R,
    has_failed: Rc<Cell<bool>>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.reader.read(buffer);
        let is_failure = result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        self.has_failed.set(self.has_failed.get() || is_failure);
        result
    }
}
