//! Listings: which keys, versions and common prefixes a page holds.

use std::ops::Bound;
use std::sync::Arc;

use crate::store::Index;
use crate::version::Version;

/// What a listing asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    pub(crate) after: Option<Marker>,
    pub(crate) limit: usize,
}

/// Where a page ended, and the next one goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Marker {
    /// After all versions of this key.
    Key(String),
    /// After all keys that begin with this common prefix.
    Prefix(String),
    /// After this version of this key.
    Version(String, String),
}

/// One page of a listing.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Each with whether it is the newest version of its key.
    pub(crate) versions: Vec<(Arc<Version>, bool)>,
    pub(crate) prefixes: Vec<String>,
    /// Where the next page begins; none on the last page.
    pub(crate) next: Option<Marker>,
}

impl Marker {
    /// The marker as an opaque token for a client.
    pub(crate) fn to_token(&self) -> String {
        match self {
            Self::Key(key) | Self::Version(key, _) => hex::encode(format!("k{key}")),
            Self::Prefix(prefix) => hex::encode(format!("p{prefix}")),
        }
    }

    /// The marker of a token that [`Self::to_token`] made.
    pub(crate) fn from_token(token: &str) -> Option<Self> {
        let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
        let rest = text.get(1..)?.to_owned();
        match text.as_bytes()[0] {
            b'k' => Some(Self::Key(rest)),
            b'p' => Some(Self::Prefix(rest)),
            _ => None,
        }
    }
}

/// The newest versions of the keys that are not deleted.
pub(crate) fn objects(index: &Index, query: &Query) -> Page {
    walk(index, query, |versions| match versions.last() {
        Some(newest) if newest.object.is_some() => vec![(Arc::clone(newest), true)],
        _ => Vec::new(),
    })
}

/// All versions of all keys, the newest version of a key first.
pub(crate) fn versions(index: &Index, query: &Query) -> Page {
    walk(index, query, |versions| {
        let newest = versions.len() - 1;
        versions.iter().enumerate().rev().map(|(position, version)| (Arc::clone(version), position == newest)).collect()
    })
}

fn walk(index: &Index, query: &Query, rows: impl Fn(&[Arc<Version>]) -> Vec<(Arc<Version>, bool)>) -> Page {
    let mut page = Page::default();
    let mut last = None;
    for (key, versions) in index.range::<str, _>((start(query), Bound::Unbounded)) {
        if !key.starts_with(&query.prefix) {
            break;
        }
        let mut rows = rows(versions);
        match &query.after {
            Some(Marker::Prefix(prefix)) if key.starts_with(prefix) => continue,
            Some(Marker::Version(after, version_id)) if after == key => {
                let seen = rows
                    .iter()
                    .position(|(version, _)| version.version_id == *version_id)
                    .map_or(rows.len(), |position| position + 1);
                rows.drain(..seen);
            }
            _ => {}
        }
        if rows.is_empty() {
            continue;
        }
        if let Some(prefix) = common_prefix(key, query) {
            if page.prefixes.last().is_some_and(|last| last == prefix) {
                continue;
            }
            if page.is_full(query) {
                page.next = last;
                break;
            }
            page.prefixes.push(prefix.to_owned());
            last = Some(Marker::Prefix(prefix.to_owned()));
            continue;
        }
        for row in rows {
            if page.is_full(query) {
                page.next = last;
                return page;
            }
            last = Some(Marker::Version(key.clone(), row.0.version_id.clone()));
            page.versions.push(row);
        }
    }
    page
}

impl Page {
    fn is_full(&self, query: &Query) -> bool {
        self.versions.len() + self.prefixes.len() >= query.limit
    }
}

/// The first key to look at; a marker that lies before the prefix changes nothing.
fn start(query: &Query) -> Bound<&str> {
    let prefix = query.prefix.as_str();
    match &query.after {
        Some(Marker::Key(key)) if key.as_str() >= prefix => Bound::Excluded(key),
        Some(Marker::Prefix(key) | Marker::Version(key, _)) if key.as_str() >= prefix => Bound::Included(key),
        _ => Bound::Included(prefix),
    }
}

fn common_prefix<'k>(key: &'k str, query: &Query) -> Option<&'k str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = &key[query.prefix.len()..];
    let end = rest.find(&query.delimiter)?;
    Some(&key[..query.prefix.len() + end + query.delimiter.len()])
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::version::Content;

    fn index(keys: &[&str]) -> Index {
        let mut index = Index::new();
        for (number, key) in keys.iter().enumerate() {
            let (key, deleted) = key.strip_prefix('-').map_or((*key, false), |key| (key, true));
            let version = Version {
                key: key.into(),
                version_id: format!("v{number}"),
                sequencer: format!("{number:016X}"),
                last_modified: Utc::now(),
                object: (!deleted).then(Content::default),
            };
            index.entry(key.into()).or_default().push(Arc::new(version));
        }
        index
    }

    /// All pages, each as its keys and prefixes, through tokens as a client hands them back.
    fn pages(index: &Index, prefix: &str, delimiter: &str, limit: usize) -> Vec<String> {
        let mut query = Query { prefix: prefix.into(), delimiter: delimiter.into(), after: None, limit };
        let mut pages = Vec::new();
        loop {
            let page = objects(index, &query);
            let keys = page.versions.iter().map(|(version, _)| version.key.as_str());
            pages.push(keys.chain(page.prefixes.iter().map(String::as_str)).collect::<Vec<_>>().join(" "));
            match page.next {
                None => return pages,
                Some(next) => query.after = Marker::from_token(&next.to_token()),
            }
        }
    }

    #[test]
    fn pages_hold_each_key_and_prefix_once() {
        let index = index(&["a", "a/b", "a/c/d", "a0", "b/x", "-b/y", "c", "-c", "é/1", "é2"]);
        let check =
            |prefix, delimiter, limit, expected: &[&str]| assert_eq!(pages(&index, prefix, delimiter, limit), expected);
        check("", "", 100, &["a a/b a/c/d a0 b/x é/1 é2"]);
        check("", "", 3, &["a a/b a/c/d", "a0 b/x é/1", "é2"]);
        check("", "/", 100, &["a a0 é2 a/ b/ é/"]);
        check("", "/", 1, &["a", "a/", "a0", "b/", "é/", "é2"]);
        check("a", "/", 2, &["a a/", "a0"]);
        check("a/", "/", 1, &["a/b", "a/c/"]);
        check("a/", "", 1, &["a/b", "a/c/d"]);
        check("é", "", 1, &["é/1", "é2"]);
        check("none", "/", 1, &[""]);
        check("c", "", 10, &[""]);
    }

    #[test]
    fn versions_are_listed_newest_first_and_paged_within_a_key() {
        let index = index(&["a", "b", "a", "-a", "b"]);
        let mut query = Query { limit: 2, ..Query::default() };
        let mut seen = Vec::new();
        loop {
            let page = versions(&index, &query);
            seen.push(
                page.versions
                    .iter()
                    .map(|(version, newest)| format!("{}:{newest}", version.version_id))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            match page.next {
                None => break,
                next => query.after = next,
            }
        }
        assert_eq!(seen, ["v3:true v2:false", "v0:false v4:true", "v1:false"]);
    }
}
