use std::io::Read;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::error::Error;
use crate::{combined_log, sas};

/// The rows of a file, a batch at a time. After an error there are no more.
pub trait Batches: Iterator<Item = Result<RecordBatch, Error>> {
    /// The columns of every batch.
    fn schema(&self) -> SchemaRef;
}

impl<B: Batches + ?Sized> Batches for Box<B> {
    fn schema(&self) -> SchemaRef {
        (**self).schema()
    }
}

/// How a file is to be read.
#[derive(Debug, Clone)]
pub enum Format {
    /// Apache's and nginx's combined or common log format.
    CombinedLog(combined_log::Options),
    /// SAS7BDAT.
    Sas7bdat(sas::Options),
}

impl Format {
    /// Reads a file from its first byte to its last. What a log has of unreadable lines goes to `rejected`; a SAS file has no rows that could be
    /// refused one by one.
    ///
    /// # Errors
    /// When the file's head is of another format, or states more than the file has, and when the temporary file that a SAS file needs cannot be
    /// written.
    pub fn open<'a>(
        self,
        input: impl Read + Send + 'a,
        rejected: combined_log::Sink<'a>,
    ) -> Result<Box<dyn Batches + Send + 'a>, Error> {
        Ok(match self {
            Self::CombinedLog(options) => Box::new(combined_log::CombinedLog::new(input, options, rejected)),
            Self::Sas7bdat(options) => Box::new(sas::from_read(input, options)?),
        })
    }
}
