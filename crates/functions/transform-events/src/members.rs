//! JSON, cut into pieces that keep their exact text: what a rule does not name leaves the function as it came in, large numbers and all.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::scan;

/// A member of an object: its name, decoded, and the text of its value.
pub(crate) type Member<'a> = (Cow<'a, str>, &'a str);

/// The members of an object in their order, repetitions included.
#[derive(Debug)]
struct Members<'a>(Vec<Member<'a>>);

/// The members of the object that the text begins with, checked to the last value, and where the object ends.
pub(crate) fn first_object(text: &str) -> Result<(Vec<Member<'_>>, usize), serde_json::Error> {
    if let Some(found) = scanned(text) {
        return Ok(found);
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Members<'_>>();
    let Members(members) = stream.next().unwrap_or_else(|| serde_json::from_str(text))?;
    let length = stream.byte_offset();
    check(&text[..length])?;
    Ok((members, length))
}

/// The members of the object that the text is.
pub(crate) fn members(object: &str) -> Result<Vec<Member<'_>>, serde_json::Error> {
    match scanned(object).filter(|(_, length)| *length == object.len()) {
        Some((members, _)) => Ok(members),
        None => serde_json::from_str(object).map(|Members(members)| members),
    }
}

/// The items of the list that the text is.
pub(crate) fn items(list: &str) -> Result<Vec<&str>, serde_json::Error> {
    let mut items = Vec::with_capacity(8);
    let end = scan::list(list.as_bytes(), 0, |item| items.push(&list[item]));
    if end == Some(list.len()) {
        return Ok(items);
    }
    let items: Vec<&RawValue> = serde_json::from_str(list)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

fn scanned(text: &str) -> Option<(Vec<Member<'_>>, usize)> {
    let mut members = Vec::with_capacity(16);
    let mut are_named = true;
    let end = scan::object(text.as_bytes(), 0, |name, value| {
        let decoded = match name.has_escapes {
            false => Some(Cow::Borrowed(&text[name.inside])),
            true => string(&text[name.inside.start - 1..=name.inside.end]),
        };
        are_named &= decoded.is_some();
        members.push((decoded.unwrap_or_default(), &text[value]));
    })?;
    are_named.then_some((members, end))
}

/// The text that a value of checked JSON stands for; `None` if it is no string.
pub(crate) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str::<Name<'_>>(json).ok().map(|name| name.0)
}

/// Appends a member's name as a JSON string.
#[expect(clippy::ptr_arg, reason = "whether it is borrowed tells whether it had escapes")]
pub(crate) fn push_name(out: &mut String, name: &Cow<'_, str>) {
    match name {
        // Borrowed from JSON as it stands there.
        Cow::Borrowed(name) => push_plain(out, name),
        Cow::Owned(name) => push_string(out, name),
    }
}

/// Appends a text that JSON has as it is.
pub(crate) fn push_plain(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// Appends a text as a JSON string.
pub(crate) fn push_string(out: &mut String, text: &str) {
    if is_plain(text) {
        push_plain(out, text);
        return;
    }
    // Serialising a text has no way to fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Whether JSON has a text as it is.
pub(crate) fn is_plain(text: &str) -> bool {
    // Without a way out in the middle, which the compiler turns into vectors.
    !text.bytes().fold(false, |is_special, byte| is_special | (byte < b' ') | (byte == b'"') | (byte == b'\\'))
}

/// Reads every value to its end, and so refuses what other readers of JSON would: more than 127 levels, numbers beyond the range of a double, halves
/// of characters. `RawValue` looks at the syntax only.
fn check(json: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<Sound>(json).map(|Sound| ())
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Members)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            members.push((name, value.get()));
        }
        Ok(members)
    }
}

/// A text that is borrowed unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Name)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Any value that can be read to its end; nothing of it is kept.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SoundVisitor)
    }
}

struct SoundVisitor;

impl<'de> Visitor<'de> for SoundVisitor {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Sound, A::Error> {
        while items.next_element::<Sound>()?.is_some() {}
        Ok(Sound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sound, A::Error> {
        while map.next_entry::<Sound, Sound>()?.is_some() {}
        Ok(Sound)
    }
}
