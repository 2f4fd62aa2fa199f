//! Names of the tables that nobody declared. They all begin with `other_`, and a declared table does not, so neither can be taken for the other.

use sha2::{Digest, Sha256};

/// The length of a name; the whole prefix of Firehose holds 512 bytes.
pub(crate) const NAME_BYTES_MAX: usize = 60;

/// Records whose events belong to several tables or days.
pub const MIXED: &str = "mixed";

/// How many hexadecimal digits tell names apart that would otherwise be the same.
const DIGEST_DIGITS: usize = 8;

/// The table of events that no table declares: `other_page`, `other_track_post_shared`.
pub(crate) fn undeclared(type_name: &str, event: Option<&str>) -> String {
    match event {
        Some(event) if type_name == "track" => safe("other_track_", event),
        _ => safe("other_", type_name),
    }
}

/// Lower case, `[a-z0-9_]`, at most `NAME_BYTES_MAX` bytes. A text that loses more than case and separators gets digits of its digest.
fn safe(prefix: &str, text: &str) -> String {
    let mut name = prefix.to_owned();
    let mut is_lossy = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else {
            is_lossy |= !c.is_ascii();
            if !name.ends_with('_') {
                name.push('_');
            }
        }
    }
    name.truncate(name.trim_end_matches('_').len().max(prefix.len()));
    if is_lossy || name.len() > NAME_BYTES_MAX || name.len() == prefix.len() {
        name.truncate(NAME_BYTES_MAX - DIGEST_DIGITS - 1);
        if !name.ends_with('_') {
            name.push('_');
        }
        name.push_str(&hex::encode(Sha256::digest(text))[..DIGEST_DIGITS]);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_undeclared_tables() {
        let check = |type_name: &str, event: Option<&str>, expected: &str| {
            let name = undeclared(type_name, event);
            assert_eq!(name, expected);
            assert!(name.len() <= NAME_BYTES_MAX);
        };
        check("page", None, "other_page");
        check("page", Some("Post Created"), "other_page");
        check("track", None, "other_track");
        check("track", Some("Post Shared"), "other_track_post_shared");
        check("track", Some("  Post -- Shared! "), "other_track_post_shared");
        check("track", Some("users"), "other_track_users");
        check("track", Some("../../etc/passwd"), "other_track_etc_passwd");
        check("Users/x=1", None, "other_users_x_1");
        // Nothing or not everything is left: the digest keeps them apart.
        check("track", Some("投稿"), "other_track_d627c377");
        check("track", Some("café"), "other_track_caf_850f7dc4");
        check("---", None, "other_cb3f91d5");
        check("track", Some(&"x".repeat(48)), &format!("other_track_{}", "x".repeat(48)));
        check("track", Some(&"x".repeat(49)), &format!("other_track_{}_55bb9823", "x".repeat(39)));
    }
}
