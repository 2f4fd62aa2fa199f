//! Writes rows into merged files of bounded size, sorted by their time within each row group.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{concat, filter_record_batch, interleave_record_batch, sort_to_indices};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use event_parquet::{Seen, writer_properties};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;
use tempfile::NamedTempFile;

use crate::error::Error;

/// Bytes of rows in memory, which become one row group. Sorting needs as much again.
const ROW_GROUP_BYTES: usize = 16 << 20;

/// The column that rows are sorted by, where there is one.
const TIME_COLUMN: &str = "timestamp";

/// The column that tells an event from its repetitions, where there is one.
const ID_COLUMN: &str = "message_id";

/// What is being written.
pub(crate) struct Parts {
    folder: PathBuf,
    file_bytes: u64,
    seen: Seen,
    buffered: Vec<RecordBatch>,
    buffered_bytes: usize,
    open: Option<Part>,
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
}

struct Part {
    file: NamedTempFile,
    writer: ArrowWriter<File>,
}

impl Parts {
    /// Temporary files are made in the folder.
    pub(crate) fn new(folder: PathBuf, file_bytes: u64) -> Self {
        let seen = Seen::new(&folder);
        Self { folder, file_bytes, seen, buffered: Vec::new(), buffered_bytes: 0, open: None, rows: 0, duplicates: 0 }
    }

    /// Adds rows, of which all since the last `finish` have one schema; gives a file back when it is large enough.
    pub(crate) fn add(&mut self, rows: &RecordBatch) -> Result<Option<NamedTempFile>, Error> {
        let rows = self.unseen(rows)?;
        self.rows += rows.num_rows() as u64;
        self.buffered_bytes += rows.get_array_memory_size();
        self.buffered.push(rows);
        if self.buffered_bytes < ROW_GROUP_BYTES {
            return Ok(None);
        }
        self.flush()?;
        let is_full = self.open.as_ref().is_some_and(|part| part.writer.bytes_written() as u64 >= self.file_bytes);
        if is_full { self.finish() } else { Ok(None) }
    }

    /// Ends the file that is open, if there is one.
    pub(crate) fn finish(&mut self) -> Result<Option<NamedTempFile>, Error> {
        self.flush()?;
        let Some(part) = self.open.take() else { return Ok(None) };
        part.writer.close().map_err(Error::Merge)?;
        Ok(Some(part.file))
    }

    /// The rows whose id was not seen before; those without an id are all different.
    fn unseen(&mut self, rows: &RecordBatch) -> Result<RecordBatch, Error> {
        let Some(ids) = rows.column_by_name(ID_COLUMN).and_then(|ids| ids.as_any().downcast_ref::<StringArray>())
        else {
            return Ok(rows.clone());
        };
        let mut is_new = Vec::with_capacity(ids.len());
        for id in ids {
            is_new.push(match id {
                Some(id) => self.seen.insert(id.as_bytes()).map_err(Error::Disk)?,
                None => true,
            });
        }
        let count = is_new.iter().filter(|is_new| !**is_new).count();
        if count == 0 {
            return Ok(rows.clone());
        }
        self.duplicates += count as u64;
        filter_record_batch(rows, &BooleanArray::from(is_new)).map_err(arrow_error)
    }

    /// Writes what is in memory as one row group.
    fn flush(&mut self) -> Result<(), Error> {
        self.buffered_bytes = 0;
        let buffered = std::mem::take(&mut self.buffered);
        let Some(first) = buffered.iter().find(|rows| rows.num_rows() > 0) else { return Ok(()) };
        let part = match &mut self.open {
            Some(part) => part,
            none => none.insert(Part::create(&self.folder, first.schema())?),
        };
        for rows in sorted(&buffered).map_err(arrow_error)? {
            part.writer.write(&rows).map_err(Error::Merge)?;
        }
        part.writer.flush().map_err(Error::Merge)
    }
}

impl Part {
    fn create(folder: &Path, schema: SchemaRef) -> Result<Self, Error> {
        let file = NamedTempFile::new_in(folder).map_err(Error::Disk)?;
        let target = file.reopen().map_err(Error::Disk)?;
        let options = ArrowWriterOptions::new().with_properties(writer_properties()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(target, schema, options).map_err(Error::Merge)?;
        Ok(Self { file, writer })
    }
}

/// How many rows of a sorted row group are copied at once.
const ROWS_AT_ONCE: usize = 4096;

/// The rows in the order of their time, some at once; as they are, where they have none.
fn sorted(buffered: &[RecordBatch]) -> Result<Vec<RecordBatch>, ArrowError> {
    let times: Option<Vec<ArrayRef>> =
        buffered.iter().map(|rows| rows.column_by_name(TIME_COLUMN).map(Arc::clone)).collect();
    let Some(times) = times else { return Ok(buffered.to_vec()) };
    let times: Vec<&dyn Array> = times.iter().map(AsRef::as_ref).collect();
    let order = sort_to_indices(&concat(&times)?, None, None)?;
    let places: Vec<(usize, usize)> = buffered
        .iter()
        .enumerate()
        .flat_map(|(batch, rows)| (0..rows.num_rows()).map(move |row| (batch, row)))
        .collect();
    let order: Vec<(usize, usize)> =
        order.values().iter().filter_map(|index| places.get(usize::try_from(*index).ok()?).copied()).collect();
    let buffered: Vec<&RecordBatch> = buffered.iter().collect();
    order.chunks(ROWS_AT_ONCE).map(|some| interleave_record_batch(&buffered, some)).collect()
}

fn arrow_error(error: ArrowError) -> Error {
    Error::Merge(ParquetError::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray as _, TimestampMicrosecondArray};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn rows(events: &[(&str, i64)]) -> RecordBatch {
        let ids: StringArray = events.iter().map(|(id, _)| (!id.is_empty()).then_some(*id)).collect();
        let times: TimestampMicrosecondArray = events.iter().map(|(_, time)| Some(*time)).collect();
        let times = times.with_timezone("UTC");
        let columns = [(ID_COLUMN, Arc::new(ids) as ArrayRef, true), (TIME_COLUMN, Arc::new(times) as ArrayRef, true)];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    #[test]
    fn rows_are_sorted_by_time_and_each_id_is_once() {
        let mut parts = Parts::new(std::env::temp_dir(), 1 << 20);
        assert!(parts.add(&rows(&[("c", 30), ("a", 10), ("c", 30)])).unwrap().is_none());
        assert!(parts.add(&rows(&[("b", 20), ("a", 10), ("", 5), ("", 5)])).unwrap().is_none());
        let file = parts.finish().unwrap().unwrap();
        assert_eq!((parts.rows, parts.duplicates), (5, 2));
        let reader = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap().build().unwrap();
        let ids: Vec<String> = reader
            .flat_map(|rows| {
                let ids = rows.unwrap().column(0).as_string::<i32>().clone();
                ids.iter().map(|id| id.unwrap_or("-").to_owned()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(ids, ["-", "-", "a", "b", "c"]);
        assert!(parts.finish().unwrap().is_none());
        assert!(parts.add(&rows(&[("a", 10)])).unwrap().is_none());
        assert!(parts.finish().unwrap().is_none(), "a file without rows is not written");
    }

    #[test]
    fn files_have_a_bounded_size_and_row_groups_too() {
        let mut parts = Parts::new(std::env::temp_dir(), 1 << 10);
        let mut files = Vec::new();
        for batch in 0..60_i64 {
            let ids: Vec<String> = (0..10_000).map(|row| format!("{batch}-{row}-{}", "x".repeat(40))).collect();
            let events: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 1_000_000 - batch)).collect();
            files.extend(parts.add(&rows(&events)).unwrap());
            assert!(parts.buffered_bytes < ROW_GROUP_BYTES);
        }
        files.extend(parts.finish().unwrap());
        assert!(files.len() > 1);
        let rows = files.iter().map(|file| {
            let reader = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap();
            assert_eq!(reader.metadata().num_row_groups(), 1);
            reader.metadata().file_metadata().num_rows()
        });
        assert_eq!(rows.sum::<i64>(), 600_000);
    }
}
