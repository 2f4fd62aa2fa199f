//! The tokens of JSON: texts, numbers, literals and blanks. Each function begins at a place and returns the place behind.

use crate::fault::{Fault, FaultKind};
use crate::rules::Rules;
use crate::text::unicode_escape;

/// A number this long, or with an exponent of three digits, may be beyond the range of a double.
const NUMBER_BYTES_MAX: usize = 200;
const EXPONENT_DIGITS_MAX: usize = 2;

/// One byte in each of eight.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// How many bytes of a long text are looked at together.
const BLOCK: usize = 64;

#[inline(always)]
pub(crate) fn byte(bytes: &[u8], at: usize) -> Result<u8, Fault> {
    match bytes.get(at) {
        Some(byte) => Ok(*byte),
        None => Err(Fault::new(FaultKind::Ended, bytes.len())),
    }
}

/// The first place from here on that is no blank.
#[inline(always)]
pub(crate) fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

#[inline(always)]
pub(crate) fn expect(bytes: &[u8], at: usize, expected: u8) -> Result<usize, Fault> {
    if byte(bytes, at)? == expected { Ok(at + 1) } else { Err(not_json(at)) }
}

#[cold]
pub(crate) fn not_json(at: usize) -> Fault {
    Fault::new(FaultKind::NotJson, at)
}

/// Reads a text to its closing quote, from behind the opening one: the place of that quote, and whether there are escapes.
#[inline(always)]
pub(crate) fn string<R: Rules>(bytes: &[u8], mut at: usize) -> Result<(usize, bool), Fault> {
    let mut has_escapes = false;
    loop {
        // Eight bytes at once: the lowest bit that is set marks the first quote, backslash or control character.
        while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk);
            let quote = word ^ (ONES * b'"' as u64);
            let backslash = word ^ (ONES * b'\\' as u64);
            let zeros = quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash;
            let found = (zeros | word.wrapping_sub(ONES * 0x20) & !word) & HIGHS;
            if found != 0 {
                at += (found.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
        match byte(bytes, at)? {
            b'"' => return Ok((at, has_escapes)),
            b'\\' => {
                has_escapes = true;
                at = escape::<R>(bytes, at)?;
            }
            0..=0x1f => return Err(not_json(at)),
            _ => at += 1,
        }
    }
}

/// As far as blocks from here have nothing special: quickly, for texts that are long.
pub(crate) fn plain_blocks(bytes: &[u8], start: usize) -> usize {
    let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    // Without a way out in the middle, which the compiler turns into vectors.
    let is_plain = |block: &&[u8]| !block.iter().fold(false, |found, byte| found | is_special(byte));
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.chunks_exact(BLOCK).take_while(is_plain).count() * BLOCK
}

/// Reads the escape that begins here.
fn escape<R: Rules>(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    match byte(bytes, at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => return Ok(at + 2),
        b'u' => {}
        _ => return Err(not_json(at + 1)),
    }
    for digit in at + 2..at + 6 {
        if !byte(bytes, digit)?.is_ascii_hexdigit() {
            return Err(not_json(digit));
        }
    }
    if !R::IS_READABLE {
        return Ok(at + 6);
    }
    let is_second = |at| matches!(unicode_escape(bytes, at), Some(0xdc00..=0xdfff));
    match unicode_escape(bytes, at) {
        Some(0xd800..=0xdbff) if is_second(at + 6) => Ok(at + 12),
        Some(0xd800..=0xdfff) => Err(Fault::new(FaultKind::NotReadable, at)),
        _ => Ok(at + 6),
    }
}

/// Reads a number, `true`, `false` or `null`.
#[inline(always)]
pub(crate) fn scalar<R: Rules>(bytes: &[u8], at: usize, first: u8) -> Result<usize, Fault> {
    match first {
        b'-' | b'0'..=b'9' => number::<R>(bytes, at),
        b't' => literal(bytes, at, b"true"),
        b'f' => literal(bytes, at, b"false"),
        b'n' => literal(bytes, at, b"null"),
        _ => Err(not_json(at)),
    }
}

#[inline]
fn literal(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, Fault> {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.starts_with(word) {
        return Ok(at + word.len());
    }
    let common = rest.iter().zip(word).take_while(|(found, expected)| found == expected).count();
    Err(if common == rest.len() { Fault::new(FaultKind::Ended, bytes.len()) } else { not_json(at + common) })
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
fn number<R: Rules>(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start;
    if byte(bytes, at)? == b'-' {
        at += 1;
    }
    at = match byte(bytes, at)? {
        b'0' => at + 1,
        _ => digits(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    let mut exponent = 0;
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let b'+' | b'-' = byte(bytes, at)? {
            at += 1;
        }
        let first = at;
        at = digits(bytes, at)?;
        exponent = at - first;
    }
    if R::IS_READABLE && (exponent > EXPONENT_DIGITS_MAX || at - start > NUMBER_BYTES_MAX) {
        return Err(Fault::new(FaultKind::NotReadable, start));
    }
    Ok(at)
}

/// At least one digit.
#[inline(always)]
fn digits(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    if !byte(bytes, at)?.is_ascii_digit() {
        return Err(not_json(at));
    }
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    Ok(at)
}
