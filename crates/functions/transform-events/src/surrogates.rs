//! JavaScript cuts texts between the two halves of a character (an emoji, mostly), and JSON can write the half that is left, as `\ud83d`.
//! It is no character; readers of JSON refuse the whole event for it.

use std::borrow::Cow;

use json_members::unicode_escape;

/// What stands for a half.
const REPLACEMENT: &str = "\\ufffd";

/// The text of some JSON with every half of a character replaced.
pub(crate) fn repair(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut repaired = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let escape = at + found;
        let (length, is_half) = match unicode_escape(bytes, escape) {
            // A first half with its second half behind it is a character.
            Some(0xd800..=0xdbff) => match unicode_escape(bytes, escape + 6) {
                Some(0xdc00..=0xdfff) => (12, false),
                _ => (6, true),
            },
            Some(0xdc00..=0xdfff) => (6, true),
            Some(_) => (6, false),
            None => (2, false),
        };
        if is_half {
            repaired.push_str(&json[copied..escape]);
            repaired.push_str(REPLACEMENT);
            copied = escape + length;
        }
        at = (escape + length).min(bytes.len());
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    repaired.push_str(&json[copied..]);
    Cow::Owned(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_characters_are_not() {
        let check = |json: &str, expected: &str| assert_eq!(repair(json), expected, "{json}");
        check(r#""a""#, r#""a""#);
        check(r#""\ud83d\ude00""#, r#""\ud83d\ude00""#);
        check(r#""\ud83d""#, r#""\ufffd""#);
        check(r#""\uDE00x\uD83D\ud83d\ude00""#, r#""\ufffdx\ufffd\ud83d\ude00""#);
        check(r#""\\ud83d""#, r#""\\ud83d""#);
        check(r#""\u00e4\n\ud83d é""#, r#""\u00e4\n\ufffd é""#);
        for broken in [r"\", r"\u", r"\ud83d", r"\ud83d\", r"\ud8", "\\ud8\u{e9}", "\\\u{e9}"] {
            repair(broken);
        }
    }
}
