//! JSONPaths files: one path for each column.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::failure::{CopyFailure, Rejection};
use crate::objects::{ObjectLocation, ObjectSource};

/// The largest JSONPaths file that is read, in bytes.
const MAX_PATHS_BYTES: u64 = 4 * 1024 * 1024;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

/// A path from the root of a record to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

#[derive(Deserialize)]
struct PathsFile {
    jsonpaths: Vec<String>,
}

/// Reads a JSONPaths file.
pub(super) fn read(location: &ObjectLocation, objects: &dyn ObjectSource) -> Result<Vec<JsonPath>, CopyFailure> {
    let bytes = objects.read_small(location, MAX_PATHS_BYTES).map_err(|error| CopyFailure::of(error.to_string()))?;
    let file: PathsFile = serde_json::from_slice(&bytes)
        .map_err(|error| CopyFailure::of(format!("Invalid JSONPaths file {location}: {error}")))?;
    let path = |text: &String| {
        JsonPath::parse(text).ok_or_else(|| CopyFailure::of(format!("Invalid JSONPath format: '{text}' in {location}")))
    };
    file.jsonpaths.iter().map(path).collect()
}

impl JsonPath {
    /// `$.a.b` or `$['a'][0]`; the two notations are not mixed, and there are no wildcards.
    fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix('$')?;
        let steps = if rest.starts_with('.') { dotted(rest)? } else { bracketed(rest)? };
        (!steps.is_empty()).then_some(Self(steps))
    }

    /// The value at this path, or `None` where a member on the way is missing or null.
    pub(super) fn find<'a>(&self, record: &'a RawValue) -> Result<Option<&'a RawValue>, Rejection> {
        let mut value = record;
        for step in &self.0 {
            if value.get() == "null" {
                return Ok(None);
            }
            match step {
                Step::Member(name) => match member(value, name)? {
                    Some(found) => value = found,
                    None => return Ok(None),
                },
                Step::Element(index) => value = element(value, *index)?,
            }
        }
        Ok(Some(value))
    }
}

fn dotted(rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in rest.strip_prefix('.')?.split('.') {
        // `$.a[0]` indexes an array in dot notation.
        let (name, indices) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        if name.is_empty() || name == "*" {
            return None;
        }
        steps.push(Step::Member(name.to_owned()));
        let indices = bracketed(indices)?;
        if indices.iter().any(|step| matches!(step, Step::Member(_))) {
            return None;
        }
        steps.extend(indices);
    }
    Some(steps)
}

fn bracketed(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
        let inside = inside.trim();
        let quoted = inside
            .strip_prefix('\'')
            .and_then(|name| name.strip_suffix('\''))
            .or_else(|| inside.strip_prefix('"').and_then(|name| name.strip_suffix('"')));
        steps.push(match quoted {
            Some(name) => Step::Member(name.to_owned()),
            None => Step::Element(inside.parse().ok()?),
        });
        rest = after;
    }
    Some(steps)
}

fn member<'a>(value: &'a RawValue, name: &str) -> Result<Option<&'a RawValue>, Rejection> {
    let mut found = None;
    each_member(value, |key, value| {
        if key == name {
            found = Some(value);
        }
    })?;
    Ok(found)
}

fn element(value: &RawValue, index: usize) -> Result<&RawValue, Rejection> {
    let refused = || Rejection::new(1216, "Invalid JSONPath format: Not an array or index out of range.");
    let mut deserializer = serde_json::Deserializer::from_str(value.get());
    deserializer.deserialize_seq(Nth(index)).ok().flatten().ok_or_else(refused)
}

/// Calls `each` with every member of an object; refuses anything else.
pub(super) fn each_member<'a>(
    object: &'a RawValue,
    each: impl FnMut(Cow<'a, str>, &'a RawValue),
) -> Result<(), Rejection> {
    if !object.get().starts_with('{') {
        return Err(Rejection::new(1216, "Invalid JSONPath format: Member is not an object."));
    }
    let mut deserializer = serde_json::Deserializer::from_str(object.get());
    let walked = deserializer.deserialize_map(Members(each));
    walked.map_err(|error| Rejection::new(1216, format!("Invalid JSON: {error}")))
}

struct Members<F>(F);

impl<'de, F: FnMut(Cow<'de, str>, &'de RawValue)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            (self.0)(key, map.next_value()?);
        }
        Ok(())
    }
}

/// A key that is borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

struct Nth(usize);

impl<'de> Visitor<'de> for Nth {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        for _ in 0..self.0 {
            if elements.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let found = elements.next_element()?;
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::JsonPath;

    fn check(path: &str, record: &str, expected: &str) {
        let record: &RawValue = serde_json::from_str(record).unwrap();
        let shown = match JsonPath::parse(path).map(|path| path.find(record)) {
            None => "refused".to_owned(),
            Some(Ok(value)) => value.map_or("nothing", RawValue::get).to_owned(),
            Some(Err(rejection)) => rejection.message,
        };
        assert_eq!(shown, expected, "{path}");
    }

    #[test]
    fn paths() {
        const RECORD: &str = r#"{"a": {"b": [10, {"c": "x"}]}, "n": null, "a.b": 1}"#;
        check("$.a.b[0]", RECORD, "10");
        check("$['a']['b'][1]['c']", RECORD, "\"x\"");
        check("$['a.b']", RECORD, "1");
        check("$.a.z", RECORD, "nothing");
        check("$.n.z", RECORD, "nothing");
        check("$[1]", "[1, \"two\"]", "\"two\"");
        check("$.a.b[7]", RECORD, "Invalid JSONPath format: Not an array or index out of range.");
        check("$.a.b.c", RECORD, "Invalid JSONPath format: Member is not an object.");
        check("$.*", RECORD, "refused");
        check("$.a['b']", RECORD, "refused");
        check("a.b", RECORD, "refused");
        check("$", RECORD, "refused");
    }
}
