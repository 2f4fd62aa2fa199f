//! The characters of JSON texts.

/// Appends what a JSON text without its quotes stands for. `None`, and nothing appended, if it has half of a character (`\ud83d` alone),
/// which no UTF-8 can hold. The text has been scanned: its escapes are sound.
pub(crate) fn unescape(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    let done = append(text, out);
    if done.is_none() {
        out.truncate(start);
    }
    done
}

fn append(mut text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    while let Some(at) = memchr::memchr(b'\\', text) {
        out.extend_from_slice(&text[..at]);
        let rest = &text[at + 1..];
        let (character, used) = match *rest.first()? {
            b'b' => ('\u{8}', 1),
            b'f' => ('\u{c}', 1),
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'u' => unicode(rest)?,
            other => (char::from(other), 1),
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        text = &rest[used..];
    }
    out.extend_from_slice(text);
    Some(())
}

/// `uXXXX`, or both halves of a character as `uD8XX\uDCXX`.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let first = code(text)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first).map(|character| (character, 5));
    }
    let second = code(text.get(5..)?.strip_prefix(b"\\")?)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low).map(|character| (character, 11))
}

fn code(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"u")?.get(..4)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_serde_json_reads() {
        let check = |text: &str| {
            let mut out = b"x".to_vec();
            let read = unescape(text.as_bytes(), &mut out).map(|()| String::from_utf8(out.clone()).unwrap());
            let expected: Option<String> = serde_json::from_str(&format!("\"{text}\"")).ok();
            assert_eq!(read, expected.map(|text| format!("x{text}")), "{text}");
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
    }
}
