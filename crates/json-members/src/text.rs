//! The characters of JSON strings.

use std::borrow::Cow;

/// The text that a value of scanned JSON stands for; none for a value that is no string, and for one with half of a character.
pub fn text(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = Vec::with_capacity(inside.len());
    unescape(inside.as_bytes(), &mut text)?;
    String::from_utf8(text).ok().map(Cow::Owned)
}

/// Appends what a string without its quotes stands for. `None`, and nothing appended, if it has half of a character (`\ud83d` alone), which
/// no UTF-8 can hold. The string has been scanned: its escapes are sound.
pub fn unescape(string: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    let done = append(string, out);
    if done.is_none() {
        out.truncate(start);
    }
    done
}

/// The code of the escape `\uXXXX` that begins at `at`.
pub fn unicode_escape(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(6)?)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

fn append(mut string: &[u8], out: &mut Vec<u8>) -> Option<()> {
    while let Some(at) = memchr::memchr(b'\\', string) {
        out.extend_from_slice(&string[..at]);
        let (character, used) = match *string.get(at + 1)? {
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'n' => ('\n', 2),
            b'r' => ('\r', 2),
            b't' => ('\t', 2),
            b'u' => character(string, at)?,
            other => (char::from(other), 2),
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        string = &string[at + used..];
    }
    out.extend_from_slice(string);
    Some(())
}

/// `\uXXXX`, or both halves of a character as `\uD8XX\uDCXX`, and its length.
fn character(string: &[u8], at: usize) -> Option<(char, usize)> {
    let first = unicode_escape(string, at)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first).map(|character| (character, 6));
    }
    let low = unicode_escape(string, at + 6)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low).map(|character| (character, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_what_serde_json_reads() {
        let check = |string: &str| {
            let mut out = b"x".to_vec();
            let read = unescape(string.as_bytes(), &mut out).map(|()| String::from_utf8(out.clone()).unwrap());
            let json = format!("\"{string}\"");
            let expected: Option<String> = serde_json::from_str(&json).ok();
            assert_eq!(read, expected.as_ref().map(|text| format!("x{text}")), "{string}");
            assert_eq!(text(&json).as_deref(), expected.as_deref(), "{string}");
            assert!(read.is_some() || out == b"x");
        };
        check("plain");
        check("");
        check(r#"\"\\\/\b\f\n\r\t"#);
        check(r"caf\u00e9 é \u0000");
        check(r"\ud83d\ude00 \uD83D\uDE00!");
        for half in [r"a\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\n", r"\ud83d\ud83d", r"\ud83d\u0041"] {
            check(half);
        }
        for other in ["1", "null", "", "\"", "[\"a\"]"] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_not_scanned_does_no_harm() {
        for broken in [r"\", r"\u", r"\u12", r"\ud83d\", r"\ud83d\u", r"\u+123", "\\u00\u{e9}"] {
            assert!(unescape(broken.as_bytes(), &mut Vec::new()).is_none(), "{broken}");
        }
        assert_eq!(unicode_escape(br"x\u00e9", 1), Some(0xe9));
        assert_eq!(unicode_escape(br"\u+123", 0), None);
        assert_eq!(unicode_escape(b"", usize::MAX), None);
    }
}
