//! Which files of a folder are uploads, and under which key.

use std::path::{Component, Path};

/// What a file of the watched folder is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An upload with this key.
    Key(String),
    /// Hidden, or a file that a program is still writing under another name.
    Ignored,
    /// A name that is not UTF-8, which no key can be.
    NotUtf8,
}

/// What browsers, copy programs and editors call a file that is not there yet.
const TEMPORARY: [&str; 5] = [".part", ".partial", ".crdownload", ".tmp", ".filepart"];

/// The key of a file: its path relative to the folder, with `/` between the names.
pub(super) fn name(relative: &Path) -> Name {
    let mut names = Vec::new();
    for component in relative.components() {
        let Component::Normal(name) = component else { return Name::Ignored };
        let Some(name) = name.to_str() else { return Name::NotUtf8 };
        if is_temporary(name) {
            return Name::Ignored;
        }
        names.push(name);
    }
    if names.is_empty() { Name::Ignored } else { Name::Key(names.join("/")) }
}

fn is_temporary(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.starts_with('.')
        || name.starts_with('~')
        || name.ends_with('~')
        || TEMPORARY.iter().any(|suffix| lower.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_relative_paths_and_unfinished_files_have_none() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(name(Path::new(path)), expected.map_or(Name::Ignored, |key| Name::Key(key.into())), "{path}");
        };
        check("flights.csv", Some("flights.csv"));
        check("vendor/i94/2016 é+.csv", Some("vendor/i94/2016 é+.csv"));
        check("part.csv", Some("part.csv"));
        check(".hidden", None);
        check(".hidden/a.csv", None);
        check("a/.b", None);
        check("a.csv~", None);
        check("~$a.csv", None);
        check("a.csv.part", None);
        check("a.csv.TMP", None);
        check("a.csv.crdownload", None);
        check("", None);
        check("../a", None);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_is_recognised() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"vendor/\xff.csv"));
        assert_eq!(name(path), Name::NotUtf8);
    }
}
