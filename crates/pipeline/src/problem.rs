//! Problems: what is wrong, where, and what to write instead.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong in a folder of pipelines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, relative to the folder of pipelines, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The dotted key of `pipeline.toml`, for instance `datasets.flights.table`.
    pub key: Option<String>,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// All problems of a folder of pipelines, by file, line and column; never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Collects problems; `finish` sorts them.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    problems: Vec<Problem>,
}

impl Collector {
    /// Takes a problem that somebody else found.
    pub(crate) fn take(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn add(&mut self, file: &Text<'_>, offset: usize, message: impl Into<String>, help: Option<String>) {
        self.add_for_key(file, offset, None, message, help);
    }

    pub(crate) fn add_for_key(
        &mut self,
        file: &Text<'_>,
        offset: usize,
        key: Option<String>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let (line, column) = file.position(offset);
        self.problems.push(Problem { file: file.path.to_owned(), line, column, key, message: message.into(), help });
    }

    /// The problems, sorted and without repetitions.
    pub(crate) fn finish(mut self) -> Option<Problems> {
        self.problems.sort();
        self.problems.dedup();
        (!self.problems.is_empty()).then_some(Problems(self.problems))
    }
}

/// A file's text with its name: what a position refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

impl Text<'_> {
    /// Line and character of a byte offset, both from 1.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// `did you mean "airline"?` when one of the names is near, else the names themselves when they are few.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().collect();
    if let Some(name) = similar(wrong, &names) {
        return Some(format!("did you mean \"{name}\"?"));
    }
    match names.len() {
        0 => None,
        1 => Some(format!("there is only \"{}\"", names[0])),
        2..=16 => Some(format!("there are {}", names.join(", "))),
        _ => None,
    }
}

/// The name that is most like the wrong one, if any is like it.
pub(crate) fn similar<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    // 0.8 keeps "arline" -> "airline" and "csvv" -> "csv", and does not take "origin" for "region".
    const LIKE: f64 = 0.8;
    let wrong = wrong.to_lowercase();
    names
        .iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&wrong, &name.to_lowercase()), *name))
        .map(|(score, name)| (score.max(strsim::jaro_winkler(&wrong, &name.to_lowercase()) - 0.08), name))
        .filter(|(score, _)| *score >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let file = Text { path: "a", text: "é = 1\nxy" };
        assert_eq!(file.position(0), (1, 1));
        assert_eq!(file.position(3), (1, 3));
        assert_eq!(file.position(7), (2, 1));
        assert_eq!(file.position(99), (2, 3));
    }

    #[test]
    fn the_nearest_name_is_named() {
        let check = |wrong: &str, names: &[&str], expected: Option<&str>| {
            assert_eq!(nearest(wrong, names.iter().copied()).as_deref(), expected);
        };
        check("arline", &["airline", "airport"], Some("did you mean \"airline\"?"));
        check("csvv", &["csv", "parquet"], Some("did you mean \"csv\"?"));
        check("AIRLINES", &["airline"], Some("did you mean \"airline\"?"));
        check("region", &["origin", "year"], Some("there are origin, year"));
        check("region", &[], None);
    }
}
