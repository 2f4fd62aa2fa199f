//! What a COPY statement asks for beyond its table and its source.

use super::dates::{DateFormat, TimeFormat};
use super::error::CopyError;
use crate::objects::ObjectLocation;

/// How the objects are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Delimited text, Redshift's default.
    Text,
    /// Comma-separated values with quoting.
    Csv,
    /// JSON objects one after another.
    Json(JsonShape),
    /// Parquet.
    Parquet,
}

/// How the keys of a JSON object find their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonShape {
    /// `'auto'`: the key equals the column's name.
    Auto,
    /// `'auto ignorecase'`: the same without regard to case.
    AutoIgnoreCase,
    /// `'noshred'`: the whole object goes into one SUPER column.
    NoShred,
    /// A JSONPaths file: one path for each column, in order.
    Paths(ObjectLocation),
}

/// How the objects are compressed; COPY never looks at a name's extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// GZIP.
    Gzip,
    /// BZIP2.
    Bzip2,
    /// ZSTD.
    Zstd,
}

/// How characters are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF8, the default.
    Utf8,
    /// UTF16: the byte order is taken from the byte order mark, which must be there.
    Utf16,
    /// UTF16LE.
    Utf16Le,
    /// UTF16BE.
    Utf16Be,
}

/// The options of a COPY, with Redshift's defaults for those that were not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOptions {
    /// FORMAT.
    pub format: Format,
    /// MANIFEST: the source is a list of objects, not a prefix.
    pub manifest: bool,
    /// DELIMITER; `|` for text and `,` for CSV.
    pub delimiter: u8,
    /// QUOTE of CSV; `"`.
    pub quote: u8,
    /// IGNOREHEADER: lines to skip at the start of every object.
    pub ignore_header: u64,
    /// NULL AS; `\N`.
    pub null_as: Vec<u8>,
    /// EMPTYASNULL, for CHAR and VARCHAR.
    pub empty_as_null: bool,
    /// BLANKSASNULL, for CHAR and VARCHAR.
    pub blanks_as_null: bool,
    /// FILLRECORD: fields that are missing at a line's end are empty.
    pub fill_record: bool,
    /// DATEFORMAT.
    pub date_format: DateFormat,
    /// TIMEFORMAT.
    pub time_format: TimeFormat,
    /// ACCEPTANYDATE: a date that cannot be read is NULL.
    pub accept_any_date: bool,
    /// ACCEPTINVCHARS: the character that takes the place of each byte of an invalid one, in VARCHAR.
    pub accept_invalid_chars: Option<u8>,
    /// TRUNCATECOLUMNS: text that is too long is cut.
    pub truncate_columns: bool,
    /// TRIMBLANKS: trailing white space of VARCHAR is cut.
    pub trim_blanks: bool,
    /// ROUNDEC: decimals are rounded, not truncated.
    pub round_decimals: bool,
    /// MAXERROR: the load fails when this many records are bad; 0 and 1 both mean the first.
    pub max_errors: u32,
    /// IGNOREALLERRORS: bad records never fail the load.
    pub ignore_all_errors: bool,
    /// NOLOAD: the objects are checked and nothing is loaded.
    pub no_load: bool,
    /// GZIP, BZIP2 or ZSTD.
    pub compression: Compression,
    /// ENCODING.
    pub encoding: Encoding,
    /// EXPLICIT_IDS: identity columns take their values from the objects.
    pub explicit_ids: bool,
    /// IGNOREBLANKLINES.
    pub ignore_blank_lines: bool,
    /// ESCAPE: a backslash takes the next character's meaning away.
    pub escape: bool,
    /// REMOVEQUOTES.
    pub remove_quotes: bool,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            format: Format::Text,
            manifest: false,
            delimiter: b'|',
            quote: b'"',
            ignore_header: 0,
            null_as: b"\\N".to_vec(),
            empty_as_null: false,
            blanks_as_null: false,
            fill_record: false,
            date_format: DateFormat::default(),
            time_format: TimeFormat::default(),
            accept_any_date: false,
            accept_invalid_chars: None,
            truncate_columns: false,
            trim_blanks: false,
            round_decimals: false,
            max_errors: 0,
            ignore_all_errors: false,
            no_load: false,
            compression: Compression::None,
            encoding: Encoding::Utf8,
            explicit_ids: false,
            ignore_blank_lines: false,
            escape: false,
            remove_quotes: false,
        }
    }
}

/// The options that may stand beside Parquet (from "COPY from columnar data formats").
const PARQUET_OPTIONS: [&str; 6] =
    ["PARQUET", "ACCEPTINVCHARS", "FILLRECORD", "STATUPDATE", "MANIFEST", "EXPLICIT_IDS"];
/// The options that COPY refuses beside CSV (from "Data format parameters").
const BARRED_FROM_CSV: [&str; 2] = ["REMOVEQUOTES", "ESCAPE"];
/// The options that COPY refuses beside JSON, and those that have no meaning there.
const BARRED_FROM_JSON: [&str; 8] =
    ["DELIMITER", "ESCAPE", "FILLRECORD", "IGNOREBLANKLINES", "IGNOREHEADER", "NULL", "QUOTE", "REMOVEQUOTES"];

/// Refuses options that Redshift does not take together. `given` names the options in the order of the statement.
pub(super) fn check_together(options: &CopyOptions, given: &[&'static str]) -> Result<(), CopyError> {
    let barred = |format: &'static str, barred: &[&str]| {
        let found = given.iter().find(|option| barred.contains(option));
        found.map_or(Ok(()), |option| Err(CopyError::Conflict { first: format, second: option }))
    };
    match &options.format {
        Format::Csv => barred("CSV", &BARRED_FROM_CSV)?,
        Format::Json(_) => barred("JSON", &BARRED_FROM_JSON)?,
        Format::Text => barred("delimited text (QUOTE belongs to CSV)", &["QUOTE"])?,
        Format::Parquet => {
            if let Some(option) = given.iter().find(|option| !PARQUET_OPTIONS.contains(option)) {
                return Err(CopyError::NotForParquet { option });
            }
        }
    }
    if given.contains(&"MAXERROR") && given.contains(&"IGNOREALLERRORS") {
        return Err(CopyError::Conflict { first: "MAXERROR", second: "IGNOREALLERRORS" });
    }
    if options.format == Format::Csv && options.delimiter == options.quote {
        return Err(CopyError::Conflict { first: "DELIMITER", second: "QUOTE of the same character" });
    }
    Ok(())
}

/// The one ASCII character that DELIMITER or QUOTE names: itself, `\t`, or octal `\ddd`.
pub(super) fn single_character(option: &'static str, text: &str) -> Result<u8, CopyError> {
    let refused = || CopyError::Value { option, value: text.to_owned(), expected: "one ASCII character" };
    let byte = match unescape(text).as_slice() {
        [byte] => *byte,
        _ => return Err(refused()),
    };
    if !byte.is_ascii() || matches!(byte, b'\n' | b'\r' | 0) {
        return Err(refused());
    }
    Ok(byte)
}

/// The bytes that NULL AS names: `\N` as it is, `\0` and `\000` for NUL.
pub(super) fn null_string(text: &str) -> Result<Vec<u8>, CopyError> {
    let bytes = unescape(text);
    if bytes.contains(&b'\n') {
        let expected = "a string without a line feed, which ends a record";
        return Err(CopyError::Value { option: "NULL AS", value: text.to_owned(), expected });
    }
    Ok(bytes)
}

/// A string with the escapes that COPY's own options know: `\t`, `\n`, `\r`, `\\` and octal digits. A backslash before
/// anything else stands for itself, so `\N` is `\N`.
fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied();
        let (byte, length) = match (bytes[at], next) {
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'\\')) => (b'\\', 2),
            (b'\\', Some(b'0'..=b'7')) => octal(&bytes[at + 1..]),
            (byte, _) => (byte, 1),
        };
        out.push(byte);
        at += length;
    }
    out
}

/// The byte that up to three octal digits name, and the length of the escape with its backslash.
fn octal(digits: &[u8]) -> (u8, usize) {
    let digits = digits.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7'));
    digits.fold((0_u8, 1), |(value, length), digit| (value.wrapping_mul(8).wrapping_add(digit - b'0'), length + 1))
}
