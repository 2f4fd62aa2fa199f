//! Prefixes of objects, with the expressions that Firehose evaluates in them.
//!
//! Rules: "Understand custom prefixes for Amazon S3 objects" in the Amazon Data Firehose developer guide. Times are UTC.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::PrefixError;

/// The most characters of an evaluated prefix.
const CHARACTERS: usize = 512;

/// The most bytes of an evaluated prefix: a key of S3 has 1,024, and the object's name needs some of them.
const BYTES: usize = 800;

/// What Firehose appends to a prefix that says nothing of its own.
const DEFAULT_TIME: &str = "yyyy/MM/dd/HH/";

/// How many characters a random string has.
const RANDOM: usize = 11;

/// A prefix that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix {
    parts: Vec<Part>,
    /// Whether its text has expressions; what is appended to it does not count.
    has_expressions: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Key(String),
    Time(Vec<Time>),
    ErrorType,
    Random,
}

/// A part of a pattern of Java's `DateTimeFormatter`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Time {
    Text(String),
    /// A format of chrono.
    Field(&'static str),
}

impl Prefix {
    /// The prefix of what is delivered.
    pub(crate) fn of_data(text: &str, has_transform: bool) -> Result<Self, PrefixError> {
        let mut prefix = Self::parse(text)?;
        let is_plain = !prefix.parts.iter().any(|part| matches!(part, Part::Time(_) | Part::Key(_)));
        if is_plain {
            prefix.parts.push(Part::Time(pattern(DEFAULT_TIME, text)?));
        }
        if prefix.parts.contains(&Part::ErrorType) {
            return Err(PrefixError::ErrorTypeInData { prefix: text.to_owned() });
        }
        if !has_transform && let Some(key) = prefix.keys().first() {
            return Err(PrefixError::NoTransform { prefix: text.to_owned(), key: key.clone() });
        }
        Ok(prefix)
    }

    /// The prefix of what could not be delivered.
    pub(crate) fn of_errors(text: &str, data: &Prefix) -> Result<Self, PrefixError> {
        let mut prefix = Self::parse(text)?;
        if text.is_empty() && data.has_expressions {
            return Err(PrefixError::NoErrorPrefix);
        }
        if prefix.has_expressions && !prefix.parts.contains(&Part::ErrorType) {
            return Err(PrefixError::NoErrorType { prefix: text.to_owned() });
        }
        if let Some(key) = prefix.keys().first() {
            return Err(PrefixError::KeyInErrors { prefix: text.to_owned(), key: key.clone() });
        }
        if !prefix.has_expressions {
            // Without expressions the type is a folder, and the time below it.
            prefix.parts.extend([Part::ErrorType, Part::Text("/".to_owned())]);
            prefix.parts.push(Part::Time(pattern(DEFAULT_TIME, text)?));
        }
        Ok(prefix)
    }

    fn parse(text: &str) -> Result<Self, PrefixError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("!{") {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (expression, behind) =
                after.split_once('}').ok_or_else(|| PrefixError::Unclosed { prefix: text.to_owned() })?;
            parts.push(part(expression, text)?);
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let has_expressions = parts.iter().any(|part| !matches!(part, Part::Text(_)));
        Ok(Self { parts, has_expressions })
    }

    /// The partition keys, each once, in their order.
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for part in &self.parts {
            if let Part::Key(key) = part
                && !keys.contains(key)
            {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// The values of the partition keys, which make a partition; or why there are none.
    pub(crate) fn partition(&self, mut values: BTreeMap<String, String>) -> Result<Vec<String>, String> {
        let mut partition = Vec::new();
        for key in self.keys() {
            match values.remove(&key) {
                Some(value) if !value.is_empty() => partition.push(value),
                Some(_) => return Err(format!("the partition key {key} is empty")),
                None => return Err(format!("the partition key {key} is missing")),
            }
        }
        let evaluated = self.evaluate(&partition, DateTime::UNIX_EPOCH, "");
        if evaluated.chars().count() > CHARACTERS || evaluated.len() > BYTES {
            return Err(format!("the prefix has more than {CHARACTERS} characters or {BYTES} bytes"));
        }
        Ok(partition)
    }

    /// The prefix of one object: its partition's values, the arrival of its oldest record, and what kind of errors it holds, if any.
    pub(crate) fn evaluate(&self, partition: &[String], time: DateTime<Utc>, error_type: &str) -> String {
        let keys = self.keys();
        let value = |key: &String| keys.iter().position(|other| other == key).and_then(|place| partition.get(place));
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Key(key) => text.push_str(value(key).map(String::as_str).unwrap_or_default()),
                Part::ErrorType => text.push_str(error_type),
                Part::Random => text.push_str(&Uuid::new_v4().simple().to_string()[..RANDOM]),
                Part::Time(fields) => fields.iter().for_each(|field| match field {
                    Time::Text(part) => text.push_str(part),
                    Time::Field(format) => text.push_str(&time.format(format).to_string()),
                }),
            }
        }
        text
    }
}

fn part(expression: &str, prefix: &str) -> Result<Part, PrefixError> {
    let unknown = || PrefixError::Unknown { prefix: prefix.to_owned(), expression: format!("!{{{expression}}}") };
    match expression.split_once(':').ok_or_else(unknown)? {
        ("partitionKeyFromLambda", key) if !key.is_empty() => Ok(Part::Key(key.to_owned())),
        ("timestamp", text) => pattern(text, prefix).map(Part::Time),
        ("firehose", "error-output-type") => Ok(Part::ErrorType),
        ("firehose", "random-string") => Ok(Part::Random),
        _ => Err(unknown()),
    }
}

fn pattern(text: &str, prefix: &str) -> Result<Vec<Time>, PrefixError> {
    let mut fields = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (literal, behind) =
                quoted.split_once('\'').ok_or_else(|| PrefixError::Unclosed { prefix: prefix.to_owned() })?;
            // Two quotes are one.
            fields.push(Time::Text(if literal.is_empty() { "'" } else { literal }.to_owned()));
            rest = behind;
            continue;
        }
        let length = rest.find(|c| c != first).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(length);
        fields.push(match run {
            "yyyy" | "uuuu" => Time::Field("%Y"),
            "yy" => Time::Field("%y"),
            "MM" => Time::Field("%m"),
            "dd" => Time::Field("%d"),
            "DDD" => Time::Field("%j"),
            "HH" => Time::Field("%H"),
            "mm" => Time::Field("%M"),
            "ss" => Time::Field("%S"),
            _ if first.is_ascii_alphabetic() => {
                return Err(PrefixError::Pattern { prefix: prefix.to_owned(), field: run.to_owned() });
            }
            _ => Time::Text(run.to_owned()),
        });
        rest = behind;
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time() -> DateTime<Utc> {
        DateTime::from_timestamp(1_763_697_605, 0).unwrap()
    }

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn prefixes_are_evaluated() {
        let check = |text: &str, expected: &str| {
            let prefix = Prefix::of_data(text, true).unwrap();
            let partition = prefix.partition(values(&[("table", "posts"), ("date", "2026-01-02")])).unwrap();
            assert_eq!(prefix.evaluate(&partition, time(), ""), expected, "{text}");
        };
        check("", "2025/11/21/04/");
        check("raw/", "raw/2025/11/21/04/");
        check("raw/!{partitionKeyFromLambda:table}/dt=!{partitionKeyFromLambda:date}/", "raw/posts/dt=2026-01-02/");
        check(
            "!{partitionKeyFromLambda:date}!{partitionKeyFromLambda:table}!{partitionKeyFromLambda:date}",
            "2026-01-02posts2026-01-02",
        );
        check("!{timestamp:yyyy'-'MM'-'dd}T!{timestamp:HHmmss}/", "2025-11-21T040005/");
        check("!{timestamp:'year='yyyy/DDD''}", "year=2025/325'");
        let random = Prefix::of_data("!{firehose:random-string}/!{timestamp:yyyy}", false).unwrap();
        let (one, other) = (random.evaluate(&[], time(), ""), random.evaluate(&[], time(), ""));
        assert_eq!((one.len(), one == other), (RANDOM + 5, false));
    }

    #[test]
    fn prefixes_of_errors_are_evaluated() {
        let data = Prefix::of_data("", false).unwrap();
        let check = |text: &str, expected: &str| {
            let prefix = Prefix::of_errors(text, &data).unwrap();
            assert_eq!(prefix.evaluate(&[], time(), "processing-failed"), expected, "{text}");
        };
        check("", "processing-failed/2025/11/21/04/");
        check("errors/", "errors/processing-failed/2025/11/21/04/");
        check("e/!{firehose:error-output-type}/!{timestamp:yyyy}/", "e/processing-failed/2025/");
    }

    #[test]
    fn what_firehose_refuses_is_refused() {
        let check = |data: &str, errors: &str, has_transform: bool, expected: &str| {
            let refused = Prefix::of_data(data, has_transform)
                .and_then(|data| Prefix::of_errors(errors, &data))
                .map_or_else(|error| error.to_string(), |_| "accepted".to_owned());
            assert!(refused.contains(expected), "{data} {errors}: {refused}");
        };
        let errors = "e/!{firehose:error-output-type}/";
        check("!{timestamp:yyyy}", errors, false, "accepted");
        check("!{timestamp:yyyy", errors, false, "is not closed");
        check("!{timestamp:EEE}", errors, false, "\"EEE\"");
        check("!{partitionKeyFromQuery:a}/", errors, true, "!{partitionKeyFromQuery:a}");
        check("!{nothing}/", errors, true, "!{nothing}");
        check("!{partitionKeyFromLambda:a}/", errors, false, "transform");
        check("!{firehose:error-output-type}/", errors, false, "error-output-type");
        check("!{timestamp:yyyy}", "", false, "needs a prefix of errors");
        check("!{timestamp:yyyy}", "e/!{timestamp:yyyy}/", false, "error-output-type");
        check("", "!{firehose:error-output-type}/!{partitionKeyFromLambda:a}/", true, "partition key \"a\"");
    }

    #[test]
    fn a_partition_needs_all_its_keys_and_a_bearable_length() {
        let prefix = Prefix::of_data("!{partitionKeyFromLambda:table}/!{partitionKeyFromLambda:date}/", true).unwrap();
        let check = |pairs: &[(&str, &str)], expected: &str| {
            assert_eq!(prefix.partition(values(pairs)).unwrap_err(), expected);
        };
        check(&[("table", "posts")], "the partition key date is missing");
        check(&[("table", ""), ("date", "d")], "the partition key table is empty");
        let long = "é".repeat(511);
        check(&[("table", &long), ("date", "d")], "the prefix has more than 512 characters or 800 bytes");
    }
}
