//! What concerns storage only: accepted and dropped.

use crate::cursor::Cursor;
use crate::error::SqlError;

const ENCODINGS: [&str; 14] = [
    "auto",
    "az64",
    "bytedict",
    "delta",
    "delta32k",
    "lzo",
    "mostly8",
    "mostly16",
    "mostly32",
    "raw",
    "runlength",
    "text255",
    "text32k",
    "zstd",
];

/// Passes `BACKUP`, `DISTSTYLE`, `DISTKEY`, `SORTKEY` and `ENCODE AUTO` behind the columns.
pub(crate) fn skip_table_attributes(cursor: &mut Cursor<'_>) -> Result<(), SqlError> {
    loop {
        if cursor.eat(&["backup"]) {
            one_of(cursor, &["yes", "no"])?;
        } else if cursor.eat(&["diststyle"]) {
            one_of(cursor, &["auto", "even", "key", "all"])?;
        } else if cursor.eat(&["distkey"]) {
            cursor.skip_group()?;
        } else if cursor.eat(&["encode"]) {
            one_of(cursor, &["auto"])?;
        } else if cursor.eat(&["sortkey", "auto"]) {
        } else if cursor.is("compound") || cursor.is("interleaved") || cursor.is("sortkey") {
            if !cursor.is("sortkey") {
                cursor.advance();
            }
            cursor.expect(&["sortkey"])?;
            cursor.skip_group()?;
        } else {
            return Ok(());
        }
    }
}

/// Passes an encoding's name.
pub(super) fn encoding(cursor: &mut Cursor<'_>) -> Result<(), SqlError> {
    one_of(cursor, &ENCODINGS)
}

/// Passes one of these words, or fails.
pub(super) fn one_of(cursor: &mut Cursor<'_>, words: &[&str]) -> Result<(), SqlError> {
    if words.iter().any(|word| cursor.eat(&[word])) { Ok(()) } else { Err(cursor.unexpected()) }
}
