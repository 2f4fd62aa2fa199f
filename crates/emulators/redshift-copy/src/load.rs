//! A load: one thread reads, decompresses and converts the objects into Arrow batches, and the caller's thread appends these.
//! At no time are there more than a few batches in memory, whatever the files' size.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, sync_channel};

use arrow::array::RecordBatch;
use redshift_types::TargetColumn;

use super::buffer::Window;
use super::command::CopyCommand;
use super::copied::{Copied, CopiedFile};
use super::failure::{CANCELLED, CopyFailure, Stop, unreadable};
use super::json::{self, Mapping};
use super::manifest::{SourceObject, source_objects};
use super::objects::ObjectSource;
use super::options::Format;
use super::parquet::ParquetLoad;
use super::sink::Sink;
use super::{source, text};

/// Batches that wait for the thread that appends. Two keep it busy; more only cost memory.
const WAITING_BATCHES: usize = 2;

/// Adds rows to the table; the message of an error is the database's.
pub(super) type Append<'a> = dyn FnMut(RecordBatch) -> Result<(), String> + 'a;

/// Runs a COPY. `columns` are those that take the fields, as [`field_columns`](super::field_columns) finds them; `append` adds rows of
/// them to the table, on the thread that called. With NOLOAD it is never called.
///
/// It blocks, and it must not be called on a thread of the runtime that `objects` uses.
///
/// # Errors
/// The statement's failure with its bad records. The table then holds a part of the load: roll the transaction back.
pub fn run(
    command: &CopyCommand,
    columns: &[TargetColumn],
    objects: &dyn ObjectSource,
    cancel: &AtomicBool,
    append: &mut dyn FnMut(RecordBatch) -> Result<(), String>,
) -> Result<Copied, CopyFailure> {
    let found = source_objects(command, objects)?;
    let copied = if command.options.format == Format::Parquet {
        let mut load = ParquetLoad { command, columns, objects, cancel, append };
        let files = found.iter().filter_map(|object| load.load(object).transpose()).collect::<Result<Vec<_>, _>>()?;
        Copied { rows: files.iter().map(|file| file.rows).sum(), files, skipped: 0, errors: Vec::new() }
    } else {
        stream(command, columns, &found, objects, cancel, append)?
    };
    if copied.files.is_empty() {
        return Err(CopyFailure::of(format!("No file of the manifest {} exists", command.source)));
    }
    Ok(copied)
}

/// Loads text, CSV or JSON with one thread that converts and this one that appends.
fn stream(
    command: &CopyCommand,
    columns: &[TargetColumn],
    found: &[SourceObject],
    objects: &dyn ObjectSource,
    cancel: &AtomicBool,
    append: &mut Append<'_>,
) -> Result<Copied, CopyFailure> {
    let mapping = match command.options.format {
        Format::Json(_) => Some(Mapping::of(&command.options, columns, objects)?),
        _ => None,
    };
    let (sender, batches) = sync_channel(WAITING_BATCHES);
    let (appended, read) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut sink = Sink::new(columns, &command.options, sender, cancel);
            let read = read_all(found, mapping.as_ref(), objects, &mut sink);
            read.map(|files| (files, sink.skipped, sink.errors.clone())).map_err(|stop| (stop, sink.errors))
        });
        let appended = append_all(command, batches, append);
        (appended, reader.join())
    });
    let read = read.map_err(|_| CopyFailure::of("the thread that reads the files failed"))?;
    match read {
        Err((Stop::TooManyErrors, errors)) => Err(CopyFailure::of_records(&command.table, errors)),
        Err((Stop::Cancelled, _)) => Err(CopyFailure::of(CANCELLED)),
        Err((Stop::Failed(message), _)) => Err(CopyFailure::of(message)),
        Err((Stop::AppenderGone, _)) => {
            Err(appended.err().unwrap_or_else(|| CopyFailure::of("the thread that appends the rows failed")))
        }
        Ok((files, skipped, errors)) => {
            appended?;
            let rows = if command.options.no_load { 0 } else { files.iter().map(|file| file.rows).sum() };
            Ok(Copied { rows, files, skipped, errors })
        }
    }
}

/// Reads every object into `sink`.
fn read_all(
    found: &[SourceObject],
    mapping: Option<&Mapping>,
    objects: &dyn ObjectSource,
    sink: &mut Sink<'_>,
) -> Result<Vec<CopiedFile>, Stop> {
    let mut files = Vec::with_capacity(found.len());
    for object in found {
        sink.check_cancelled()?;
        let url = object.location.to_string();
        let opened = match objects.open(&object.location) {
            Ok(opened) => opened,
            Err(error) if error.is_missing() && !object.mandatory => continue,
            Err(error) => return Err(Stop::Failed(error.to_string())),
        };
        let options = sink.options;
        let characters = source::characters(opened.reader, options.compression, options.encoding)
            .map_err(|error| unreadable(&url, options, &error))?;
        let window = Window::new(characters);
        let rows = match mapping {
            Some(mapping) => json::load(&url, window, mapping, sink)?,
            None => text::load(&url, window, sink)?,
        };
        files.push(CopiedFile { url, rows, bytes: opened.size });
    }
    sink.flush()?;
    Ok(files)
}

/// Appends batches until the reader is done. When one is refused the others are dropped, which stops the reader.
fn append_all(
    command: &CopyCommand,
    batches: Receiver<RecordBatch>,
    append: &mut Append<'_>,
) -> Result<(), CopyFailure> {
    for batch in batches {
        if !command.options.no_load {
            append(batch).map_err(|error| CopyFailure::not_added(&command.table, &error))?;
        }
    }
    Ok(())
}
