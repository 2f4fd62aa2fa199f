//! One source, from its first byte to its last.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use crate::error::Error;
use crate::input::Input;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::records::Records;
use crate::rejected::Rejected;

/// What is converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name for people, for instance `s3://bucket/key`.
    pub name: String,
    /// Its version, if there are several.
    pub version: Option<String>,
    /// The table and the day (`2015-12-10`) of all its events; without them, every event says where it belongs. `mixed` is no table.
    pub place: Option<(String, String)>,
}

/// A finished Parquet file.
#[derive(Debug)]
pub struct Part {
    /// The table of its rows.
    pub table: String,
    /// Their day, UTC, as `2015-12-10`.
    pub date: String,
    /// Its number among the files of this table, day and source, from 0.
    pub number: u32,
    /// How many rows it has.
    pub rows: u64,
    /// The file, to be read from its beginning. It has no name, and is gone when it is closed.
    pub file: File,
}

/// Any error of whoever takes what is made.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes what a conversion makes.
pub trait Sink {
    /// Takes a finished file.
    ///
    /// # Errors
    /// The sink's; they end the conversion.
    fn file(&mut self, part: Part) -> Result<(), SinkError>;

    /// Takes what cannot become a row.
    ///
    /// # Errors
    /// The sink's; they end the conversion.
    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError>;
}

/// What a conversion has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines of the source, empty ones included.
    pub lines: u64,
    /// Bytes of the source, decompressed.
    pub bytes: u64,
    /// Rows by table and day.
    pub rows: BTreeMap<String, BTreeMap<String, u64>>,
    /// Events left out because an earlier one of the source has their `messageId`.
    pub duplicates: u64,
    /// How many times something was rejected.
    pub rejected: u64,
    /// Why the source could not be decompressed to its end; what came before is converted.
    pub broken: Option<String>,
}

impl Report {
    /// Rows of all tables and days.
    pub fn total_rows(&self) -> u64 {
        self.rows.values().flat_map(BTreeMap::values).sum()
    }
}

/// Converts events, JSON objects on lines or one directly behind the other, plain or compressed by gzip or zstd, to Parquet.
///
/// One pass, whose memory the limits bound. The same source with the same layout and limits makes the same files, byte by byte.
///
/// # Errors
/// When the source does not give its bytes, the disk is full, or the sink fails. Content that cannot be read is none: it is rejected.
pub fn convert(
    reader: impl Read,
    source: &Source,
    layout: &Layout,
    limits: &Limits,
    sink: &mut impl Sink,
) -> Result<Report, Error> {
    let mut input = Input::new(reader)?;
    let mut records = Records::new(source, layout, limits, sink);
    records.read(&mut input)?;
    records.close(&input)
}
