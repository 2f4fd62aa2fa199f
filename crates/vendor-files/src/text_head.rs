//! The head of a decompressed text: a CSV header, or the keys of a JSON object.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::Encoding;
use pipeline::{Csv, FormatKind};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use crate::content::ContentError;
use crate::decode::{check_mark, decode_prefix, encoding_of, lines};
use crate::head::Head;
use crate::json::{described, reason_of};

/// What a beginning is worth.
#[derive(Debug)]
pub(crate) enum TextHead {
    /// Enough.
    Whole(Head),
    /// The first record goes on.
    More,
}

/// Reads the head of a text; `complete` says that it is the whole text, and then `More` is never the answer.
pub(crate) fn text_head(text: &[u8], complete: bool, kind: &FormatKind) -> Result<TextHead, ContentError> {
    if text.is_empty() {
        let empty = Head { empty: true, ..Head::default() };
        return Ok(if complete { TextHead::Whole(empty) } else { TextHead::More });
    }
    if text.starts_with(b"PAR1") {
        return Err(ContentError::IsParquet);
    }
    match kind {
        FormatKind::Csv(csv) => csv_head(text, complete, csv),
        FormatKind::JsonLines => json_head(text, complete, false),
        FormatKind::JsonArray => json_head(text, complete, true),
        FormatKind::Parquet => Err(ContentError::NotParquet { reason: "it is text".to_owned() }),
    }
}

fn csv_head(bytes: &[u8], complete: bool, csv: &Csv) -> Result<TextHead, ContentError> {
    let encoding = encoding_of(&csv.encoding)?;
    check_mark(bytes, encoding)?;
    let bom = Encoding::for_bom(bytes).is_some();
    let (text, malformed) = decode_prefix(bytes, complete, encoding);
    let complete = complete && malformed.is_none();
    if csv.header && text.starts_with(['\n', '\r']) {
        return Err(ContentError::HeaderNotOneLine { found: "is empty" });
    }
    let ended = Cell::new(false);
    let mut reader = ReaderBuilder::new()
        .delimiter(u8::try_from(csv.delimiter).unwrap_or(b','))
        .quote(u8::try_from(csv.quote).unwrap_or(b'"'))
        .has_headers(false)
        .flexible(true)
        .from_reader(Beginning { text: text.as_bytes(), ended: &ended });
    let mut record = StringRecord::new();
    let found = read_record(&mut reader, &mut record)?;
    if ended.get() && !complete {
        // The record goes on, or what follows has no meaning.
        return malformed.map_or(Ok(TextHead::More), Err);
    }
    let first = found.then(|| record.iter().map(str::to_owned).collect::<Vec<String>>());
    if !csv.header {
        return Ok(TextHead::Whole(Head { first_record: first, bom, header_only: Some(!found), ..Head::default() }));
    }
    if reader.position().line() > 2 {
        return Err(ContentError::HeaderNotOneLine { found: "goes on in the next line, inside quotes" });
    }
    if let Some(error) = nul(&text, encoding) {
        return Err(error);
    }
    let another = read_record(&mut reader, &mut record)?;
    let header_only = match another {
        true => Some(false),
        false => complete.then_some(true),
    };
    Ok(TextHead::Whole(Head { columns: first, bom, header_only, ..Head::default() }))
}

/// A NUL in the first line is a sign of UTF-16 without a byte order mark.
fn nul(text: &str, encoding: &'static Encoding) -> Option<ContentError> {
    let line = text.lines().next().unwrap_or_default();
    line.contains('\0').then(|| ContentError::Malformed {
        line: 1,
        bytes: "00".to_owned(),
        encoding: encoding.name(),
        hint: ", often `utf-16le` or `utf-16be` where every other byte is 00",
    })
}

/// The text is UTF-8 and records may differ in length, so that nothing but reading could fail; and it does not.
fn read_record(reader: &mut csv::Reader<Beginning<'_>>, record: &mut StringRecord) -> Result<bool, ContentError> {
    reader.read_record(record).map_err(|_| ContentError::HeaderNotOneLine { found: "cannot be read as CSV" })
}

/// The beginning of a text, which notes when more than that was asked for.
struct Beginning<'a> {
    text: &'a [u8],
    ended: &'a Cell<bool>,
}

impl Read for Beginning<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ended.set(self.ended.get() || self.text.is_empty());
        self.text.read(buffer)
    }
}

fn json_head(bytes: &[u8], complete: bool, array: bool) -> Result<TextHead, ContentError> {
    check_mark(bytes, encoding_rs::UTF_8)?;
    let bom = Encoding::for_bom(bytes).map_or(0, |(_, length)| length);
    let head = Head { bom: bom > 0, ..Head::default() };
    let text = &bytes[bom..];
    let start = skip_space(text, 0);
    let at = Place::of(text, start);
    match (text.get(start), array) {
        (None, _) if !complete => Ok(TextHead::More),
        (None, false) => Ok(TextHead::Whole(Head { header_only: Some(true), ..head })),
        (Some(b'{'), false) => first_object(text, start, complete, head),
        (Some(b'['), false) => Err(ContentError::IsJsonArray { line: at.line, column: at.column }),
        (Some(b'{'), true) => Err(ContentError::IsJsonLines { line: at.line, column: at.column }),
        (Some(b'['), true) => {
            let element = skip_space(text, start + 1);
            match text.get(element) {
                None if !complete => Ok(TextHead::More),
                Some(b']') => Ok(TextHead::Whole(Head { header_only: Some(true), ..head })),
                _ => first_object(text, element, complete, head),
            }
        }
        (found, _) => {
            let found = found.map_or("nothing".to_owned(), |byte| format!("`{}`", byte.escape_ascii()));
            let wanted = if array { "`[`, a JSON array of objects" } else { "`{`, a JSON object" };
            let reason = format!("the file begins with {found} instead of {wanted}");
            Err(ContentError::Json { line: at.line, column: at.column, reason })
        }
    }
}

fn first_object(text: &[u8], start: usize, complete: bool, head: Head) -> Result<TextHead, ContentError> {
    let at = Place::of(text, start);
    let rest = &text[start..];
    if rest.first().is_some_and(|byte| *byte != b'{') {
        let found = described(&String::from_utf8_lossy(rest));
        return Err(ContentError::JsonNotObject { index: 1, line: at.line, column: at.column, found });
    }
    match Keys::deserialize(&mut serde_json::Deserializer::from_slice(rest)) {
        Ok(Keys(keys)) => Ok(TextHead::Whole(Head { columns: Some(keys), header_only: Some(false), ..head })),
        Err(error) if error.is_eof() && !complete => Ok(TextHead::More),
        Err(error) => {
            let (line, column) = (error.line() as u64, error.column() as u64);
            let column = if line <= 1 { column + at.column - 1 } else { column };
            Err(ContentError::Json { line: line.max(1) + at.line - 1, column, reason: reason_of(&error) })
        }
    }
}

fn skip_space(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

/// A position in a text, from 1; columns in bytes.
struct Place {
    line: u64,
    column: u64,
}

impl Place {
    fn of(text: &[u8], at: usize) -> Place {
        let before = &text[..at];
        let begin = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        Place { line: 1 + lines(before), column: (at - begin) as u64 + 1 }
    }
}

/// The keys of a JSON object, in order.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;

        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }

        deserializer.deserialize_map(KeysVisitor)
    }
}
