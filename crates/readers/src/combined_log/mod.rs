//! Web servers' logs: Apache's and nginx's combined log format, and the common log format, which is its beginning.
//!
//! | column | type | what |
//! |---|---|---|
//! | `host` | string | the client: address or name, never NULL |
//! | `identity`, `user` | string | NULL for `-` |
//! | `time` | timestamp, microseconds, UTC | the line's zone is applied; never NULL |
//! | `method`, `path`, `query`, `protocol` | string | the request's parts; `query` is what follows the first `?`; all NULL if the request is none |
//! | `status` | int | NULL for `-` |
//! | `bytes` | bigint | NULL for `-` |
//! | `referrer`, `user_agent` | string | NULL for `-` and in the common log format |
//! | `request` | string | the request as it was logged, where it could not be split: `-`, a TLS handshake, ... |
//! | `extra` | string | what follows the user agent |
//! | `line` | bigint | the line's number, from 1 |
//! | `raw` | string | the whole line, if [`Options::raw`] |
//!
//! Texts are printable: see `\xhh` in the crate's description.

mod columns;
mod line;
mod lines;
mod text;
mod time;

use std::io::{self, Read};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::{Batches, Error};
use columns::Columns;
pub use line::Reason;
use lines::Lines;

/// How a log is read, and how much memory that may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// Rows in a batch.
    pub batch_rows: usize,
    /// Bytes of lines in a batch; the line that passes it is its last.
    pub batch_bytes: usize,
    /// The longest line; a longer one is rejected. Apache takes 8 KiB each of request line and header field, and an escaped byte has four.
    pub line_bytes_max: usize,
    /// Whether the column `raw` is wanted.
    pub raw: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { batch_rows: 8192, batch_bytes: 16 << 20, line_bytes_max: 256 << 10, raw: false }
    }
}

/// A line that cannot be read.
#[derive(Debug, Clone, Copy)]
pub struct Rejected<'a> {
    /// Its number, from 1.
    pub line: u64,
    /// Where it begins, in bytes from 0.
    pub offset: u64,
    /// Why it cannot be read.
    pub reason: Reason,
    /// Its bytes, without the line's end. Of a line that is too long, only its beginning.
    pub raw: &'a [u8],
    /// How many bytes it has.
    pub length: u64,
}

/// Takes the lines that cannot be read.
pub type Sink<'a> = Box<dyn FnMut(Rejected<'_>) -> io::Result<()> + Send + 'a>;

/// The report of the lines so far: `lines` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them; the last one needs no line end.
    pub lines: u64,
    /// They became rows.
    pub rows: u64,
    /// They were given to the sink.
    pub rejected: u64,
    /// There was nothing in them.
    pub blank: u64,
}

/// The rows of a log.
pub struct CombinedLog<'a, R> {
    lines: Lines<R>,
    options: Options,
    rejected: Sink<'a>,
    columns: Columns,
    counts: Counts,
    has_ended: bool,
}

impl<'a, R: Read> CombinedLog<'a, R> {
    /// Reads a log, which may begin with a byte order mark; compressed ones have to be decompressed before.
    pub fn new(input: R, options: Options, rejected: Sink<'a>) -> Self {
        let columns = Columns::new(options.raw, options.batch_rows.max(1));
        let lines = Lines::new(input, options.line_bytes_max);
        Self { lines, options, rejected, columns, counts: Counts::default(), has_ended: false }
    }

    /// The report of the lines so far. Those of the batch that is being read count as well.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The next batch; `None` at the end.
    fn batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let start = self.lines.offset();
        loop {
            let (number, offset) = (self.counts.lines + 1, self.lines.offset());
            let found = self.lines.next().map_err(|source| Error::ReadLog { line: number, offset, source })?;
            let Some(line) = found else { break };
            self.counts.lines = number;
            let raw = line.bytes;
            if raw.trim_ascii().is_empty() && !line.is_cut() {
                self.counts.blank += 1;
                continue;
            }
            let read = if line.is_cut() { Err(Reason::TooLong) } else { line::read(raw) };
            match read {
                Ok(fields) => {
                    self.columns.push(&fields, number, raw);
                    self.counts.rows += 1;
                }
                Err(reason) => {
                    let rejected = Rejected { line: number, offset: line.offset, reason, raw, length: line.length };
                    (self.rejected)(rejected).map_err(|source| Error::RejectedLine { line: number, source })?;
                    self.counts.rejected += 1;
                }
            }
            let bytes = usize::try_from(self.lines.offset() - start).unwrap_or(usize::MAX);
            if self.columns.rows() >= self.options.batch_rows.max(1) || bytes >= self.options.batch_bytes {
                break;
            }
        }
        match self.columns.rows() {
            0 => Ok(None),
            _ => self.columns.finish().map(Some).map_err(Error::Batch),
        }
    }
}

impl<R: Read> Iterator for CombinedLog<'_, R> {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            match self.batch() {
                Ok(Some(batch)) => return Some(Ok(batch)),
                // Megabytes of rejected lines are no end.
                Ok(None) if !self.lines.has_ended() => continue,
                Ok(None) => self.has_ended = true,
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl<R: Read> Batches for CombinedLog<'_, R> {
    fn schema(&self) -> SchemaRef {
        self.columns.schema()
    }
}

#[cfg(test)]
mod tests;
