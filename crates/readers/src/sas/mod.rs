//! SAS7BDAT files, compressed or not.
//!
//! | in SAS | column | notes |
//! |---|---|---|
//! | number | double | whole numbers as well: SAS has no other; every kind of missing value is NULL |
//! | number with a format of dates | date | a fraction of a day is cut off |
//! | number with a format of datetimes | timestamp, microseconds, without zone | SAS has none |
//! | number with a format of times | duration, microseconds | may be negative, and more than a day |
//! | text | string | without the blanks at its end; blank text is SAS's missing value: NULL |
//!
//! With [`Temporal::Raw`] numbers stay numbers: days, or seconds, since 1960. Fields have the metadata `sas.label` and `sas.format`, the schema has
//! `sas.table`, `sas.label` and `sas.encoding`, as far as the file has them.

mod error;
mod geometry;
mod scan;
mod text;
mod values;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use encoding_rs::Encoding;
use sas7bdat::{Dataset, IoBackendPreference, OpenOptions};
use tempfile::NamedTempFile;

use crate::Batches;
pub use error::Error;
use geometry::Geometry;
use scan::{Scan, Subject};
use text::Decoder;

/// How a SAS file is read, and how much memory that may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// Rows in a batch.
    pub batch_rows: usize,
    /// Bytes of rows in a batch. Up to three batches are in memory.
    pub batch_bytes: usize,
    /// How dates and times are read.
    pub temporal: Temporal,
    /// The encoding of the texts, where the file's own statement is wrong. Names and labels of columns are read by the file's own.
    pub encoding: Option<&'static Encoding>,
}

impl Default for Options {
    fn default() -> Self {
        Self { batch_rows: 65_536, batch_bytes: 16 << 20, temporal: Temporal::Typed, encoding: None }
    }
}

/// How dates and times are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Temporal {
    /// Their own types, by the column's format.
    #[default]
    Typed,
    /// Numbers, as SAS stores them: days since 1960-01-01, seconds since then, seconds since midnight.
    Raw,
}

/// The rows of a SAS file. A thread of its own decodes it, at most one batch ahead.
pub struct Sas {
    schema: SchemaRef,
    scan: Scan,
    /// Deleted when it is dropped, after the scan.
    _spooled: Option<NamedTempFile>,
}

/// Reads a file. It has to stay as it is until its rows are read.
///
/// # Errors
/// When it cannot be opened, is not a SAS7BDAT file, or is shorter than its header states.
pub fn open(path: &Path, options: Options) -> Result<Sas, Error> {
    let subject = Subject { name: path.display().to_string(), rows_before: 0 };
    read(path, subject, options, None)
}

/// Reads a file that comes as a stream. Its end must be known before its first row can be trusted, and the library reads by position: the stream is
/// written to a temporary file, in the folder that the environment names for them (`TMPDIR`), which is deleted with the rows. It takes as much room as
/// the stream has bytes.
///
/// # Errors
/// As [`open`], and when the stream cannot be read or the temporary file cannot be written.
pub fn from_read(mut input: impl Read, options: Options) -> Result<Sas, Error> {
    let mut file = NamedTempFile::new().map_err(Error::Spool)?;
    io::copy(&mut input, &mut file).and_then(|_| file.flush()).map_err(Error::Spool)?;
    let path = file.path().to_owned();
    let subject = Subject { name: "the stream".to_owned(), rows_before: 0 };
    read(&path, subject, options, Some(file))
}

/// Reads a file that is in memory.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Vec<u8>, options: Options) -> Result<Sas, Error> {
    let subject = Subject { name: "the file".to_owned(), rows_before: 0 };
    let geometry = Geometry::read(&mut bytes.as_slice()).map_err(|source| subject.unopened(source))?;
    geometry.check(&subject.name, bytes.len() as u64)?;
    let dataset = Dataset::from_bytes(bytes).map_err(|source| subject.unread(source))?;
    Sas::new(dataset, geometry, subject, &options, None)
}

fn read(path: &Path, subject: Subject, options: Options, spooled: Option<NamedTempFile>) -> Result<Sas, Error> {
    let unopened = |source| subject.unopened(source);
    let mut file = File::open(path).map_err(unopened)?;
    let length = file.seek(io::SeekFrom::End(0)).and_then(|length| file.rewind().map(|()| length)).map_err(unopened)?;
    let geometry = Geometry::read(&mut file).map_err(unopened)?;
    geometry.check(&subject.name, length)?;
    // Not mapped into memory: a file that is truncated meanwhile would end the process.
    let buffered = OpenOptions::builder().io_backend(IoBackendPreference::Buffered).build();
    let dataset = Dataset::open_with(path, buffered).map_err(|source| subject.unread(source))?;
    Sas::new(dataset, geometry, subject, &options, spooled)
}

impl Sas {
    fn new(
        dataset: Dataset,
        geometry: Geometry,
        subject: Subject,
        options: &Options,
        spooled: Option<NamedTempFile>,
    ) -> Result<Self, Error> {
        if let Some(column) = values::repeated(&dataset) {
            return Err(Error::Column { file: subject.name, column });
        }
        let decoder = match options.encoding {
            Some(encoding) => Decoder::Known(encoding),
            None => Decoder::by_label(dataset.metadata().encoding.as_deref()),
        };
        let columns = values::columns(&dataset, options.temporal);
        let schema = values::schema(&dataset, &columns);
        let scan = Scan::start(
            dataset,
            geometry,
            subject,
            scan::ScanPlan {
                columns,
                schema: Arc::clone(&schema),
                decoder,
                batch_rows: options.batch_rows,
                batch_bytes: options.batch_bytes,
            },
        );
        Ok(Self { schema, scan, _spooled: spooled })
    }
}

impl Iterator for Sas {
    type Item = Result<RecordBatch, crate::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.scan.next().map(|batch| batch.map_err(crate::Error::from))
    }
}

impl Batches for Sas {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
