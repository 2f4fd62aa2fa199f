//! COPY from Parquet: columns by position, types that match closely. A file is read twice: to check it, and to load it.

mod schema;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, make_array, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use redshift_types::{RedshiftType, TargetColumn};

use super::command::CopyCommand;
use super::copied::CopiedFile;
use super::failure::{CANCELLED, CopyFailure, LoadErrorRow, of_column};
use super::manifest::SourceObject;
use super::objects::ObjectSource;
use super::values::arrow_type;

/// The code of an error that the scan of a columnar file reports.
const SCAN_ERROR: i32 = 15_007;
/// How much of an object is downloaded between two looks at the cancel flag, in bytes.
const DOWNLOAD_BYTES: usize = 1024 * 1024;
/// Rows of a batch: one of DuckDB's vectors, so that a batch of the widest rows stays small.
const BATCH_ROWS: usize = 2_048;

/// What a load from Parquet works with.
pub(super) struct ParquetLoad<'a> {
    pub(super) command: &'a CopyCommand,
    pub(super) columns: &'a [TargetColumn],
    pub(super) objects: &'a dyn ObjectSource,
    pub(super) cancel: &'a AtomicBool,
    pub(super) append: &'a mut dyn FnMut(RecordBatch) -> Result<(), String>,
}

/// One file that is being read: its local copy, and what its footer describes.
struct ParquetFile<'a> {
    url: &'a str,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl ParquetLoad<'_> {
    /// Loads one object; `None` if it does not exist and need not.
    pub(super) fn load(&mut self, object: &SourceObject) -> Result<Option<CopiedFile>, CopyFailure> {
        let url = object.location.to_string();
        let opened = match self.objects.open(&object.location) {
            Ok(opened) => opened,
            Err(error) if error.is_missing() && !object.mandatory => return Ok(None),
            Err(error) => return Err(CopyFailure::of(error.to_string())),
        };
        let file = self.downloaded(opened.reader).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => CopyFailure::of(CANCELLED),
            _ => CopyFailure::of(format!("{url} could not be read to its end: {error}")),
        })?;
        let metadata = schema::read(&file).map_err(|error| unreadable(&url, &error))?;
        let file = ParquetFile { url: &url, file, metadata };
        self.check_columns(&file)?;
        self.check_values(&file)?;
        let rows = self.insert(&file)?;
        Ok(Some(CopiedFile { rows, bytes: opened.size, url }))
    }

    /// The object in a temporary file without a name.
    fn downloaded(&self, mut reader: Box<dyn Read + Send>) -> io::Result<File> {
        let mut file = tempfile::tempfile()?;
        let mut buffer = vec![0; DOWNLOAD_BYTES];
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => file.write_all(&buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        file.rewind()?;
        Ok(file)
    }

    /// As many columns as the table has (fewer with FILLRECORD), each of a type that Redshift takes for its column.
    fn check_columns(&self, file: &ParquetFile<'_>) -> Result<(), CopyFailure> {
        let found = file.columns();
        let fill = self.command.options.fill_record;
        if found.len() != self.columns.len() && !(fill && found.len() < self.columns.len()) {
            let context = format!(
                "Unmatched number of columns between table and file. Table columns: {}, Data columns: {}, File name: {}",
                self.columns.len(),
                found.len(),
                file.url
            );
            return Err(failure(file.url, None, &context));
        }
        match self.columns.iter().zip(found).find(|(target, field)| !schema::fits(field.data_type(), target.data_type))
        {
            Some((target, field)) => Err(incompatible(file.url, target, field)),
            None => Ok(()),
        }
    }

    /// Lengths and NULLs, in the whole file.
    fn check_values(&self, file: &ParquetFile<'_>) -> Result<(), CopyFailure> {
        let found = file.columns().len();
        let checked = |target: &TargetColumn| target.not_null || target.data_type.is_text();
        let places: Vec<usize> = (0..found).filter(|at| checked(&self.columns[*at])).collect();
        let mut measured = vec![Measures::default(); places.len()];
        let mut rows = 0;
        for batch in file.batches(Some(&places))? {
            self.check_cancelled()?;
            let batch = batch.map_err(|error| unreadable(file.url, &error))?;
            rows += batch.num_rows();
            measured.iter_mut().zip(batch.columns()).for_each(|(measures, values)| measures.add(values));
        }
        let mut measured = measured.into_iter();
        for (at, target) in self.columns.iter().enumerate().filter(|(_, target)| checked(target)) {
            let absent = Measures { longest: 0, nulls: rows };
            let values = if at < found { measured.next().unwrap_or_default() } else { absent };
            check_column(file.url, target, &values)?;
        }
        Ok(())
    }

    fn insert(&mut self, file: &ParquetFile<'_>) -> Result<u64, CopyFailure> {
        let fields = self.columns.iter().map(|column| Field::new(&column.name, arrow_type(column.data_type), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut rows = 0;
        for batch in file.batches(None)? {
            self.check_cancelled()?;
            let batch = batch.and_then(|batch| self.converted(&batch, &schema));
            let batch = batch.map_err(|error| unreadable(file.url, &error))?;
            rows += batch.num_rows() as u64;
            (self.append)(batch).map_err(|error| CopyFailure::not_added(&self.command.table, &error))?;
        }
        Ok(rows)
    }

    /// A batch of the file as rows of the table.
    fn converted(&self, batch: &RecordBatch, schema: &Arc<Schema>) -> Result<RecordBatch, ArrowError> {
        let column = |(at, target): (usize, &TargetColumn)| match batch.columns().get(at) {
            Some(values) => converted(values, target.data_type),
            None => Ok(new_null_array(&arrow_type(target.data_type), batch.num_rows())),
        };
        let columns = self.columns.iter().enumerate().map(column).collect::<Result<_, _>>()?;
        RecordBatch::try_new(Arc::clone(schema), columns)
    }

    fn check_cancelled(&self) -> Result<(), CopyFailure> {
        if self.cancel.load(Ordering::Relaxed) { Err(CopyFailure::of(CANCELLED)) } else { Ok(()) }
    }
}

impl ParquetFile<'_> {
    fn columns(&self) -> &[FieldRef] {
        self.metadata.schema().fields()
    }

    /// The rows, of the columns at these places or of all.
    fn batches(&self, places: Option<&[usize]>) -> Result<ParquetRecordBatchReader, CopyFailure> {
        let reader = self.file.try_clone().map_err(|error| unreadable(self.url, &error))?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(reader, self.metadata.clone());
        if let Some(places) = places {
            let mask = ProjectionMask::roots(self.metadata.parquet_schema(), places.iter().copied());
            builder = builder.with_projection(mask);
        }
        let built: Result<_, ParquetError> = builder.with_batch_size(BATCH_ROWS).build();
        built.map_err(|error| unreadable(self.url, &error))
    }
}

/// What a column of a file holds.
#[derive(Debug, Clone, Default)]
struct Measures {
    /// Bytes of its longest text.
    longest: usize,
    nulls: usize,
}

impl Measures {
    fn add(&mut self, values: &ArrayRef) {
        self.nulls += values.null_count();
        if let Some(texts) = values.as_any().downcast_ref::<StringArray>() {
            let longest = texts.iter().flatten().map(str::len).max();
            self.longest = self.longest.max(longest.unwrap_or_default());
        }
    }
}

fn check_column(url: &str, target: &TargetColumn, values: &Measures) -> Result<(), CopyFailure> {
    let limit = target.data_type.length().filter(|_| target.data_type.is_text());
    if let Some(limit) = limit.filter(|limit| values.longest > *limit as usize) {
        let context = format!(
            "The length of the data column {} is longer than the length defined in the table. Table: {limit}, Data: {}",
            target.name, values.longest
        );
        return Err(failure(url, Some(target), &context));
    }
    if target.not_null && values.nulls > 0 {
        let context = format!("Missing data for not-null field: {} has {} NULLs", target.name, values.nulls);
        return Err(failure(url, Some(target), &context));
    }
    Ok(())
}

/// Values of a type that fits as values of the column's type. A CHAR loses its trailing blanks.
fn converted(values: &ArrayRef, target: RedshiftType) -> Result<ArrayRef, ArrowError> {
    if let (RedshiftType::Char(_), Some(texts)) = (target, values.as_any().downcast_ref::<StringArray>()) {
        let trimmed: StringArray = texts.iter().map(|text| text.map(|text| text.trim_end_matches(' '))).collect();
        return Ok(Arc::new(trimmed));
    }
    // A value that the type cannot hold is an error, not NULL.
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let DataType::Timestamp(unit, Some(_)) = values.data_type() else {
        return cast_with_options(values, &arrow_type(target), &options);
    };
    // Parquet knows no zone but UTC, and so does the table: the numbers stay what they are.
    let plain = values.to_data().into_builder().data_type(DataType::Timestamp(*unit, None)).build()?;
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let micros = cast_with_options(&make_array(plain), &micros, &options)?;
    Ok(make_array(micros.to_data().into_builder().data_type(arrow_type(target)).build()?))
}

fn incompatible(url: &str, target: &TargetColumn, field: &Field) -> CopyFailure {
    let context = format!(
        "File '{url}' has an incompatible Parquet schema for column '{url}.{}'. Column type: {}, Parquet schema: {} {}",
        target.name,
        target.data_type.to_string().to_uppercase(),
        schema::sql_name(field.data_type()),
        field.name(),
    );
    failure(url, Some(target), &context)
}

fn unreadable(url: &str, error: &dyn std::error::Error) -> CopyFailure {
    failure(url, None, &format!("File '{url}': {error}"))
}

fn failure(url: &str, column: Option<&TargetColumn>, context: &str) -> CopyFailure {
    let row = LoadErrorRow {
        file_name: url.to_owned(),
        error_code: SCAN_ERROR,
        error_message: format!("Spectrum Scan Error. {context}"),
        ..column.map(of_column).unwrap_or_default()
    };
    CopyFailure { message: row.error_message.clone(), errors: vec![row] }
}
