use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use sas7bdat::{BatchHint, Dataset, LogicalType, OrderingMode, OwnedColumnarBatch, Parallelism, TemporalDecodeOptions};

use crate::sas::error::Error;
use crate::sas::geometry::Geometry;
use crate::sas::text::Decoder;
use crate::sas::values::{Column, Unfit};

/// What an error speaks of.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The file.
    pub(super) name: String,
    /// How many rows of it are in batches that are done.
    pub(super) rows_before: u64,
}

impl Subject {
    pub(super) fn unopened(&self, source: io::Error) -> Error {
        Error::Open { file: self.name.clone(), source }
    }

    pub(super) fn unread(&self, source: sas7bdat::Error) -> Error {
        Error::Head { file: self.name.clone(), source }
    }

    fn thread(&self, what: String) -> Error {
        Error::Thread { file: self.name.clone(), what }
    }

    fn unfit(&self, column: &Column, decoder: &Decoder, unfit: Unfit) -> Error {
        let (file, column_name) = (self.name.clone(), column.name.clone());
        let row = |row: usize| self.rows_before + row as u64 + 1;
        match unfit {
            Unfit::Text { row: at, bytes } => Error::Text {
                file,
                row: row(at),
                column: column_name,
                value: bytes.escape_ascii().to_string(),
                encoding: decoder.name().to_owned(),
            },
            Unfit::Number { row: at, value } => {
                Error::Value { file, row: row(at), column: column_name, value, to: column.type_name() }
            }
            Unfit::Kind => self.thread(format!("got values of another type for column {column_name}")),
        }
    }
}

/// How the rows become batches.
#[derive(Debug)]
pub(super) struct ScanPlan {
    pub(super) columns: Vec<Column>,
    pub(super) schema: SchemaRef,
    pub(super) decoder: Decoder,
    pub(super) batch_rows: usize,
    pub(super) batch_bytes: usize,
}

type Batch = Result<RecordBatch, Error>;

/// The library calls back with batches; a thread turns that round.
pub(super) struct Scan {
    subject: Subject,
    batches: Option<Receiver<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Scan {
    pub(super) fn start(dataset: Dataset, geometry: Geometry, subject: Subject, plan: ScanPlan) -> Self {
        let (sender, batches) = sync_channel(1);
        let mut worker = Worker { geometry, subject: subject.clone(), plan, sender };
        let thread = std::thread::Builder::new().name("sas7bdat".to_owned()).spawn(move || worker.run(dataset));
        Self { subject, batches: Some(batches), thread: thread.ok() }
    }

    fn end(&mut self) -> Option<Error> {
        self.batches = None;
        let thread = self.thread.take()?;
        let panic = thread.join().err()?;
        let message =
            panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Some(self.subject.thread(format!("ended: {}", message.unwrap_or("without a reason"))))
    }
}

impl Iterator for Scan {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let batches = self.batches.as_ref()?;
        if self.thread.is_none() {
            self.batches = None;
            return Some(Err(self.subject.thread("cannot be started".to_owned())));
        }
        match batches.recv() {
            Ok(Ok(batch)) => Some(Ok(batch)),
            Ok(Err(error)) => {
                self.end();
                Some(Err(error))
            }
            Err(_) => self.end().map(Err),
        }
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        // The thread notices that its batches are not taken, and must end before its file is deleted.
        self.end();
    }
}

struct Worker {
    geometry: Geometry,
    subject: Subject,
    plan: ScanPlan,
    sender: SyncSender<Batch>,
}

impl Worker {
    fn run(&mut self, dataset: Dataset) {
        if let Err(error) = self.scan(dataset) {
            // Nobody waits for it if this fails.
            let _ = self.sender.send(Err(error));
        }
    }

    fn scan(&mut self, mut dataset: Dataset) -> Result<(), Error> {
        let texts = dataset.columns().iter().filter(|column| !column.logical_type.is_numeric());
        let texts: Vec<_> = texts.map(|column| (column.name.clone(), LogicalType::Bytes)).collect();
        // The library's own decoding guesses where an encoding does not fit.
        dataset.apply_schema_overrides(texts).map_err(|source| self.subject.unread(source))?;
        let raw =
            TemporalDecodeOptions::builder().decode_dates(false).decode_datetimes(false).decode_times(false).build();
        let row_bytes = usize::try_from(dataset.metadata().row_len).unwrap_or(usize::MAX).max(1);
        let rows = (self.plan.batch_bytes / row_bytes).clamp(1, self.plan.batch_rows.max(1));
        let page = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&page);
        let scan = dataset
            .scan()
            .with_temporal_options(raw)
            .with_parallelism(Parallelism::None)
            .with_ordering(OrderingMode::Stable)
            .with_batch_hint(BatchHint::Rows(rows))
            .with_progress(move |progress| seen.store(progress.pages_seen, Ordering::Relaxed));
        let mut failure = None;
        let mut is_wanted = true;
        let result = scan.visit_owned_batches(|batch| {
            match self.batch(batch) {
                Ok(batch) => is_wanted = self.sender.send(Ok(batch)).is_ok(),
                Err(error) => failure = Some(error),
            }
            Ok(if failure.is_none() && is_wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        });
        if let Some(error) = failure {
            return Err(error);
        }
        let page = page.load(Ordering::Relaxed) + 1;
        result.map_err(|source| Error::Page {
            file: self.subject.name.clone(),
            row: self.subject.rows_before,
            offset: self.geometry.offset(page),
            page,
            source,
        })?;
        let stated = dataset.metadata().row_count.saturating_sub(dataset.metadata().deleted_row_count);
        let found = self.subject.rows_before;
        if is_wanted && stated != found {
            return Err(Error::Rows { file: self.subject.name.clone(), stated, found });
        }
        Ok(())
    }

    fn batch(&mut self, batch: OwnedColumnarBatch) -> Batch {
        let ScanPlan { columns, schema, decoder, .. } = &self.plan;
        let rows = batch.row_count;
        let mut arrays = Vec::with_capacity(columns.len());
        for (column, values) in columns.iter().zip(batch.columns) {
            arrays.push(column.array(values, decoder).map_err(|unfit| self.subject.unfit(column, decoder, unfit))?);
        }
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options);
        let batch = batch.map_err(|source| Error::Batch { file: self.subject.name.clone(), source })?;
        self.subject.rows_before += rows as u64;
        Ok(batch)
    }
}
