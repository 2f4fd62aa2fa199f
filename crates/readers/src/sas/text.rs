use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// How the bytes of a text become characters.
#[derive(Debug, Clone)]
pub(super) enum Decoder {
    /// By an encoding that browsers know.
    Known(&'static Encoding),
    /// The file states one that they do not know (MS-DOS code pages, some of the old Macintosh): only ASCII can be read.
    AsciiOf(String),
}

impl Decoder {
    /// By the name that the library gives an encoding.
    pub(super) fn by_label(label: Option<&str>) -> Self {
        let Some(label) = label else { return Self::Known(UTF_8) };
        let lower = label.to_ascii_lowercase();
        let name = match lower.as_str() {
            "macroman" => "macintosh",
            "maccyrillic" | "macukraine" => "x-mac-cyrillic",
            other => other,
        };
        match Encoding::for_label(name.as_bytes()).or_else(|| Encoding::for_label(name.replace('_', "-").as_bytes())) {
            Some(encoding) => Self::Known(encoding),
            None => Self::AsciiOf(label.to_owned()),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Known(encoding) => encoding.name(),
            Self::AsciiOf(label) => label,
        }
    }

    /// The text, or `None` if the bytes are of another encoding.
    pub(super) fn decode<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        match (std::str::from_utf8(bytes), self) {
            (Ok(text), _) if bytes.is_ascii() && self.extends_ascii() => Some(Cow::Borrowed(text)),
            (_, Self::AsciiOf(_)) => None,
            (Ok(text), Self::Known(encoding)) if *encoding == UTF_8 => Some(Cow::Borrowed(text)),
            // SAS cuts texts at the column's width, and that may be within a character.
            (Err(error), Self::Known(encoding)) if *encoding == UTF_8 => match error.error_len() {
                None => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok().map(Cow::Borrowed),
                Some(_) => None,
            },
            (_, Self::Known(encoding)) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    fn extends_ascii(&self) -> bool {
        match self {
            Self::Known(encoding) => encoding.is_ascii_compatible(),
            Self::AsciiOf(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_or_refused() {
        let check = |label: &str, bytes: &[u8], expected: Option<&str>| {
            let decoder = Decoder::by_label(Some(label));
            assert_eq!(decoder.decode(bytes).as_deref(), expected, "{label} {}", bytes.escape_ascii());
        };
        check("WINDOWS-1252", b"na\xefve \x80", Some("naïve €"));
        check("UTF-8", "naïve".as_bytes(), Some("naïve"));
        check("UTF-8", b"na\xefve", None);
        check("UTF-8", b"na\xc3", Some("na"));
        check("ISO-8859-15", b"\xa4", Some("€"));
        check("SHIFT_JIS", b"\x93\xfa\x96{", Some("日本"));
        check("SHIFT_JIS", b"\x93", None);
        check("MACROMAN", b"\x8a", Some("ä"));
        check("CP850", b"plain", Some("plain"));
        check("CP850", b"\x84", None);
    }
}
