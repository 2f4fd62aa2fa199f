//! Finds where the values of JSON end, in one pass and without keeping anything: the check and the cutting of an event are what costs time.
//!
//! It is stricter than a reader of JSON has to be. What it does not take is put to `serde_json`, which decides and says what is wrong.

use std::ops::Range;

use crate::surrogates;

/// How many levels of lists and objects `serde_json` reads.
const LEVELS_MAX: usize = 127;

/// A number this long, or with an exponent of three digits, may be beyond the range of a double.
const NUMBER_BYTES_MAX: usize = 200;

/// How many bytes of a long text are looked at together.
const BLOCK: usize = 64;

/// One byte in each of eight.
const ONES: u64 = 0x0101_0101_0101_0101;

/// A text of JSON, between its quotes.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) inside: Range<usize>,
    pub(crate) has_escapes: bool,
}

/// Tells every member of the object that begins at `at`: its name, and where its value is. What follows the object is at the returned place.
pub(crate) fn object(bytes: &[u8], at: usize, mut member: impl FnMut(Text, Range<usize>)) -> Option<usize> {
    members(bytes, at, 1, |name, start| {
        let end = value(bytes, start, 1)?;
        member(name, start..end);
        Some(end)
    })
}

/// Tells where every item of the list that begins at `at` is, and returns as `object` does.
pub(crate) fn list(bytes: &[u8], at: usize, mut item: impl FnMut(Range<usize>)) -> Option<usize> {
    items(bytes, at, 1, |start| {
        let end = value(bytes, start, 1)?;
        item(start..end);
        Some(end)
    })
}

/// As `object`, on a level of its own, but `read` is told where the value begins, reads it, and returns its end.
pub(crate) fn members(
    bytes: &[u8],
    at: usize,
    level: usize,
    mut read: impl FnMut(Text, usize) -> Option<usize>,
) -> Option<usize> {
    let mut at = open(bytes, at, b'{', level)?;
    if bytes.get(at) == Some(&b'}') {
        return Some(at + 1);
    }
    loop {
        let name = text(bytes, at)?;
        at = blanks(bytes, name.inside.end + 1);
        let start = blanks(bytes, expect(bytes, at, b':')?);
        at = blanks(bytes, read(name, start)?);
        match bytes.get(at)? {
            b',' => at = blanks(bytes, at + 1),
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// As `list`, on a level of its own, but `read` reads the items as that of `members` does the values.
pub(crate) fn items(
    bytes: &[u8],
    at: usize,
    level: usize,
    mut read: impl FnMut(usize) -> Option<usize>,
) -> Option<usize> {
    let mut at = open(bytes, at, b'[', level)?;
    if bytes.get(at) == Some(&b']') {
        return Some(at + 1);
    }
    loop {
        at = blanks(bytes, read(at)?);
        match bytes.get(at)? {
            b',' => at = blanks(bytes, at + 1),
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

fn open(bytes: &[u8], at: usize, bracket: u8, level: usize) -> Option<usize> {
    let inside = expect(bytes, at, bracket).filter(|_| level <= LEVELS_MAX)?;
    Some(blanks(bytes, inside))
}

/// The end of the value that begins here; lists and objects in it are a level below.
pub(crate) fn value(bytes: &[u8], at: usize, level: usize) -> Option<usize> {
    let literal = |word: &[u8]| bytes[at..].starts_with(word).then_some(at + word.len());
    match bytes.get(at)? {
        b'"' => text(bytes, at).map(|text| text.inside.end + 1),
        b'{' => members(bytes, at, level + 1, |_, at| value(bytes, at, level + 1)),
        b'[' => items(bytes, at, level + 1, |at| value(bytes, at, level + 1)),
        b't' => literal(b"true"),
        b'f' => literal(b"false"),
        b'n' => literal(b"null"),
        _ => number(bytes, at),
    }
}

/// The text that begins here, found quickly when it is long.
pub(crate) fn long_text(bytes: &[u8], at: usize) -> Option<Text> {
    let start = expect(bytes, at, b'"')?;
    let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    // Without a way out in the middle, which the compiler turns into vectors.
    let is_plain = |block: &&[u8]| !block.iter().fold(false, |found, byte| found | is_special(byte));
    let plain = bytes[start..].chunks_exact(BLOCK).take_while(is_plain).count();
    rest(bytes, start, start + plain * BLOCK)
}

fn text(bytes: &[u8], at: usize) -> Option<Text> {
    let start = expect(bytes, at, b'"')?;
    rest(bytes, start, start)
}

/// The text that begins at `start`, of which nothing before `at` is special.
#[inline]
fn rest(bytes: &[u8], start: usize, mut at: usize) -> Option<Text> {
    let mut has_escapes = false;
    loop {
        at = special(bytes, at)?;
        match bytes[at] {
            b'"' => return Some(Text { inside: start..at, has_escapes }),
            b'\\' => at = escape(bytes, at)?,
            // A control character.
            _ => return None,
        }
        has_escapes = true;
    }
}

/// The first quote, backslash or control character from here.
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(eight) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().ok()?);
        // In each, the highest bit of the first byte that is meant is set, and none below it: a borrow goes upwards only.
        let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = (below(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7);
        if found != 0 {
            // At most 7.
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter().position(|byte| *byte < b' ' || *byte == b'"' || *byte == b'\\')?;
    Some(at + rest)
}

/// What follows the escape that begins here; none for half of a character.
fn escape(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        _ => match surrogates::code(bytes, at)? {
            0xd800..=0xdbff => (0xdc00..=0xdfff).contains(&surrogates::code(bytes, at + 6)?).then_some(at + 12),
            0xdc00..=0xdfff => None,
            _ => Some(at + 6),
        },
    }
}

fn number(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = if bytes[start] == b'-' { start + 1 } else { start };
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at = (fraction > 0).then_some(at + 1 + fraction)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        at = (1..=2).contains(&exponent).then_some(at + exponent)?;
    }
    (at - start <= NUMBER_BYTES_MAX).then_some(at)
}

fn expect(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    (bytes.get(at) == Some(&byte)).then_some(at + 1)
}

pub(crate) fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(json: &str) -> Option<usize> {
        value(json.as_bytes(), 0, 0)
    }

    /// Taken with all that `json` has; `serde_json` agrees.
    #[test]
    fn json_is_taken_to_its_end() {
        let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
        for json in [
            "0",
            "-0",
            "-1.5e-9",
            "1E+99",
            "12345678901234567890123",
            "\"\"",
            r#""a\"b\\""#,
            r#""\u00e4\ud83d\ude00 \/\n""#,
            r#"{}"#,
            r#"{ "a" : [ ] , "b":[1 , {"c":null}],"":true }"#,
            "false",
            r#""seven 7""#,
            r#""eight 88""#,
            "\"é😀 0123456789\"",
            &deep,
        ] {
            assert_eq!(end(json), Some(json.len()), "{json}");
            assert_eq!(end(&format!("{json},")), Some(json.len()), "{json}");
            assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{json}");
        }
    }

    /// Left to `serde_json`, which takes only the last three.
    #[test]
    fn what_is_doubtful_is_not_taken() {
        let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
        let long = "1".repeat(201);
        for json in [
            "",
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "nul",
            "tru",
            "\"",
            "\"a",
            "\"\n\"",
            "\"01234567\u{1f}\"",
            r#""\x""#,
            r#""\u12""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            "{",
            "{}}"[..1].trim(),
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{a:1}"#,
            "[1,]",
            "[1 2]",
            "[",
            "1e999",
            &deep,
            "1e100",
            &long,
            "1e007",
        ] {
            // `01` is the number 0 with something behind it.
            assert!(end(json).is_none_or(|end| end < json.len()), "{json}");
        }
    }
}
