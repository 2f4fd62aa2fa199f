//! COPY from Amazon S3, as Redshift does it.
//!
//! The objects are streamed: one thread reads, decompresses and converts them into Arrow batches, and the connection's
//! thread appends these to the table. At no time are there more than a few batches in memory, whatever the files' size.

mod auto_dates;
mod buffer;
mod characters;
mod columns;
mod command;
mod cursor;
mod dates;
mod error;
mod failure;
mod json;
mod jsonpaths;
mod lexer;
mod manifest;
mod numbers;
mod options;
mod parquet;
mod parser;
mod sink;
mod source;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod values;

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, sync_channel};

use arrow::array::RecordBatch;
use duckdb::Connection;

pub use command::{CopyCommand, parse};
pub use dates::{DateFormat, Pattern, TimeFormat};
pub use error::CopyError;
pub use failure::{CopyFailure, LoadErrorRow};
pub use options::{Compression, CopyOptions, Encoding, Format, JsonShape};

use buffer::Window;
use failure::Stop;
use json::Mapping;
use manifest::SourceObject;
use sink::Sink;
use table::Table;

use crate::objects::ObjectSource;
use crate::types::TargetColumn;

/// What a cancelled statement says.
const CANCELLED: &str = "Query cancelled on user's request";
/// Batches that wait for the thread that appends. Two keep it busy; more only cost memory.
const WAITING_BATCHES: usize = 2;

/// What a load did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows in the table that were not there before; 0 with NOLOAD.
    pub rows: u64,
    /// The objects that were read, in order.
    pub files: Vec<CopiedFile>,
    /// Bad records that MAXERROR or IGNOREALLERRORS let pass.
    pub skipped: u64,
    /// Those records, for the error tables: the first 100000.
    pub errors: Vec<LoadErrorRow>,
}

/// One object that was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopiedFile {
    /// `s3://bucket/key`.
    pub url: String,
    /// Rows that came from it.
    pub rows: u64,
    /// Its size in S3, in bytes.
    pub bytes: u64,
}

/// Runs a COPY inside the transaction that is open on `connection`. `target` lists every column of the table in its order.
///
/// It blocks, and it must not be called on a thread of the runtime that `objects` uses.
///
/// # Errors
/// The statement's failure with its bad records. The transaction then holds a part of the load: roll it back.
pub fn run(
    connection: &Connection,
    command: &CopyCommand,
    target: &[TargetColumn],
    objects: &dyn ObjectSource,
    cancel: &AtomicBool,
) -> Result<Copied, CopyFailure> {
    let table = Table::find(connection, command)?;
    let columns = table::field_columns(command, target)?;
    let found = manifest::source_objects(command, objects)?;
    let copied = if command.options.format == Format::Parquet {
        let load = parquet::ParquetLoad { connection, command, table: &table, columns: &columns, objects, cancel };
        let files = found.iter().filter_map(|object| load.load(object).transpose()).collect::<Result<Vec<_>, _>>()?;
        Copied { rows: files.iter().map(|file| file.rows).sum(), files, skipped: 0, errors: Vec::new() }
    } else {
        stream(connection, command, &table, &columns, &found, objects, cancel)?
    };
    if copied.files.is_empty() {
        return Err(CopyFailure::of(format!("No file of the manifest {} exists", command.source)));
    }
    Ok(copied)
}

/// Loads text, CSV or JSON with one thread that converts and this one that appends.
fn stream(
    connection: &Connection,
    command: &CopyCommand,
    table: &Table,
    columns: &[TargetColumn],
    found: &[SourceObject],
    objects: &dyn ObjectSource,
    cancel: &AtomicBool,
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
        let appended = append(connection, command, table, columns, batches);
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

/// Appends batches until the reader is done. Columns that are not in the list take their defaults.
fn append(
    connection: &Connection,
    command: &CopyCommand,
    table: &Table,
    columns: &[TargetColumn],
    batches: Receiver<RecordBatch>,
) -> Result<(), CopyFailure> {
    if command.options.no_load {
        batches.iter().for_each(drop);
        return Ok(());
    }
    let failed =
        |error: duckdb::Error| CopyFailure::of(format!("rows could not be added to {}: {error}", command.table));
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut appender = connection
        .appender_with_columns_to_catalog_and_db(&table.name, &table.catalog, &table.schema, &names)
        .map_err(failed)?;
    for batch in batches {
        appender.append_record_batch(batch).map_err(failed)?;
    }
    appender.flush().map_err(failed)
}

/// A file whose bytes, compression or encoding are broken.
fn unreadable(url: &str, options: &CopyOptions, error: &std::io::Error) -> Stop {
    let read_as = match options.compression {
        Compression::None => "",
        Compression::Gzip => " as GZIP",
        Compression::Bzip2 => " as BZIP2",
        Compression::Zstd => " as ZSTD",
    };
    Stop::Failed(format!("{url} could not be read{read_as} to its end: {error}"))
}
