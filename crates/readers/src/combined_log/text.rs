use std::borrow::Cow;

/// The text of a field.
///
/// Servers escape: Apache writes `\"`, `\\`, `\n` and, for bytes that cannot be printed, `\xhh`; nginx writes `\xHH` for all of them. An escape
/// that stands for a quote or for (a part of) a character that is not ASCII is replaced by it. Every other escape stays as it was written, and a
/// control character or a byte that is not UTF-8 is written as Apache would have: `\xhh`. So the text is printable, and the bytes that the client sent
/// can be found again.
pub(super) fn readable(bytes: &[u8]) -> Cow<'_, str> {
    if !bytes.iter().any(|byte| *byte == b'\\' || byte.is_ascii_control())
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    let mut out = Writer { text: String::with_capacity(bytes.len() + 16), pending: Vec::new() };
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' => out.escape(&bytes[at..]),
            _ => out.byte(byte),
        };
    }
    out.flush();
    Cow::Owned(out.text)
}

/// The text of bytes, unchanged: only what is not UTF-8 is written as `\xhh`.
pub(super) fn verbatim(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let mut out = Writer { text: String::with_capacity(bytes.len() + 16), pending: bytes.to_vec() };
            out.flush();
            Cow::Owned(out.text)
        }
    }
}

struct Writer {
    text: String,
    /// Bytes that may be characters together.
    pending: Vec<u8>,
}

impl Writer {
    /// Takes the escape that the bytes begin with, and returns how many it took.
    fn escape(&mut self, bytes: &[u8]) -> usize {
        match bytes {
            [b'\\', b'"', ..] => {
                self.flush();
                self.text.push('"');
                2
            }
            [b'\\', b'x', high, low, ..] => {
                let Some(byte) = hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low) else {
                    return self.written("\\");
                };
                match byte {
                    b'"' => {
                        self.flush();
                        self.text.push('"');
                    }
                    0x80.. => self.pending.push(byte),
                    _ => {
                        self.written(&format!("\\x{}{}", char::from(*high), char::from(*low)));
                    }
                }
                4
            }
            // The second backslash begins nothing.
            [b'\\', b'\\', ..] => self.written(r"\\"),
            _ => self.written("\\"),
        }
    }

    fn byte(&mut self, byte: u8) -> usize {
        match byte {
            0x80.. => self.pending.push(byte),
            _ => {
                self.flush();
                match byte.is_ascii_control() {
                    true => self.text.push_str(&format!("\\x{byte:02x}")),
                    false => self.text.push(char::from(byte)),
                }
            }
        }
        1
    }

    fn written(&mut self, text: &str) -> usize {
        self.flush();
        self.text.push_str(text);
        text.len()
    }

    fn flush(&mut self) {
        for chunk in self.pending.utf8_chunks() {
            self.text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                self.text.push_str(&format!("\\x{byte:02x}"));
            }
        }
        self.pending.clear();
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_can_be_printed() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(readable(bytes), expected);
        check(b"plain", "plain");
        check("gr\u{fc}n".as_bytes(), "grün");
        check(br#"a \"b\" c"#, "a \"b\" c");
        check(br"a \x22b\x22", "a \"b\"");
        check(br"\xd0\x9F\xD1\x80", "Пр");
        check(b"\xd0\\x9F", "П");
        check(br"\xff\xfe", r"\xff\xfe");
        check(b"\xff\xfe", r"\xff\xfe");
        check(br"C:\\x41\\new", r"C:\\x41\\new");
        check(br"\x5C\x0A\n", r"\x5C\x0A\n");
        check(br"tail\", r"tail\");
        check(br"\x4", r"\x4");
        check(br"\xzz", r"\xzz");
        check(b"tab\there\0", r"tab\x09here\x00");
    }

    #[test]
    fn a_line_is_kept_as_it_came() {
        assert_eq!(verbatim(br#"\" \xd0"#), r#"\" \xd0"#);
        assert_eq!(verbatim(b"\xd0\x9f\xd0"), "П\\xd0");
    }
}
