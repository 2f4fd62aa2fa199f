//! The file that takes the rows of one table and day.

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use crate::layout::Columns;
use crate::properties::writer_properties;
use crate::rows::Rows;

/// A temporary file that row groups are appended to.
pub(crate) struct Output {
    writer: SerializedFileWriter<File>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    pub(crate) rows: u64,
    pub(crate) row_groups: usize,
}

impl Output {
    /// A file without a name in this folder.
    pub(crate) fn create(folder: &Path, columns: &Columns) -> Result<Self, ParquetError> {
        let file = tempfile::tempfile_in(folder)?;
        let root = ArrowSchemaConverter::new().convert(columns.schema())?.root_schema_ptr();
        let writer = SerializedFileWriter::new(file, root, Arc::new(writer_properties()))?;
        let schema = physical(columns.schema());
        let factory = ArrowRowGroupWriterFactory::new(&writer, schema.clone());
        Ok(Self { writer, factory, schema, rows: 0, row_groups: 0 })
    }

    /// Appends rows as one row group, column by column: only one column's pages are in memory.
    pub(crate) fn append(&mut self, rows: &mut Rows) -> Result<(), ParquetError> {
        let mut writers = self.factory.create_column_writers(self.row_groups)?.into_iter();
        let mut group = self.writer.next_row_group()?;
        let mut fields = self.schema.fields().iter();
        self.rows += rows.count() as u64;
        rows.drain(|array| {
            let (Some(field), Some(mut writer)) = (fields.next(), writers.next()) else { return Ok(()) };
            for leaf in compute_leaves(field, &array)? {
                writer.write(&leaf)?;
            }
            drop(array);
            writer.close()?.append_to_row_group(&mut group)
        })?;
        group.close()?;
        self.row_groups += 1;
        Ok(())
    }

    /// Bytes of the file so far.
    pub(crate) fn size(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    /// Writes the file's end, and hands it out, to be read from its beginning.
    pub(crate) fn finish(self) -> Result<File, ParquetError> {
        let mut file = self.writer.into_inner()?;
        file.rewind().map_err(|error: io::Error| ParquetError::from(error))?;
        Ok(file)
    }
}

/// The schema by which rows are handed over: their texts are views, which Parquet stores like any text.
fn physical(schema: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Field::new(field.name(), DataType::BinaryView, true),
        _ => field.as_ref().clone(),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}
