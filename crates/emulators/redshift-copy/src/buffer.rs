//! A window on a stream that never holds much more than one record.

use std::io::{self, Read};

/// The largest record that COPY takes, in bytes ("Input data must not exceed 4 MB per row").
pub(super) const MAX_RECORD_BYTES: usize = 4 * 1024 * 1024;
/// What the window holds as long as records are small, in bytes.
const WINDOW_BYTES: usize = 1024 * 1024;

/// What came of asking for more.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// There is more to read, or the end is known.
    Done,
    /// The window is full with one record, which is therefore too large.
    Full,
}

/// The part of a stream that was read and not yet used.
pub(super) struct Window {
    reader: Box<dyn Read + Send>,
    data: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
}

impl Window {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, data: vec![0; WINDOW_BYTES], start: 0, end: 0, at_end: false }
    }

    /// What is there.
    pub(super) fn unread(&self) -> &[u8] {
        &self.data[self.start..self.end]
    }

    /// Whether nothing comes after what is there.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Marks `bytes` as used.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// Reads until the window is full or the stream ends. A full window grows up to one record's limit.
    pub(super) fn fill(&mut self) -> io::Result<Fill> {
        self.data.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.data.len() {
            if self.data.len() > MAX_RECORD_BYTES {
                return Ok(Fill::Full);
            }
            // One byte of room past the limit tells a record of exactly the limit from a larger one.
            self.data.resize((self.data.len() * 2).min(MAX_RECORD_BYTES + 2), 0);
        }
        while self.end < self.data.len() && !self.at_end {
            match self.reader.read(&mut self.data[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Fill::Done)
    }

    /// Drops everything up to and with the next line feed, however far it is.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(at) = self.unread().iter().position(|byte| *byte == b'\n') {
                self.consume(at + 1);
                return Ok(());
            }
            self.consume(self.end - self.start);
            if self.at_end {
                return Ok(());
            }
            self.fill()?;
        }
    }
}
