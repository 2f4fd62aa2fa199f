//! JSON objects as a stream: from an array or from lines, to one compact object per line.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read, Write};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::content::ContentError;
use crate::stream::StreamError;

/// COPY's limit for one object, in bytes.
/// <https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html>
pub(crate) const LARGEST_OBJECT: usize = 4 << 20;

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// Characters of an offending record that an error shows.
const SHOWN: usize = 40;

/// Writes the objects of one JSON array as lines; returns how many.
pub(crate) fn array_to_lines(text: impl Read, out: &mut dyn Write) -> Result<u64, StreamError> {
    let meter = Rc::new(Meter::default());
    let mut reader = Metered::new(text, Rc::clone(&meter));
    let first = reader.peek_first().map_err(StreamError::from_io)?;
    match first {
        Some(b'[') => {}
        Some(b'{') => {
            return Err(ContentError::IsJsonLines { line: meter.line.get(), column: meter.column.get() }.into());
        }
        _ => return Err(meter.unexpected(first, "a JSON array").into()),
    }
    let mut lines = Lines { meter, out, count: 0, failure: None };
    let mut deserializer = Deserializer::from_reader(reader);
    let read = deserializer.deserialize_seq(&mut lines).and_then(|()| deserializer.end());
    match (lines.failure, read) {
        (Some(failure), _) => Err(failure),
        (None, Err(error)) => Err(from_json(error)),
        (None, Ok(())) => Ok(lines.count),
    }
}

/// Writes the objects of a stream of objects as lines; says how many.
pub(crate) fn lines_to_lines(text: impl Read, out: &mut dyn Write) -> Result<u64, StreamError> {
    let meter = Rc::new(Meter::default());
    let mut reader = Metered::new(text, Rc::clone(&meter));
    if reader.peek_first().map_err(StreamError::from_io)? == Some(b'[') {
        return Err(ContentError::IsJsonArray { line: meter.line.get(), column: meter.column.get() }.into());
    }
    let mut lines = Lines { meter, out, count: 0, failure: None };
    let mut records = Deserializer::from_reader(reader).into_iter::<Box<RawValue>>();
    lines.meter.begin(1);
    loop {
        match records.next() {
            None => return Ok(lines.count),
            Some(Ok(record)) => {
                lines.write(&record)?;
                lines.meter.begin_at_next(lines.count + 1);
            }
            Some(Err(error)) => return Err(from_json(error)),
        }
    }
}

/// Where the lines go.
struct Lines<'a> {
    meter: Rc<Meter>,
    out: &'a mut dyn Write,
    count: u64,
    /// Why reading was stopped, if not by the parser.
    failure: Option<StreamError>,
}

impl Lines<'_> {
    fn write(&mut self, record: &RawValue) -> Result<(), StreamError> {
        let text = record.get();
        if !text.starts_with('{') {
            return Err(self.meter.not_an_object(text).into());
        }
        write_compact(text.as_bytes(), self.out).map_err(StreamError::from_io)?;
        self.count += 1;
        Ok(())
    }
}

impl<'de> Visitor<'de> for &mut Lines<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        while records.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Lines<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.meter.begin(self.count + 1);
        let record: Box<RawValue> = serde::Deserialize::deserialize(deserializer)?;
        self.write(&record).map_err(|failure| {
            self.failure = Some(failure);
            D::Error::custom("stopped")
        })
    }
}

/// Where the parser is in the text, and how much it may still read for the record.
///
/// Lines and columns are those of the byte that was read last.
struct Meter {
    index: Cell<u64>,
    line: Cell<u64>,
    column: Cell<u64>,
    /// Where the record begins.
    start: Cell<(u64, u64)>,
    /// The record begins with the next byte that is not white space.
    awaited: Cell<bool>,
    left: Cell<usize>,
}

impl Default for Meter {
    fn default() -> Self {
        Meter {
            index: Cell::new(0),
            line: Cell::new(1),
            column: Cell::new(0),
            start: Cell::new((1, 1)),
            awaited: Cell::new(false),
            left: Cell::new(LARGEST_OBJECT),
        }
    }
}

impl Meter {
    /// The record's first byte is the one that was read last.
    fn begin(&self, index: u64) {
        self.index.set(index);
        self.start.set((self.line.get(), self.column.get()));
        self.left.set(LARGEST_OBJECT);
    }

    /// The record's first byte is still to be read.
    fn begin_at_next(&self, index: u64) {
        self.begin(index);
        self.awaited.set(true);
    }

    #[inline]
    fn pass(&self, byte: u8) {
        if byte == b'\n' {
            self.line.set(self.line.get() + 1);
            self.column.set(0);
        } else {
            self.column.set(self.column.get() + 1);
            if self.awaited.get() && !byte.is_ascii_whitespace() {
                self.awaited.set(false);
                self.begin(self.index.get());
            }
        }
        self.left.set(self.left.get().saturating_sub(1));
    }

    fn too_large(&self) -> ContentError {
        let (line, column) = self.start.get();
        ContentError::JsonTooLarge { index: self.index.get(), line, column, bound: LARGEST_OBJECT }
    }

    fn not_an_object(&self, text: &str) -> ContentError {
        let (line, column) = self.start.get();
        ContentError::JsonNotObject { index: self.index.get(), line, column, found: described(text) }
    }

    fn unexpected(&self, found: Option<u8>, wanted: &str) -> ContentError {
        let found = match found {
            Some(byte) if byte.is_ascii_graphic() => format!("`{}`", char::from(byte)),
            Some(byte) => format!("the byte {byte:02X}"),
            None => String::from("the end of the file"),
        };
        let reason = format!("found {found} instead of {wanted}");
        ContentError::Json { line: self.line.get(), column: self.column.get(), reason }
    }
}

/// Hands out single bytes, as the parser asks for them, and counts them.
struct Metered<R> {
    inner: R,
    meter: Rc<Meter>,
    piece: Box<[u8]>,
    ready: std::ops::Range<usize>,
    /// A byte that was looked at.
    peeked: Option<u8>,
}

impl<R: Read> Metered<R> {
    fn new(inner: R, meter: Rc<Meter>) -> Self {
        Metered { inner, meter, piece: vec![0; PIECE].into(), ready: 0..0, peeked: None }
    }

    /// The first byte that is not white space; it will be read again.
    fn peek_first(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.next()? {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.meter.left.set(LARGEST_OBJECT),
                found => {
                    self.peeked = found;
                    return Ok(found);
                }
            }
        }
    }

    #[inline]
    fn next(&mut self) -> io::Result<Option<u8>> {
        if self.ready.is_empty() {
            let count = self.inner.read(&mut self.piece)?;
            self.ready = 0..count;
            if count == 0 {
                return Ok(None);
            }
        }
        if self.meter.left.get() == 0 {
            return Err(StreamError::from(self.meter.too_large()).into_io());
        }
        let byte = self.piece[self.ready.start];
        self.ready.start += 1;
        self.meter.pass(byte);
        Ok(Some(byte))
    }
}

impl<R: Read> Read for Metered<R> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(slot) = buffer.first_mut() else {
            return Ok(0);
        };
        let byte = match self.peeked.take() {
            Some(byte) => Some(byte),
            None => self.next()?,
        };
        Ok(byte.map(|byte| *slot = byte).map_or(0, |()| 1))
    }
}

/// Writes valid JSON without the white space between its tokens, and a line end.
fn write_compact(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut from = 0;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => at = end_of_string(text, at + 1),
            b' ' | b'\t' | b'\r' | b'\n' => {
                out.write_all(&text[from..at])?;
                at += 1;
                from = at;
            }
            _ => at += 1,
        }
    }
    out.write_all(&text[from..])?;
    out.write_all(b"\n")
}

/// The position after the quote that closes a string.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

pub(crate) fn described(text: &str) -> String {
    let kind = match text.as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    let shown: String = text.chars().take(SHOWN).collect();
    let dots = if text.chars().nth(SHOWN).is_some() { "..." } else { "" };
    if kind == "null" { kind.to_owned() } else { format!("{kind}: {shown}{dots}") }
}

/// The parser's error, or the one of ours that it carries.
fn from_json(error: serde_json::Error) -> StreamError {
    if error.is_io() {
        return StreamError::from_io(error.into());
    }
    let (line, column) = (error.line() as u64, error.column() as u64);
    ContentError::Json { line, column, reason: reason_of(&error) }.into()
}

/// The parser's words without the place, which our errors say themselves.
pub(crate) fn reason_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().map(str::to_owned).unwrap_or(text)
}
