//! What everything is called that one raw object makes: always the same, whenever it is made.

use sha2::{Digest, Sha256};

/// Hexadecimal digits of a digest in a name.
const DIGITS: usize = 24;

/// Characters of the source's own name that are kept.
const STEM_MAX: usize = 80;

/// The names that one raw object of one content gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    prefix: String,
    stem: String,
    /// Of bucket and key.
    key_digest: String,
    /// Of bucket, key and content.
    digest: String,
}

impl Names {
    /// `identity` tells apart what the key has held: an ETag.
    pub(crate) fn new(prefix: &str, bucket: &str, key: &str, identity: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            stem: stem(key),
            key_digest: digest(&[bucket, key]),
            digest: digest(&[bucket, key, identity]),
        }
    }

    /// A Parquet file, in the folder of its table and day.
    pub(crate) fn file(&self, number: u32) -> String {
        format!("{}-{}-{number:04}.parquet", self.stem, self.digest)
    }

    /// The receipt: one per key, so that another version finds what it replaces.
    pub(crate) fn receipt(&self) -> String {
        format!("{}/written/{}.json", self.prefix, self.key_digest)
    }

    /// The lines that cannot be read.
    pub(crate) fn rejected(&self) -> String {
        format!("{}/rejected/{}-{}.ndjson", self.prefix, self.stem, self.key_digest)
    }
}

/// The key's last part without its ending, in characters that need no quoting anywhere.
fn stem(key: &str) -> String {
    let file = key.rsplit('/').next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name = [".gz", ".zst", ".json", ".ndjson", ".jsonl"]
        .iter()
        .fold(file, |name, end| name.strip_suffix(end).unwrap_or(name));
    let mut stem: String = name.chars().take(STEM_MAX).map(|c| if is_plain(c) { c } else { '_' }).collect();
    // Athena does not see files whose names begin with `_` or `.`, and merged files begin with `compacted-`.
    if !stem.starts_with(|c: char| c.is_ascii_alphanumeric()) || stem.starts_with("compacted-") {
        stem.insert_str(0, "raw-");
    }
    stem
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let mut digits = hex::encode(digest.finalize());
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_readable_and_harmless() {
        let check = |key: &str, expected: &str| assert_eq!(stem(key), expected, "{key}");
        check(
            "web-data/raw/posts/dt=2026-01-02/events-1-2026-01-02-03-04-05-6f1c.gz",
            "events-1-2026-01-02-03-04-05-6f1c",
        );
        check("a/b.ndjson.gz", "b");
        check("a/b.json", "b");
        check("a/_hidden", "raw-_hidden");
        check("a/.gz", "raw-");
        check("a/compacted-00000.parquet", "raw-compacted-00000.parquet");
        check("a/café=1 2", "caf__1_2");
        check(&format!("a/{}", "é".repeat(300)), &format!("raw-{}", "_".repeat(80)));
    }

    #[test]
    fn contents_have_files_of_their_own_and_one_receipt() {
        let names = |key: &str, etag: &str| Names::new("web", "lake", key, etag);
        let (first, second) = (names("web/raw/a.gz", "v1"), names("web/raw/a.gz", "v2"));
        assert_eq!(first.receipt(), second.receipt());
        assert_eq!(first.rejected(), second.rejected());
        assert_ne!(first.file(0), second.file(0));
        assert_eq!(first.file(7), "a-9e09ad0de91a8f01d5a5e0ec-0007.parquet");
        assert_ne!(names("web/raw/b.gz", "v1").receipt(), first.receipt());
    }
}
