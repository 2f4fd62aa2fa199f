//! CHAR and VARCHAR as COPY reads them: UTF-8, counted in bytes.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::failure::Rejection;
use super::options::CopyOptions;

/// A VARCHAR of at most `limit` bytes.
pub(super) fn varchar<'a>(field: &'a [u8], limit: usize, options: &CopyOptions) -> Result<Cow<'a, str>, Rejection> {
    let mut text = match (std::str::from_utf8(field), options.accept_invalid_chars) {
        (Ok(text), _) => Cow::Borrowed(text),
        (Err(_), Some(replacement)) => Cow::Owned(replaced(field, replacement)),
        (Err(_), None) => return Err(invalid(field)),
    };
    refuse_nul(field)?;
    if options.trim_blanks {
        text = trimmed(text, str::trim_end);
    }
    fit(text, limit, options, "String length exceeds DDL length")
}

/// A CHAR of at most `limit` bytes; the blanks that pad it are not stored.
pub(super) fn char<'a>(field: &'a [u8], limit: usize, options: &CopyOptions) -> Result<Cow<'a, str>, Rejection> {
    let text = std::str::from_utf8(field).map_err(|_| invalid(field))?;
    if let Some(letter) = text.chars().find(|letter| !letter.is_ascii()) {
        let bytes = hex(letter.encode_utf8(&mut [0; 4]).as_bytes());
        let message =
            format!("Multibyte character not supported for CHAR (Hint: try using VARCHAR). Invalid char: {bytes}");
        return Err(Rejection::new(1220, message));
    }
    refuse_nul(field)?;
    fit(Cow::Borrowed(text.trim_end_matches(' ')), limit, options, "Char length exceeds DDL length")
}

/// NUL ends a record in Redshift and cannot be stored by DuckDB's users either; NULL AS '\0' makes a lone one NULL.
fn refuse_nul(field: &[u8]) -> Result<(), Rejection> {
    if field.contains(&0) {
        return Err(Rejection::new(1218, "Invalid null byte - field longer than 1 byte"));
    }
    Ok(())
}

/// `text` in `limit` bytes: blanks beyond it are dropped, anything else is refused or cut.
fn fit<'a>(
    text: Cow<'a, str>,
    limit: usize,
    options: &CopyOptions,
    message: &'static str,
) -> Result<Cow<'a, str>, Rejection> {
    if text.len() <= limit {
        return Ok(text);
    }
    let cut = text.floor_char_boundary(limit);
    if options.truncate_columns || text.as_bytes()[limit..].iter().all(|byte| *byte == b' ') {
        return Ok(trimmed(text, |text| &text[..cut]));
    }
    Err(Rejection::new(1204, message))
}

fn trimmed<'a>(text: Cow<'a, str>, cut: impl Fn(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => {
            let length = cut(text).len();
            Cow::Borrowed(&text[..length])
        }
        Cow::Owned(mut text) => {
            let length = cut(&text).len();
            text.truncate(length);
            Cow::Owned(text)
        }
    }
}

/// Every byte of an invalid character becomes `replacement`.
fn replaced(field: &[u8], replacement: u8) -> String {
    let mut text = String::with_capacity(field.len());
    for chunk in field.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::from(replacement)));
    }
    text
}

#[cold]
fn invalid(field: &[u8]) -> Rejection {
    let chunk = field.utf8_chunks().find(|chunk| !chunk.invalid().is_empty());
    let bad = chunk.map(|chunk| chunk.invalid()).unwrap_or_default();
    let at = field.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let number = reason(field.get(at..).unwrap_or_default());
    let bytes = hex(bad);
    let message = format!(
        "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {bytes} (error {number})"
    );
    Rejection::new(1220, message)
}

/// The number that "Multibyte character load errors" gives to what is wrong with the character at the start.
fn reason(bytes: &[u8]) -> u8 {
    let (first, second) = (bytes.first().copied().unwrap_or_default(), bytes.get(1).copied());
    match (first, second) {
        (0x80..=0xbf | 0xfe | 0xff, _) => 3,
        (0xf8..=0xfd, _) => 1,
        (_, None) => 2,
        (_, Some(second)) if !(0x80..=0xbf).contains(&second) => 4,
        (0xed, Some(0xa0..=0xbf)) => 5,
        (0xf4, Some(0x90..)) | (0xf5..=0xf7, _) => 6,
        (0xc0 | 0xc1, _) | (0xe0, Some(..0xa0)) | (0xf0, Some(..0x90)) => 7,
        _ => 2,
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let separator = if text.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::options::CopyOptions;
    use super::{char, varchar};

    fn check(field: &[u8], options: &CopyOptions, expected: &str) {
        let shown = match varchar(field, 5, options) {
            Ok(text) => format!("{text:?}"),
            Err(rejection) => format!("{} {}", rejection.code, rejection.message),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn varchar_counts_bytes() {
        let plain = CopyOptions::default();
        let cut = CopyOptions { truncate_columns: true, ..CopyOptions::default() };
        check("größe".as_bytes(), &plain, "1204 String length exceeds DDL length");
        check("größe".as_bytes(), &cut, "\"grö\"");
        check(b"abcde  ", &plain, "\"abcde\"");
        check(b"ab   ", &plain, "\"ab   \"");
        check(b"ab   ", &CopyOptions { trim_blanks: true, ..CopyOptions::default() }, "\"ab\"");
        check(b"a\0b", &plain, "1218 Invalid null byte - field longer than 1 byte");
    }

    #[test]
    fn what_is_no_utf8_is_refused_or_replaced() {
        const TEXT: &str = "1220 String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence:";
        let plain = CopyOptions::default();
        check(b"a\xa4", &plain, &format!("{TEXT} a4 (error 3)"));
        check(b"a\xe2\x82", &plain, &format!("{TEXT} e2 82 (error 2)"));
        check(b"\xc3(", &plain, &format!("{TEXT} c3 (error 4)"));
        check(b"\xed\xa0\x80", &plain, &format!("{TEXT} ed (error 5)"));
        check(b"\xc0\x80", &plain, &format!("{TEXT} c0 (error 7)"));
        let replaced = CopyOptions { accept_invalid_chars: Some(b'^'), ..CopyOptions::default() };
        check(b"a\xe2\x82b", &replaced, "\"a^^b\"");
    }

    #[test]
    fn char_takes_single_bytes_only() {
        let plain = CopyOptions::default();
        let rejection = char("é".as_bytes(), 5, &plain).unwrap_err();
        assert_eq!(
            rejection.message,
            "Multibyte character not supported for CHAR (Hint: try using VARCHAR). Invalid char: c3 a9"
        );
        assert_eq!(char(b"abcdef", 5, &plain).unwrap_err().message, "Char length exceeds DDL length");
        assert_eq!(char(b"ab     ", 5, &plain).unwrap(), "ab");
    }
}
