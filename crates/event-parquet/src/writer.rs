use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;

use crate::properties::writer_properties;

/// Bytes of pages after which a row group ends. They are in memory until then.
const ROW_GROUP_BYTES: usize = 16 << 20;

/// Writes record batches as Parquet files are written here, in row groups that end before they fill the memory.
pub struct Writer<W: Write + Send> {
    writer: ArrowWriter<W>,
    row_group_bytes: usize,
    rows: u64,
}

impl<W: Write + Send> Writer<W> {
    /// A file with this schema, for instance `Columns::schema`.
    ///
    /// # Errors
    /// A schema that Parquet cannot have, and those of the file.
    pub fn new(file: W, schema: SchemaRef) -> Result<Self, ParquetError> {
        let options = ArrowWriterOptions::new().with_properties(writer_properties()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, schema, options)?;
        Ok(Self { writer, row_group_bytes: ROW_GROUP_BYTES, rows: 0 })
    }

    /// With another number of bytes after which a row group ends.
    #[must_use]
    pub fn row_group_bytes(mut self, bytes: usize) -> Self {
        self.row_group_bytes = bytes;
        self
    }

    /// Appends rows.
    ///
    /// # Errors
    /// Another schema than the file's, and those of the file.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        self.writer.write(batch)?;
        self.rows += batch.num_rows() as u64;
        if self.writer.memory_size() >= self.row_group_bytes {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of the file so far, and of the row group that is not in it yet.
    pub fn size(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    /// Writes the file's end.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(self) -> Result<W, ParquetError> {
        self.writer.into_inner()
    }
}

impl<W: Write + Send> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("rows", &self.rows).field("size", &self.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    #[test]
    fn row_groups_end_before_they_are_too_large() {
        let fields = vec![Field::new("message_id", DataType::Utf8, true), Field::new("n", DataType::Int64, true)];
        let schema = Arc::new(Schema::new(fields));
        let file = tempfile::tempfile().unwrap();
        let mut writer = Writer::new(file, schema.clone()).unwrap().row_group_bytes(100_000);
        let batch = |from: i64| {
            let numbers = Int64Array::from_iter_values(from..from + 1000);
            let ids = StringArray::from_iter_values((from..from + 1000).map(|n| format!("id-{n:032}")));
            RecordBatch::try_new(schema.clone(), vec![Arc::new(ids), Arc::new(numbers)]).unwrap()
        };
        let batches: Vec<RecordBatch> = (0..20).map(|at| batch(at * 1000)).collect();
        for batch in &batches {
            writer.write(batch).unwrap();
        }
        assert_eq!(writer.rows(), 20_000);
        let reader = ParquetRecordBatchReaderBuilder::try_new(writer.finish().unwrap()).unwrap();
        assert!(reader.metadata().num_row_groups() > 4, "{}", reader.metadata().num_row_groups());
        assert_eq!(
            reader.metadata().file_metadata().created_by(),
            Some(concat!("landfall ", env!("CARGO_PKG_VERSION")))
        );
        let read: Vec<RecordBatch> = reader.with_batch_size(1000).build().unwrap().map(Result::unwrap).collect();
        assert_eq!(read, batches);
    }
}
