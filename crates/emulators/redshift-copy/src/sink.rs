//! Where records go: into batches for the thread that appends, or into the error table.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use arrow::array::RecordBatch;

use super::columns::Rows;
use super::failure::{LoadErrorRow, MAX_RECORDED_ERRORS, Stop};
use super::options::CopyOptions;
use redshift_types::TargetColumn;

/// Rows of a batch: eight of DuckDB's vectors.
const BATCH_ROWS: usize = 16_384;
/// A batch is handed over before its records reach this size, in bytes, whatever its rows.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Collects what the files give.
pub(super) struct Sink<'a> {
    pub(super) rows: Rows,
    pub(super) options: &'a CopyOptions,
    pub(super) errors: Vec<LoadErrorRow>,
    pub(super) skipped: u64,
    sender: SyncSender<RecordBatch>,
    cancel: &'a AtomicBool,
    bytes: usize,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        columns: &[TargetColumn],
        options: &'a CopyOptions,
        sender: SyncSender<RecordBatch>,
        cancel: &'a AtomicBool,
    ) -> Self {
        Self { rows: Rows::new(columns), options, errors: Vec::new(), skipped: 0, sender, cancel, bytes: 0 }
    }

    /// Ends a record of `bytes` bytes whose every column was added.
    pub(super) fn accept(&mut self, bytes: usize) -> Result<(), Stop> {
        self.rows.count += 1;
        self.bytes += bytes;
        if self.rows.count >= BATCH_ROWS || self.bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Takes back the record that was begun, and writes down why.
    pub(super) fn reject(&mut self, row: LoadErrorRow) -> Result<(), Stop> {
        self.rows.undo();
        self.skipped += 1;
        if self.errors.len() < MAX_RECORDED_ERRORS {
            self.errors.push(row);
        }
        let limit = u64::from(self.options.max_errors.max(1));
        if !self.options.ignore_all_errors && self.skipped >= limit {
            return Err(Stop::TooManyErrors);
        }
        self.check_cancelled()
    }

    /// Writes down an error after which the file cannot be read on, whatever MAXERROR says.
    pub(super) fn reject_for_good(&mut self, row: LoadErrorRow) -> Stop {
        self.rows.undo();
        self.skipped += 1;
        self.errors.push(row);
        Stop::TooManyErrors
    }

    /// Hands over the rows so far; blocks while the thread that appends is busy.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        self.check_cancelled()?;
        self.bytes = 0;
        if self.rows.count == 0 {
            return Ok(());
        }
        let batch =
            self.rows.finish().map_err(|error| Stop::Failed(format!("a batch of rows is inconsistent: {error}")))?;
        self.sender.send(batch).map_err(|_| Stop::AppenderGone)
    }

    /// Stops if the statement was cancelled.
    pub(super) fn check_cancelled(&self) -> Result<(), Stop> {
        if self.cancel.load(Ordering::Relaxed) { Err(Stop::Cancelled) } else { Ok(()) }
    }
}
