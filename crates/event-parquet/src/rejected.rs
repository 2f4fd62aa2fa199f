use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use json_members::{Fault, FaultKind, LEVELS_MAX};
use serde::Serialize;

use crate::source::Source;

/// Bytes of a rejected text that are repeated; the source has the rest.
pub(crate) const RAW_BYTES_MAX: usize = 1 << 20;

/// Something that cannot become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected<'a> {
    /// The line that it is in, from 1.
    pub line: u64,
    /// Where it begins, in bytes of the decompressed source, from 0.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
    /// Why.
    pub reason: Reason,
    /// Its bytes, at most 1 MiB of them.
    pub raw: &'a [u8],
}

/// Why something cannot become a row. None of them repeats a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is something else than an object.
    NotAnObject,
    /// It begins like an object, and goes on like none.
    NotJson,
    /// The text ends before the object does.
    CutOff,
    /// It has more than 127 levels.
    TooDeep,
    /// It has more bytes than a record may have.
    TooLong {
        /// How many it may have.
        most: usize,
    },
    /// It is not UTF-8.
    NotUtf8,
    /// Its table depends on its type, and it has none.
    NoType,
    /// Its day depends on its time, and it has none.
    NoTime,
    /// The source cannot be decompressed from here on.
    Broken(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => f.write_str("expected a JSON object"),
            Self::NotJson => f.write_str("expected JSON"),
            Self::CutOff => f.write_str("it ends in the middle of an object"),
            Self::TooDeep => write!(f, "it has more than {LEVELS_MAX} levels"),
            Self::TooLong { most } => write!(f, "it has more than {most} bytes"),
            Self::NotUtf8 => f.write_str("it is not UTF-8"),
            Self::NoType => f.write_str("the event has no type"),
            Self::NoTime => f.write_str("the event has no time"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl From<Fault> for Reason {
    fn from(fault: Fault) -> Self {
        match fault.kind() {
            FaultKind::NotAnObject => Self::NotAnObject,
            FaultKind::Ended => Self::CutOff,
            FaultKind::NotJson | FaultKind::NotAList | FaultKind::NotReadable => Self::NotJson,
            FaultKind::TooDeep => Self::TooDeep,
        }
    }
}

/// A rejected text as it is stored.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    version: Option<&'a str>,
    line: u64,
    offset: u64,
    length: u64,
    reason: String,
    raw: String,
}

impl Rejected<'_> {
    /// One line of JSON, with its newline: `source`, `version`, `line`, `offset`, `length`, `reason`, and `raw` in base64.
    pub fn to_line(&self, source: &Source) -> Vec<u8> {
        let line = Line {
            source: &source.name,
            version: source.version.as_deref(),
            line: self.line,
            offset: self.offset,
            length: self.length,
            reason: self.reason.to_string(),
            raw: STANDARD.encode(self.raw),
        };
        // Texts and numbers always have a JSON form.
        let mut json = serde_json::to_vec(&line).unwrap_or_default();
        json.push(b'\n');
        json
    }
}
