//! What must not be kept of an event: removed, hashed or masked.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use json_members::text;
use pipeline::{PrivacyAction, PrivacyRule};
use sha2::Sha256;

use crate::members::{Member, items, members, push_name, push_plain, push_string};

/// HMAC-SHA-256 is as strong as its key, up to the 32 bytes of its digest (RFC 2104, section 3).
pub const KEY_BYTES_MIN: usize = 32;

/// How many letters or digits a mask leaves at most.
const UNMASKED_MAX: usize = 4;

/// SHA-256's 32 bytes as hexadecimal digits.
const HASH_DIGITS: usize = 64;

/// The key of the hashes. `Debug` does not show it.
#[derive(Clone)]
pub struct PrivacyKey(String);

impl PrivacyKey {
    /// Takes the key's text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for PrivacyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivacyKey")
    }
}

/// The rules of privacy with their key.
#[derive(Clone)]
pub(crate) struct Privacy {
    rules: Vec<(String, PrivacyAction)>,
    /// A bit for each first letter of the paths, without regard to case; see `letter`.
    heads: u64,
    /// Ready to hash; `None` when no rule hashes.
    mac: Option<Hmac<Sha256>>,
}

/// A rule on its way down an event: what is left of its path.
pub(crate) type Active<'r> = (&'r str, PrivacyAction);

impl fmt::Debug for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Privacy").field(&self.rules).finish()
    }
}

impl Privacy {
    /// The rules; a key that HMAC does not take is none.
    pub(crate) fn new(rules: &[PrivacyRule], key: Option<&PrivacyKey>) -> Self {
        let rules: Vec<_> = rules.iter().map(|rule| (rule.path.as_str().to_owned(), rule.action)).collect();
        let heads = rules.iter().fold(0, |heads, (path, _)| heads | letter(path));
        let mac = key.and_then(|key| Hmac::new_from_slice(key.0.as_bytes()).ok());
        Self { rules, heads, mac }
    }

    /// The rules that a member of the event is concerned by.
    pub(crate) fn for_member<'r>(&'r self, name: &str) -> Vec<Active<'r>> {
        if self.heads & letter(name) == 0 {
            return Vec::new();
        }
        self.rules.iter().filter_map(|(path, action)| below(path, name).map(|rest| (rest, *action))).collect()
    }

    /// Appends a member of an object with what the rules leave of it; `false` when nothing is left.
    pub(crate) fn write_member(
        &self,
        out: &mut String,
        (name, value): &Member<'_>,
        active: &[Active<'_>],
    ) -> Result<bool, serde_json::Error> {
        let here = active.iter().find(|(rest, _)| rest.is_empty()).map(|(_, action)| *action);
        if here == Some(PrivacyAction::Drop) {
            return Ok(false);
        }
        push_name(out, name);
        out.push(':');
        match here {
            Some(action) => self.write_changed(out, value, action)?,
            None => self.write_value(out, value, active)?,
        }
        Ok(true)
    }

    fn write_value(&self, out: &mut String, value: &str, active: &[Active<'_>]) -> Result<(), serde_json::Error> {
        match value.as_bytes().first() {
            Some(b'{') if !active.is_empty() => {
                write_object(out, value, |out, member| self.write_member(out, member, &narrowed(active, &member.0)))
            }
            Some(b'[') if !active.is_empty() => write_list(out, value, |out, item| self.write_value(out, item, active)),
            _ => {
                out.push_str(value);
                Ok(())
            }
        }
    }

    /// Every value inside is changed; null stays, because it tells nothing.
    pub(crate) fn write_changed(
        &self,
        out: &mut String,
        value: &str,
        action: PrivacyAction,
    ) -> Result<(), serde_json::Error> {
        match value.as_bytes().first() {
            Some(b'{') => write_object(out, value, |out, member| {
                push_name(out, &member.0);
                out.push(':');
                self.write_changed(out, member.1, action).map(|()| true)
            }),
            Some(b'[') => write_list(out, value, |out, item| self.write_changed(out, item, action)),
            Some(b'n') => {
                out.push_str("null");
                Ok(())
            }
            first => {
                let is_truth = matches!(first, Some(b't' | b'f'));
                let text = text(value).unwrap_or(value.into());
                match action {
                    PrivacyAction::Hash => push_plain(out, str::from_utf8(&self.hash(&text)).unwrap_or("*")),
                    PrivacyAction::Mask if is_truth => push_plain(out, "*"),
                    PrivacyAction::Mask | PrivacyAction::Drop => push_string(out, &mask(&text)),
                }
                Ok(())
            }
        }
    }

    /// The hash in hexadecimal digits. Without a key, which `Rules::new` does not allow, nothing of the text may show.
    fn hash(&self, text: &str) -> [u8; HASH_DIGITS] {
        let mut digits = [b'*'; HASH_DIGITS];
        if let Some(mut mac) = self.mac.clone() {
            mac.update(text.as_bytes());
            // As long as it has to be, and so without a way to fail.
            let _ = hex::encode_to_slice(mac.finalize().into_bytes(), &mut digits);
        }
        digits
    }
}

#[cfg(test)]
impl Privacy {
    pub(crate) fn hash_for_tests(&self, text: &str) -> String {
        str::from_utf8(&self.hash(text)).unwrap().to_owned()
    }
}

/// The bit of a name's or path's first letter; all bits where there is none.
fn letter(name: &str) -> u64 {
    name.as_bytes().first().map_or(u64::MAX, |first| 1 << (first.to_ascii_lowercase() % 64))
}

/// The rules that a member is concerned by, of those that its object is.
pub(crate) fn narrowed<'r>(active: &[Active<'r>], name: &str) -> Vec<Active<'r>> {
    active.iter().filter_map(|(path, action)| below(path, name).map(|rest| (rest, *action))).collect()
}

fn write_object(
    out: &mut String,
    object: &str,
    mut write: impl FnMut(&mut String, &Member<'_>) -> Result<bool, serde_json::Error>,
) -> Result<(), serde_json::Error> {
    out.push('{');
    for member in &members(object)? {
        if write(out, member)? {
            out.push(',');
        }
    }
    close(out, '}');
    Ok(())
}

fn write_list(
    out: &mut String,
    list: &str,
    mut write: impl FnMut(&mut String, &str) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    out.push('[');
    for item in items(list)? {
        write(out, item)?;
        out.push(',');
    }
    close(out, ']');
    Ok(())
}

/// Ends an object or list whose parts each have a comma behind them.
pub(crate) fn close(out: &mut String, bracket: char) {
    if out.ends_with(',') {
        out.pop();
    }
    out.push(bracket);
}

/// What is left of a path below a member: empty when the path ends there. A name with dots in it is found too, because some producers flatten.
fn below<'r>(path: &'r str, name: &str) -> Option<&'r str> {
    let (head, rest) = path.split_at_checked(name.len())?;
    // The end is looked at first: it is quick, and most names differ in length.
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix('.')? };
    head.eq_ignore_ascii_case(name).then_some(rest)
}

/// Letters and digits become `*`, but for the last third of them and at most four; blanks and punctuation show the shape.
fn mask(text: &str) -> String {
    let is_shape = |c: &char| c.is_ascii_whitespace() || c.is_ascii_punctuation();
    let count = text.chars().filter(|c| !is_shape(c)).count();
    let mut hidden = count - UNMASKED_MAX.min(count / 3);
    let mut masked = String::with_capacity(text.len());
    for c in text.chars() {
        let hide = !is_shape(&c) && hidden > 0;
        hidden -= usize::from(hide);
        masked.push(if hide { '*' } else { c });
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_shape_and_the_end() {
        let check = |text: &str, expected: &str| assert_eq!(mask(text), expected, "{text}");
        check("+49 170 1234567", "+** *** ***4567");
        check("anna@example.com", "****@******e.com");
        check("1234", "***4");
        check("12", "**");
        check("", "");
        check("é😀x", "**x");
        check("-1.5e9", "-*.**9");
    }

    #[test]
    fn paths_go_down_by_names_in_any_case() {
        let check =
            |path: &str, name: &str, expected: Option<&str>| assert_eq!(below(path, name), expected, "{path} {name}");
        check("traits.email", "traits", Some("email"));
        check("traits.email", "Traits", Some("email"));
        check("email", "Email", Some(""));
        check("context.ip", "context.ip", Some(""));
        check("context.device.id", "context.device", Some("id"));
        check("context.ip", "con", None);
        check("context.ip", "context.ipv6", None);
        check("context.ip", "", None);
        check("é.a", "x", None);
    }

    #[test]
    fn a_hash_is_the_hmac_of_the_text() {
        let key = PrivacyKey::new("k".repeat(32));
        let privacy = Privacy::new(&[], Some(&key));
        assert_eq!(
            privacy.hash_for_tests("ada@example.com"),
            "1c46a892e933b2b3b269dc801af7f942d56415c873107ca5baef426f5c09a18c"
        );
        assert_eq!(format!("{key:?} {privacy:?}"), "PrivacyKey Privacy([])");
    }
}
