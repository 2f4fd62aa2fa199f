//! JSON, cut into pieces that keep their exact text: what is not changed leaves the function as it came in, large numbers and all. Only the
//! syntax is looked at, so that neither depth nor halves of characters can stop it.

use json_members::{Fault, FaultKind, Scan, Syntax, text};

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
        inner == name || (inner.contains('\\') && text(self.name).is_some_and(|decoded| decoded == name))
    }

    /// Whether both have the same name.
    pub(crate) fn is_named_as(&self, other: &Self) -> bool {
        self.name == other.name || text(other.name).is_some_and(|name| self.is(&name))
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
    pub(crate) fn read(text: &'a str) -> Result<Self, Fault> {
        let scan = Scan::<Syntax>::new(text.as_bytes());
        let mut members = Vec::with_capacity(16);
        let end = scan.members(0, 1, |name, at| {
            let end = scan.value(at, 1)?;
            members.push(Member { name: &text[name.quoted()], value: &text[at..end] });
            Ok::<_, Fault>(end)
        })?;
        all_of(text, end).map(|()| Self { text, members })
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
    pub(crate) items: Option<Vec<&'a str>>,
}

impl<'a> Listing<'a> {
    /// Reads an object and the list that its member `name` is; `text` has no blanks around it.
    pub(crate) fn read(text: &'a str, name: &str) -> Result<Self, Fault> {
        let scan = Scan::<Syntax>::new(text.as_bytes());
        let mut listing = Listing { members: Vec::with_capacity(8), items: None };
        let end = scan.members(0, 1, |found, at| {
            let mut member = Member { name: &text[found.quoted()], value: "" };
            if member.is(name) {
                listing.items = None;
                if !text[at..].starts_with('[') {
                    return scan.value(at, 1);
                }
                let items = listing.items.insert(Vec::with_capacity(32));
                return scan.items(at, 2, |at| {
                    let end = scan.value(at, 2)?;
                    items.push(&text[at..end]);
                    Ok(end)
                });
            }
            let end = scan.value(at, 1)?;
            member.value = &text[at..end];
            listing.members.push(member);
            Ok::<_, Fault>(end)
        })?;
        all_of(text, end).map(|()| listing)
    }
}

/// Refuses what follows a value.
fn all_of(text: &str, end: usize) -> Result<(), Fault> {
    if end == text.len() { Ok(()) } else { Err(Fault::new(FaultKind::NotJson, end)) }
}

/// The value of a member. Where its name occurs twice, the last counts, as in most readers of JSON.
pub(crate) fn value<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members.iter().rev().find(|member| member.is(name)).map(|member| member.value)
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    // Serialising a text has no way to fail.
    serde_json::to_string(text).unwrap_or_default()
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
            assert_eq!(listing.items.as_deref(), expected, "{text}");
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
