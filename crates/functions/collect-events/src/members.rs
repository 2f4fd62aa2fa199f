//! JSON, cut into pieces that keep their exact text: what is not changed leaves the function as it came in, large numbers and all. Only the
//! syntax is looked at, without recursion, so that neither depth nor halves of characters can stop it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A member of an object, as it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    /// With its quotes.
    name: &'a str,
    pub(crate) value: &'a str,
}

impl Member<'_> {
    /// Whether the member has this name, however it is written.
    pub(crate) fn is(&self, name: &str) -> bool {
        let inner = &self.name[1..self.name.len() - 1];
        inner == name || (inner.contains('\\') && string(self.name).is_some_and(|decoded| decoded == name))
    }

    /// Whether both have the same name.
    pub(crate) fn is_named_as(&self, other: &Self) -> bool {
        self.name == other.name || string(other.name).is_some_and(|name| self.is(&name))
    }

    /// Appends the member behind what an object begins with.
    pub(crate) fn write(&self, out: &mut String) {
        separate(out);
        out.push_str(self.name);
        out.push(':');
        out.push_str(self.value);
    }
}

/// Appends a comma, unless nothing precedes it in its object.
pub(crate) fn separate(out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
}

/// An object: its text and its members in their order, repetitions included.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    /// From `{` to `}`.
    pub(crate) text: &'a str,
    pub(crate) members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// Reads an object; `text` has no blanks around it.
    pub(crate) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let Members(members) = serde_json::from_str(text)?;
        Ok(Self { text, members })
    }

    /// The value of a member.
    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        value(&self.members, name)
    }

    /// What is between the braces.
    pub(crate) fn inside(&self) -> &'a str {
        if self.members.is_empty() { "" } else { &self.text[1..self.text.len() - 1] }
    }
}

/// The items of a list, apart from their object's other members: a batch is most of its body, and is not to be read once more than needed.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    /// The other members.
    pub(crate) members: Vec<Member<'a>>,
    /// `None`: there is no member of the name, or it is no list.
    pub(crate) items: Option<Vec<&'a RawValue>>,
}

impl<'a> Listing<'a> {
    /// Reads an object and the list that its member `name` is.
    pub(crate) fn read(text: &'a str, name: &'static str) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let listing = json.deserialize_map(ListingVisitor(name))?;
        json.end()?;
        Ok(listing)
    }
}

/// The value of a member. Where its name occurs twice, the last counts, as in most readers of JSON.
pub(crate) fn value<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members.iter().rev().find(|member| member.is(name)).map(|member| member.value)
}

/// The text that a JSON string stands for; `None` for another value, and for halves of characters.
pub(crate) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(json).ok().map(Cow::Owned)
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    // Serialising a text has no way to fail.
    serde_json::to_string(text).unwrap_or_default()
}

struct Members<'a>(Vec<Member<'a>>);

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
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            members.push(Member { name: name.get(), value: value.get() });
        }
        Ok(members)
    }
}

struct ListingVisitor(&'static str);

impl<'de> Visitor<'de> for ListingVisitor {
    type Value = Listing<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut listing = Listing { members: Vec::with_capacity(8), items: None };
        while let Some(name) = map.next_key::<&'de RawValue>()? {
            let mut member = Member { name: name.get(), value: "null" };
            if member.is(self.0) {
                listing.items = map.next_value::<Items<'de>>()?.0;
            } else {
                member.value = map.next_value::<&'de RawValue>()?.get();
                listing.members.push(member);
            }
        }
        Ok(listing)
    }
}

/// The items of a list; `None` for another value.
struct Items<'a>(Option<Vec<&'a RawValue>>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemsVisitor).map(Items)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::with_capacity(32);
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Some(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_text() {
        let check = |text: &str, name: &str, expected: Option<&str>| {
            assert_eq!(Object::read(text).unwrap().value(name), expected, "{text}");
        };
        check(r#"{"a" : 12345678901234567890.10e+400 }"#, "a", Some("12345678901234567890.10e+400"));
        check(r#"{"a":1,"a":2}"#, "a", Some("2"));
        check(r#"{"\u0061":[ 1 ]}"#, "a", Some("[ 1 ]"));
        check(r#"{"\ud83d":1,"a":"\ud83d"}"#, "a", Some(r#""\ud83d""#));
        check("{}", "a", None);
        check(r#"{"":1}"#, "", Some("1"));
    }

    #[test]
    fn depth_does_not_matter() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(Object::read(&deep).unwrap().members.len(), 1);
        let deep = format!(r#"{{"b":[{}{}]}}"#, r#"{"a":"#.repeat(100_000), "1".to_owned() + &"}".repeat(100_000));
        assert_eq!(Listing::read(&deep, "b").unwrap().items.unwrap().len(), 1);
    }

    #[test]
    fn a_list_apart_from_the_rest() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let listing = Listing::read(text, "b").unwrap();
            let items = listing.items.map(|items| items.into_iter().map(RawValue::get).collect::<Vec<_>>());
            assert_eq!(items.as_deref(), expected, "{text}");
            assert!(listing.members.iter().all(|member| member.is("a")), "{text}");
        };
        check(r#"{"a":1,"b": [ 1e999 , {"x":[]},"y"] ,"a":2}"#, Some(&["1e999", r#"{"x":[]}"#, "\"y\""]));
        check(r#"{"\u0062":[]}"#, Some(&[]));
        check(r#"{"b":[1],"b":[2]}"#, Some(&["2"]));
        for text in
            ["{}", r#"{"b":null}"#, r#"{"b":{"c":1}}"#, r#"{"b":"x"}"#, r#"{"b":7}"#, r#"{"b":-7.5}"#, r#"{"b":true}"#]
        {
            check(text, None);
        }
        assert!(Listing::read("{}x", "b").is_err());
    }

    #[test]
    fn what_is_no_object() {
        for text in ["", "1", "[]", "null", r#"{"a"}"#, r#"{"a":1}x"#, r#"{1:2}"#, r#"{"a":1"#, "{\"a\":\"\u{1}\"}"] {
            assert!(Object::read(text).is_err(), "{text}");
        }
    }
}
