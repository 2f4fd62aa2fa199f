//! The members of a request.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::refusal::Refusal;
use crate::shape::{Object, Shape, VALUES, camel, constraint};

/// A request's body.
#[derive(Debug)]
pub(crate) struct Request(Object);

impl Request {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body = if body.is_empty() { b"{}" } else { body };
        let members = serde_json::from_slice(body);
        members.map(Self).map_err(|error| Refusal::new("SerializationException", error.to_string()))
    }

    /// The name of a database or table, folded.
    pub(crate) fn name(&self, member: &str) -> Result<String, Refusal> {
        let name = self.given(member).ok_or_else(|| missing(member))?;
        let name = Shape::Text { least: 1, most: 255 }.accept(&camel(member), name)?;
        Ok(name.as_str().unwrap_or_default().to_lowercase())
    }

    pub(crate) fn text(&self, member: &str, most: usize) -> Result<Option<&str>, Refusal> {
        let Some(text) = self.given(member) else { return Ok(None) };
        Shape::Text { least: 0, most }.accept(&camel(member), text)?;
        Ok(text.as_str())
    }

    pub(crate) fn flag(&self, member: &str) -> bool {
        self.given(member).and_then(Value::as_bool).unwrap_or_default()
    }

    /// How many items an answer may hold: what the request says, at most what is allowed.
    pub(crate) fn most_results(&self, allowed: usize) -> Result<usize, Refusal> {
        let Some(number) = self.given("MaxResults") else { return Ok(allowed) };
        let within = number.as_u64().and_then(|number| usize::try_from(number).ok());
        within.filter(|number| (1..=allowed).contains(number)).ok_or_else(|| {
            constraint("maxResults", &format!("Member must have value between 1 and {allowed}, and it is {number}"))
        })
    }

    /// The part of a list that is asked for: its number and how many there are.
    pub(crate) fn segment(&self) -> Result<Option<(u64, u64)>, Refusal> {
        let Some(segment) = self.given("Segment") else { return Ok(None) };
        let number = |member| segment.get(member).and_then(Value::as_u64);
        match (number("SegmentNumber"), number("TotalSegments")) {
            (Some(number), Some(total @ 1..=10)) if number < total => Ok(Some((number, total))),
            _ => Err(constraint("segment", "SegmentNumber must be less than TotalSegments, which is 1 to 10")),
        }
    }

    /// A structure, of which only the members are taken that it has.
    pub(crate) fn structure(&self, member: &str, shape: &Shape) -> Result<Object, Refusal> {
        let value = self.given(member).ok_or_else(|| missing(member))?;
        Ok(object(shape.accept(&camel(member), value)?))
    }

    /// The values of one partition.
    pub(crate) fn values(&self, member: &str) -> Result<Vec<String>, Refusal> {
        values(&camel(member), self.given(member))
    }

    /// The items of a list of a length that is allowed.
    pub(crate) fn list(&self, member: &str, lengths: RangeInclusive<usize>) -> Result<&[Value], Refusal> {
        let path = camel(member);
        let value = self.given(member).ok_or_else(|| missing(member))?;
        Shape::List(&Shape::Any).accept(&path, value)?;
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        if items.len() < *lengths.start() {
            let rule = format!("Member must have length greater than or equal to {}", lengths.start());
            return Err(constraint(&path, &rule));
        }
        if items.len() > *lengths.end() {
            return Err(constraint(&path, &format!("Member must have length less than or equal to {}", lengths.end())));
        }
        Ok(items)
    }

    fn given(&self, member: &str) -> Option<&Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }
}

/// The values of a partition.
pub(crate) fn values(path: &str, given: Option<&Value>) -> Result<Vec<String>, Refusal> {
    let given = given.ok_or_else(|| constraint(path, "Member must not be null"))?;
    VALUES.accept(path, given)?;
    Ok(texts(Some(given)))
}

/// The texts of a list.
pub(crate) fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The members of an object; none for anything else.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        _ => Object::new(),
    }
}

fn missing(member: &str) -> Refusal {
    constraint(&camel(member), "Member must not be null")
}
