//! JSON, cut into pieces that keep their exact text: what a rule does not name leaves the function as it came in, large numbers and all.

use std::borrow::Cow;
use std::fmt;

use json_members::{Fault, Name, Readable, Scan};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A member of an object: its name, decoded, and the text of its value.
pub(crate) type Member<'a> = (Cow<'a, str>, &'a str);

/// The members of an object in their order, repetitions included.
#[derive(Debug)]
struct Members<'a>(Vec<Member<'a>>);

/// Why the quick way does not take a text: it is no JSON, or out of the ordinary. `serde_json` decides, and says what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubtful;

impl From<Fault> for Doubtful {
    fn from(_: Fault) -> Self {
        Self
    }
}

/// The members of the object that the text begins with, checked to the last value, and where the object ends.
pub(crate) fn first_object(text: &str) -> Result<(Vec<Member<'_>>, usize), serde_json::Error> {
    if let Ok(found) = scanned(text) {
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
    match scanned(object) {
        Ok((members, length)) if length == object.len() => Ok(members),
        _ => serde_json::from_str(object).map(|Members(members)| members),
    }
}

/// The items of the list that the text is.
pub(crate) fn items(list: &str) -> Result<Vec<&str>, serde_json::Error> {
    let scan = Scan::<Readable>::new(list.as_bytes());
    let mut items = Vec::with_capacity(8);
    let end = scan.items(0, 1, |at| {
        let end = scan.value(at, 1)?;
        items.push(&list[at..end]);
        Ok::<_, Doubtful>(end)
    });
    if end == Ok(list.len()) {
        return Ok(items);
    }
    let items: Vec<&RawValue> = serde_json::from_str(list)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

fn scanned(text: &str) -> Result<(Vec<Member<'_>>, usize), Doubtful> {
    let scan = Scan::<Readable>::new(text.as_bytes());
    let mut members = Vec::with_capacity(16);
    let end = scan.members(0, 1, |name, at| {
        let end = scan.value(at, 1)?;
        let decoded = match name.has_escapes {
            false => Cow::Borrowed(&text[name.inside]),
            true => json_members::text(&text[name.quoted()]).ok_or(Doubtful)?,
        };
        members.push((decoded, &text[at..end]));
        Ok::<_, Doubtful>(end)
    })?;
    Ok((members, end))
}

/// A name that has no escapes.
pub(crate) fn plain<'a>(text: &'a str, name: &Name) -> Result<&'a str, Doubtful> {
    if name.has_escapes { Err(Doubtful) } else { Ok(&text[name.inside.clone()]) }
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
        while let Some((Decoded(name), value)) = map.next_entry::<Decoded<'de>, &'de RawValue>()? {
            members.push((name, value.get()));
        }
        Ok(members)
    }
}

/// A text that is borrowed unless it has escapes.
struct Decoded<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Decoded<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecodedVisitor).map(Decoded)
    }
}

struct DecodedVisitor;

impl<'de> Visitor<'de> for DecodedVisitor {
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
