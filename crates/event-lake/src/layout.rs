//! Where the stations put what they make: `<prefix>/<area>/<table>/dt=<day>/<file>`.

use std::fmt;

/// The folders of one kind below the prefix of a project's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// What Firehose delivers: checked events as lines of JSON, kept for any later use.
    Raw,
    /// Parquet files, one per raw object, table and day.
    Transformed,
    /// Parquet files that replace the many small ones of a day that is over.
    Compacted,
    /// Which files of a day were replaced by which.
    Partitions,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Transformed, Self::Compacted, Self::Partitions];

    /// Its name as a part of keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Transformed => "transformed",
            Self::Compacted => "compacted",
            Self::Partitions => "partitions",
        }
    }
}

/// One table's day: a partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// What all keys of a project's events begin with, for instance `web-data`; no `/` at its end.
    pub prefix: String,
    /// The table: `[a-z][a-z0-9_]*`.
    pub table: String,
    /// The day, UTC, as `2015-12-10`.
    pub date: String,
}

impl Partition {
    /// Reads `<prefix>/<area>/<table>/dt=<day>/<file>`: the partition, its area, and the rest of the key behind the day's `/`.
    pub fn parse(key: &str) -> Option<(Self, Area, &str)> {
        Area::ALL.into_iter().find_map(|area| {
            let (prefix, rest) = key.split_once(&format!("/{}/", area.name()))?;
            let (table, rest) = rest.split_once('/')?;
            let (date, file) = rest.strip_prefix("dt=")?.split_once('/')?;
            let is_sound = is_table(table) && is_day(date) && !prefix.is_empty() && !file.is_empty();
            is_sound.then(|| {
                (Self { prefix: prefix.to_owned(), table: table.to_owned(), date: date.to_owned() }, area, file)
            })
        })
    }

    /// The key of its folder in this area, with `/` at the end.
    pub fn folder(&self, area: Area) -> String {
        format!("{}/{}/{}/dt={}/", self.prefix, area.name(), self.table, self.date)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.table, self.date)
    }
}

fn is_table(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_written() {
        let check = |key: &str, expected: Option<(&str, &str, &str, &str)>| {
            let read = Partition::parse(key);
            let parts = read.as_ref().map(|(p, area, file)| (p.table.as_str(), area.name(), p.date.as_str(), *file));
            assert_eq!(parts, expected, "{key}");
            if let Some((partition, area, file)) = read {
                assert_eq!(format!("{}{file}", partition.folder(area)), key);
            }
        };
        check("web-data/raw/posts/dt=2026-01-02/a.gz", Some(("posts", "raw", "2026-01-02", "a.gz")));
        check("a/b/transformed/x_1/dt=2026-01-02/f.parquet", Some(("x_1", "transformed", "2026-01-02", "f.parquet")));
        check("web-data/compacted/posts/dt=2026-01-02/1/f", Some(("posts", "compacted", "2026-01-02", "1/f")));
        for key in [
            "raw/posts/dt=2026-01-02/a",
            "web-data/raw/posts/dt=2026-01-02/",
            "web-data/raw/posts/dt=2026-02-30/a",
            "web-data/raw/Posts/dt=2026-01-02/a",
            "web-data/raw/../dt=2026-01-02/a",
            "web-data/raw/posts/2026-01-02/a",
            "web-data/errors/processing-failed/a",
            "/raw/posts/dt=2026-01-02/a",
        ] {
            check(key, None);
        }
    }
}
