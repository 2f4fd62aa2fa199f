//! Which keys of the landing bucket belong to a dataset: literal text and named captures.

mod overlap;

use std::collections::BTreeMap;

use regex::Regex;

/// S3's limit for a key, in bytes (Amazon S3 User Guide, "Naming Amazon S3 objects").
const KEY_BYTES_MAX: usize = 1024;

/// The text of a key with named captures, for instance `vendor/i94/{year:digits}-{month:digits}.sas7bdat`.
///
/// `{name}` matches one or more characters but `/`, `{name?}` also none, `{name:digits}` only digits 0 to 9 and `{name:date}`
/// a date as `2015-10-31`. All other text stands for itself; upper and lower case differ.
#[derive(Debug, Clone)]
pub struct KeyPattern {
    text: String,
    parts: Vec<Part>,
    regex: Regex,
}

/// Why a text is no key pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyPatternError {
    /// Nothing at all.
    #[error("the key pattern is empty; write for instance \"folder/file{{date}}.csv\"")]
    Empty,
    /// A wildcard of a shell.
    #[error("\"{0}\" has no meaning in a key pattern; write a capture: \"{1}\"")]
    Wildcard(char, String),
    /// Keys of S3 begin without a slash.
    #[error("a key begins without \"/\"; write \"{0}\"")]
    LeadingSlash(String),
    /// A brace without its partner.
    #[error("a capture is written {{name}}, and \"{0}\" has a brace without its partner")]
    Brace(String),
    /// A capture's name is not `[a-z][a-z0-9_]*`.
    #[error("\"{{{0}}}\" is no capture: its name is made of a-z, 0-9 and _, and begins with a letter")]
    Name(String),
    /// The text behind the colon is unknown.
    #[error("\"{{{name}:{kind}}}\": a capture is {{{name}}}, {{{name}?}}, {{{name}:digits}} or {{{name}:date}}")]
    Kind {
        /// The capture's name.
        name: String,
        /// What follows the colon.
        kind: String,
    },
    /// One name twice.
    #[error("the capture {{{0}}} occurs twice; give each its own name")]
    Twice(String),
    /// Two captures without text between them: where one ends would be a guess.
    #[error("{{{0}}} and {{{1}}} need text between them, else it is a guess where one ends")]
    Adjacent(String, String),
    /// Longer than any key.
    #[error("the key pattern is {0} bytes long, and S3 takes keys of at most 1024")]
    Long(usize),
    /// The pattern could not be compiled.
    #[error("the key pattern \"{0}\" cannot be compiled")]
    Compile(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Capture { name: String, kind: Kind },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    OptionalText,
    Digits,
    Date,
}

impl KeyPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When the text is not a pattern; the message contains what to write.
    pub fn parse(text: &str) -> Result<Self, KeyPatternError> {
        check_text(text)?;
        let parts = split(text)?;
        check_captures(&parts)?;
        let regex = Regex::new(&regex_text(&parts)).map_err(|_| KeyPatternError::Compile(text.to_owned()))?;
        Ok(Self { text: text.to_owned(), parts, regex })
    }

    /// The captures of a whole key; `None` when the pattern does not match it.
    pub fn captures(&self, key: &str) -> Option<BTreeMap<String, String>> {
        let found = self.regex.captures(key)?;
        let mut captures = BTreeMap::new();
        for part in &self.parts {
            if let Part::Capture { name, kind } = part {
                let value = found.name(name)?.as_str();
                if *kind == Kind::Date {
                    chrono::NaiveDate::parse_from_str(value, "%Y-%m-%d").ok()?;
                }
                captures.insert(name.clone(), value.to_owned());
            }
        }
        Some(captures)
    }

    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of the captures, from left to right.
    pub fn capture_names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// Whether a capture of this name exists and can match nothing.
    pub fn is_optional(&self, capture: &str) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Capture { name, kind: Kind::OptionalText } if name == capture))
    }

    /// The text before the first capture: every key that matches begins with it.
    pub fn literal_prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The text behind the last capture: every key that matches ends with it.
    pub fn literal_suffix(&self) -> &str {
        match self.parts.last() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The pattern for policies of IAM and buckets, where `*` stands for any text: it takes every key that this one matches, and some more,
    /// because a policy knows neither digits nor dates.
    pub fn policy_pattern(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Capture { .. } => "*".to_owned(),
        };
        self.parts.iter().map(part).collect()
    }

    /// A key that both patterns match, if there is one.
    ///
    /// The example of two `{date}` captures may be no date of the calendar: the answer errs towards an overlap.
    pub fn overlap(&self, other: &Self) -> Option<String> {
        overlap::example(&self.parts, &other.parts)
    }
}

impl PartialEq for KeyPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for KeyPattern {}

impl std::fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_text(text: &str) -> Result<(), KeyPatternError> {
    if text.is_empty() {
        return Err(KeyPatternError::Empty);
    }
    if text.len() > KEY_BYTES_MAX {
        return Err(KeyPatternError::Long(text.len()));
    }
    if text.contains('*') {
        return Err(KeyPatternError::Wildcard('*', text.replacen("**", "*", 1).replacen('*', "{name}", 1)));
    }
    match text.strip_prefix('/') {
        Some(rest) => Err(KeyPatternError::LeadingSlash(rest.trim_start_matches('/').to_owned())),
        None => Ok(()),
    }
}

fn split(text: &str) -> Result<Vec<Part>, KeyPatternError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        match rest.find(['{', '}']) {
            None => {
                parts.push(literal(text, rest)?);
                rest = "";
            }
            Some(0) => {
                let end = rest.find('}').filter(|_| rest.starts_with('{'));
                let end = end.ok_or_else(|| KeyPatternError::Brace(text.to_owned()))?;
                parts.push(capture(text, &rest[1..end])?);
                rest = &rest[end + 1..];
            }
            Some(brace) => {
                parts.push(literal(text, &rest[..brace])?);
                rest = &rest[brace..];
            }
        }
    }
    Ok(parts)
}

fn literal(pattern: &str, text: &str) -> Result<Part, KeyPatternError> {
    match text.contains('?') {
        true => Err(KeyPatternError::Wildcard('?', pattern.replacen('?', "{name}", 1))),
        false => Ok(Part::Literal(text.to_owned())),
    }
}

fn capture(pattern: &str, inner: &str) -> Result<Part, KeyPatternError> {
    if inner.contains('{') {
        return Err(KeyPatternError::Brace(pattern.to_owned()));
    }
    let (name, kind) = match inner.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (inner, None),
    };
    let (name, kind) = match (name.strip_suffix('?'), kind) {
        (Some(name), None) => (name, Kind::OptionalText),
        (None, None) => (name, Kind::Text),
        (None, Some("digits")) => (name, Kind::Digits),
        (None, Some("date")) => (name, Kind::Date),
        (stripped, Some(kind)) => {
            return Err(KeyPatternError::Kind { name: stripped.unwrap_or(name).to_owned(), kind: kind.to_owned() });
        }
    };
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(KeyPatternError::Name(inner.to_owned()));
    }
    Ok(Part::Capture { name: name.to_owned(), kind })
}

fn check_captures(parts: &[Part]) -> Result<(), KeyPatternError> {
    let mut seen: Vec<&str> = Vec::new();
    let mut before: Option<&str> = None;
    for part in parts {
        let Part::Capture { name, .. } = part else {
            before = None;
            continue;
        };
        if seen.contains(&name.as_str()) {
            return Err(KeyPatternError::Twice(name.clone()));
        }
        if let Some(before) = before {
            return Err(KeyPatternError::Adjacent(before.to_owned(), name.clone()));
        }
        seen.push(name);
        before = Some(name);
    }
    Ok(())
}

fn regex_text(parts: &[Part]) -> String {
    let body: String = parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => regex::escape(text),
            Part::Capture { name, kind } => format!("(?P<{name}>{})", kind.regex_text()),
        })
        .collect();
    format!(r"\A(?s:{body})\z")
}

impl Kind {
    fn regex_text(self) -> &'static str {
        match self {
            Self::Text => "[^/]+",
            Self::OptionalText => "[^/]*",
            Self::Digits => "[0-9]+",
            Self::Date => "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_match_the_whole_key() {
        let check = |pattern: &str, key: &str, expected: Option<&str>| {
            let captures = KeyPattern::parse(pattern).unwrap().captures(key);
            let text = captures.map(|c| c.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" "));
            assert_eq!(text.as_deref(), expected, "{pattern} on {key}");
        };
        check("flights/airports.csv", "flights/airports.csv", Some(""));
        check("flights/airports.csv", "flights/airportsxcsv", None);
        check("flights/airports.csv", "Flights/airports.csv", None);
        check("flights/flights{rest}.csv", "flights/flights_2015.csv", Some("rest=_2015"));
        check("flights/flights{rest}.csv", "flights/flights.csv", None);
        check("flights/flights{rest?}.csv", "flights/flights.csv", Some("rest="));
        check("flights/flights{rest?}.csv", "flights/flights/old.csv", None);
        check("flights/flights{rest?}.csv", "flights/flights.csv.gz", None);
        check("flights/flights{rest?}.csv", "a/flights/flights.csv", None);
        check("i94/{year}-{month}.sas7bdat", "i94/2016-04.sas7bdat", Some("month=04 year=2016"));
        check("i94/{year:digits}-{month:digits}.csv", "i94/2016-apr.csv", None);
        check("logs/{day:date}.csv", "logs/2015-10-31.csv", Some("day=2015-10-31"));
        check("logs/{day:date}.csv", "logs/2015-02-31.csv", None);
        check("a/{name}.csv", "a/mit Leerzeichen + ü\n.csv", Some("name=mit Leerzeichen + ü\n"));
    }

    #[test]
    fn what_is_no_pattern_says_what_to_write() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(KeyPattern::parse(pattern).unwrap_err().to_string(), expected);
        };
        check("", "the key pattern is empty; write for instance \"folder/file{date}.csv\"");
        check("a/*.csv", "\"*\" has no meaning in a key pattern; write a capture: \"a/{name}.csv\"");
        check("a/b?.csv", "\"?\" has no meaning in a key pattern; write a capture: \"a/b{name}.csv\"");
        check("/a/b.csv", "a key begins without \"/\"; write \"a/b.csv\"");
        check("a/{b.csv", "a capture is written {name}, and \"a/{b.csv\" has a brace without its partner");
        check("a/b}.csv", "a capture is written {name}, and \"a/b}.csv\" has a brace without its partner");
        check("a/{{b}}.csv", "a capture is written {name}, and \"a/{{b}}.csv\" has a brace without its partner");
        check("a/{B}", "\"{B}\" is no capture: its name is made of a-z, 0-9 and _, and begins with a letter");
        check("a/{}", "\"{}\" is no capture: its name is made of a-z, 0-9 and _, and begins with a letter");
        check("{d:day}", "\"{d:day}\": a capture is {d}, {d?}, {d:digits} or {d:date}");
        check("{a}/{a}", "the capture {a} occurs twice; give each its own name");
        check("{a}{b}", "{a} and {b} need text between them, else it is a guess where one ends");
        check(&"x".repeat(1025), "the key pattern is 1025 bytes long, and S3 takes keys of at most 1024");
    }

    #[test]
    fn literal_ends_and_names_are_known() {
        let pattern = KeyPattern::parse("vendor/{year:digits}-{rest?}.csv").unwrap();
        assert_eq!((pattern.literal_prefix(), pattern.literal_suffix()), ("vendor/", ".csv"));
        assert_eq!(pattern.policy_pattern(), "vendor/*-*.csv");
        assert_eq!(pattern.capture_names().collect::<Vec<_>>(), ["year", "rest"]);
        assert!(pattern.is_optional("rest") && !pattern.is_optional("year"));
    }
}
