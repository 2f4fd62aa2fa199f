//! Flights as a vendor should not have sent them.

use std::io::{self, Write};
use std::str::FromStr;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::rows::{LONGEST, Rows};
use super::{CHUNK, HEADER, Options, Progress, WriteError, write_flights};

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The last row's DISTANCE is `n/a`.
    WrongType,
    /// TAIL_NUMBER is gone from the header and from every row.
    MissingColumn,
    /// A column GATE has joined the others.
    ExtraColumn,
    /// The last row ends in the middle of its fields, as after a broken transfer.
    ShortRow,
    /// The last row's AIRLINE is empty.
    EmptyKey,
    /// No byte at all.
    Empty,
    /// No row after the header.
    HeaderOnly,
    /// gzip whose end is missing.
    TruncatedGzip,
}

/// A name that no kind has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of broken file `{name}`, expected one of {}", names())]
pub struct UnknownKind {
    /// The name.
    pub name: String,
}

/// How a line is changed; `last` marks the last row.
type Change = fn(line: &str, last: bool) -> String;

/// Position of TAIL_NUMBER, and of the other columns that are changed.
const TAIL_NUMBER: usize = 6;
const AIRLINE: usize = 4;
const DISTANCE: usize = 17;

/// gzip's trailer is 8 bytes; the loss of more shows as an end in the middle of the data.
const LOST: usize = 64;

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] = [
        Kind::WrongType,
        Kind::MissingColumn,
        Kind::ExtraColumn,
        Kind::ShortRow,
        Kind::EmptyKey,
        Kind::Empty,
        Kind::HeaderOnly,
        Kind::TruncatedGzip,
    ];

    /// The kind's name, for instance `wrong-type`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::WrongType => "wrong-type",
            Kind::MissingColumn => "missing-column",
            Kind::ExtraColumn => "extra-column",
            Kind::ShortRow => "short-row",
            Kind::EmptyKey => "empty-key",
            Kind::Empty => "empty",
            Kind::HeaderOnly => "header-only",
            Kind::TruncatedGzip => "truncated-gzip",
        }
    }

    /// One line for people.
    pub fn description(self) -> &'static str {
        match self {
            Kind::WrongType => "the last row's DISTANCE is n/a",
            Kind::MissingColumn => "TAIL_NUMBER is missing",
            Kind::ExtraColumn => "a column GATE that no table knows",
            Kind::ShortRow => "the last row ends in the middle",
            Kind::EmptyKey => "the last row's AIRLINE is empty",
            Kind::Empty => "no byte",
            Kind::HeaderOnly => "no row after the header",
            Kind::TruncatedGzip => "gzip whose end is missing",
        }
    }

    /// The file's name: that of a good file, with `.gz` where it is compressed.
    pub fn file_name(self) -> &'static str {
        match self {
            Kind::TruncatedGzip => "flights.csv.gz",
            _ => "flights.csv",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownKind { name: name.to_owned() })
    }
}

/// Writes the flights of `options` with one thing wrong; `progress` counts as in [`write_flights`].
///
/// # Errors
/// The writer's, and a year outside 1 to 9999.
pub fn write_flights_broken(
    mut out: impl Write,
    options: &Options,
    kind: Kind,
    progress: impl FnMut(Progress),
) -> Result<Progress, WriteError> {
    match kind {
        Kind::WrongType => write_changed(out, options, progress, |line, last| {
            if last { with_field(line, DISTANCE, Some("n/a")) } else { line.to_owned() }
        }),
        Kind::MissingColumn => write_changed(out, options, progress, |line, _| with_field(line, TAIL_NUMBER, None)),
        Kind::ExtraColumn => write_changed(out, options, progress, |line, _| {
            let gate = if line.starts_with("YEAR") { "GATE" } else { "A12" };
            format!("{line},{gate}")
        }),
        Kind::ShortRow => write_changed(out, options, progress, |line, last| {
            let length =
                if last { line.match_indices(',').nth(AIRLINE).map_or(line.len(), |(at, _)| at) } else { line.len() };
            line.chars().take(length).collect()
        }),
        Kind::EmptyKey => write_changed(out, options, progress, |line, last| {
            if last { with_field(line, AIRLINE, Some("")) } else { line.to_owned() }
        }),
        Kind::Empty => out.flush().map(|()| Progress::default()).map_err(WriteError::Write),
        Kind::HeaderOnly => write_flights(out, &Options { rows: 0, ..*options }, progress),
        Kind::TruncatedGzip => {
            let mut gzip = GzEncoder::new(HoldBack { out, held: Vec::new() }, Compression::fast());
            let done = write_flights(&mut gzip, options, progress)?;
            let mut held = gzip.finish().map_err(WriteError::Write)?;
            held.out.flush().map_err(WriteError::Write)?;
            Ok(done)
        }
    }
}

fn write_changed(
    mut out: impl Write,
    options: &Options,
    mut progress: impl FnMut(Progress),
    change: Change,
) -> Result<Progress, WriteError> {
    let mut rows = Rows::new(options)?;
    let mut done = Progress::default();
    let mut chunk = change(HEADER, false).into_bytes();
    chunk.push(b'\n');
    let mut line = Vec::with_capacity(LONGEST);
    loop {
        line.clear();
        let more = rows.next_into(&mut line);
        if more {
            done.rows += 1;
            let text = String::from_utf8_lossy(&line);
            chunk.extend_from_slice(change(text.trim_end(), done.rows == options.rows).as_bytes());
            chunk.push(b'\n');
        }
        if chunk.len() >= CHUNK || !more {
            out.write_all(&chunk).map_err(WriteError::Write)?;
            done.bytes += chunk.len() as u64;
            chunk.clear();
            progress(done);
        }
        if !more {
            out.flush().map_err(WriteError::Write)?;
            return Ok(done);
        }
    }
}

/// The line with another text in a field, or without the field.
fn with_field(line: &str, index: usize, text: Option<&str>) -> String {
    let mut fields: Vec<&str> = line.split(',').collect();
    match text {
        Some(text) => fields[index] = text,
        None => {
            fields.remove(index);
        }
    }
    fields.join(",")
}

fn names() -> String {
    Kind::ALL.map(Kind::name).join(", ")
}

/// Never hands on the last bytes that it was given.
struct HoldBack<W> {
    out: W,
    held: Vec<u8>,
}

impl<W: Write> Write for HoldBack<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        let sure = self.held.len().saturating_sub(LOST);
        self.out.write_all(&self.held[..sure])?;
        self.held.drain(..sure);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
