//! Whether two patterns can claim one key: a walk through the product of their automata.

use std::collections::{BTreeSet, VecDeque};

use super::{Kind, Part};

/// One state's way on: a character of a class, once or any number of times.
#[derive(Debug, Clone, Copy)]
enum Step {
    One(Class),
    Many(Class),
}

#[derive(Debug, Clone, Copy)]
enum Class {
    Exactly(char),
    Digit,
    NotSlash,
}

/// The shortest key that both match (a date's digits may be any), or `None`.
pub(super) fn example(left: &[Part], right: &[Part]) -> Option<String> {
    let (left, right) = (steps(left), steps(right));
    let mut seen = BTreeSet::from([(0, 0)]);
    let mut queue = VecDeque::from([(0, 0, String::new())]);
    while let Some((l, r, key)) = queue.pop_front() {
        if l == left.len() && r == right.len() {
            return Some(key);
        }
        let mut visit = |l: usize, r: usize, key: String, first: bool| {
            if seen.insert((l, r)) {
                match first {
                    true => queue.push_front((l, r, key)),
                    false => queue.push_back((l, r, key)),
                }
            }
        };
        // A step that may match nothing can be left out; that adds no character, so it goes first.
        if matches!(left.get(l), Some(Step::Many(_))) {
            visit(l + 1, r, key.clone(), true);
        }
        if matches!(right.get(r), Some(Step::Many(_))) {
            visit(l, r + 1, key.clone(), true);
        }
        if let (Some(a), Some(b)) = (left.get(l), right.get(r))
            && let Some(character) = common(a.class(), b.class())
        {
            visit(l + a.advance(), r + b.advance(), format!("{key}{character}"), false);
        }
    }
    None
}

fn steps(parts: &[Part]) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in parts {
        match part {
            Part::Literal(text) => steps.extend(text.chars().map(|c| Step::One(Class::Exactly(c)))),
            Part::Capture { kind, .. } => match kind {
                Kind::Text => steps.extend([Step::One(Class::NotSlash), Step::Many(Class::NotSlash)]),
                Kind::OptionalText => steps.push(Step::Many(Class::NotSlash)),
                Kind::Digits => steps.extend([Step::One(Class::Digit), Step::Many(Class::Digit)]),
                Kind::Date => steps.extend("0000-00-00".chars().map(|c| match c {
                    '-' => Step::One(Class::Exactly('-')),
                    _ => Step::One(Class::Digit),
                })),
            },
        }
    }
    steps
}

/// A character that is in both classes.
fn common(a: Class, b: Class) -> Option<char> {
    match (a, b) {
        (Class::Exactly(a), Class::Exactly(b)) => (a == b).then_some(a),
        (Class::Exactly(c), Class::Digit) | (Class::Digit, Class::Exactly(c)) => c.is_ascii_digit().then_some(c),
        (Class::Exactly(c), Class::NotSlash) | (Class::NotSlash, Class::Exactly(c)) => (c != '/').then_some(c),
        (Class::Digit, _) | (_, Class::Digit) => Some('1'),
        (Class::NotSlash, Class::NotSlash) => Some('x'),
    }
}

impl Step {
    fn class(self) -> Class {
        match self {
            Self::One(class) | Self::Many(class) => class,
        }
    }

    /// How many steps a character moves on: a repeated one stays.
    fn advance(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::key::KeyPattern;

    fn check(left: &str, right: &str, expected: Option<&str>) {
        let (left, right) = (KeyPattern::parse(left).unwrap(), KeyPattern::parse(right).unwrap());
        let example = left.overlap(&right);
        assert_eq!(example.as_deref(), expected, "{left} and {right}");
        assert_eq!(right.overlap(&left).is_some(), example.is_some());
        if let Some(key) = example.filter(|key| !key.contains("1111-11-11")) {
            assert!(left.captures(&key).is_some() && right.captures(&key).is_some(), "{key}");
        }
    }

    #[test]
    fn an_example_is_found_exactly_when_there_is_one() {
        check("a.csv", "a.csv", Some("a.csv"));
        check("a.csv", "b.csv", None);
        check("flights/flights{rest}.csv", "flights/airports.csv", None);
        check("flights/{name}.csv", "flights/airports.csv", Some("flights/airports.csv"));
        check("flights/f{a}.csv", "flights/{b}s.csv", Some("flights/fs.csv"));
        check("{a}x", "{b}y", None);
        check("{a}/b", "a/{b}", Some("a/b"));
        check("{a}", "{a}/{b}", None);
        check("{a:digits}.csv", "x{b}.csv", None);
        check("{a:digits}.csv", "{b}0.csv", Some("10.csv"));
        check("{a?}.csv", ".csv", Some(".csv"));
        check("{a}.csv", ".csv", None);
        check("{a?}b", "{c?}ab", Some("ab"));
        check("{d:date}.csv", "{n:digits}.csv", None);
        check("{d:date}.csv", "{y:digits}-{m:digits}-{x:digits}.csv", Some("1111-11-11.csv"));
        check("{d:date}", "2015-{r}", Some("2015-11-11"));
    }
}
