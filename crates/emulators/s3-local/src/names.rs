//! How keys become file names.
//!
//! A key is up to 1,024 bytes of anything, a file name is neither: so every key has a folder whose name begins with what a person
//! recognises of the key and ends with a hash that makes it unique, and the folder holds the versions. `a` and `a/b` are two folders
//! side by side, `..` is a word without meaning, and upper and lower case stay apart on every file system.

use std::path::Path;

use sha2::{Digest, Sha256};

/// How much of a key is kept readable in its folder's name. With the hash, a name stays far below the 255 bytes of common file systems.
const READABLE_CHARACTERS: usize = 100;

/// The longest extension that is believed to be one.
const EXTENSION_CHARACTERS: usize = 12;

/// The name of the folder that holds the versions of `key`: at most 133 ASCII characters, different for different keys.
pub(crate) fn key_folder(key: &str) -> String {
    let tail = key.chars().count().saturating_sub(READABLE_CHARACTERS);
    let readable: String = key.chars().skip(tail).map(plain).collect();
    let hash = hex::encode(&Sha256::digest(key.as_bytes())[..16]);
    format!("{}~{hash}", readable.trim_start_matches(['.', '-']))
}

/// The name of the file that holds the bytes of the version with this sequencer; it keeps the key's extension, so that programs know it.
pub(crate) fn data_file(sequencer: &str, key: &str) -> String {
    match key.rsplit_once('.') {
        Some((_, extension))
            if (1..=EXTENSION_CHARACTERS).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            format!("{sequencer}.{extension}")
        }
        _ => format!("{sequencer}.object"),
    }
}

/// What ends the name of a version's metadata file. No data file ends so: an extension holds no dot.
pub(crate) const METADATA_SUFFIX: &str = ".version.json";

/// The name of the file that describes the version with this sequencer.
pub(crate) fn metadata_file(sequencer: &str) -> String {
    format!("{sequencer}{METADATA_SUFFIX}")
}

/// Whether a file in a key's folder has a name that the store gives: 16 hexadecimal digits and a dot.
pub(crate) fn is_ours(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().as_encoded_bytes();
    name.len() > 16 && name[..16].iter().all(u8::is_ascii_hexdigit) && name[16] == b'.'
}

fn plain(character: char) -> char {
    if character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_') { character } else { '_' }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn folders_begin_with_what_a_person_recognises() {
        let check = |key: &str, expected: &str| {
            let name = key_folder(key);
            let (readable, hash) = name.split_once('~').unwrap();
            assert_eq!(readable, expected);
            assert_eq!(hash.len(), 32);
        };
        check("vendor/flights/flights.csv", "vendor_flights_flights.csv");
        check("été 1+1%.csv", "_t__1_1_.csv");
        check("../../etc/passwd", "_.._etc_passwd");
        check("..", "");
        check("'; drop table --", "___drop_table_--");
        check(&"x".repeat(1024), &"x".repeat(100));
    }

    #[test]
    fn folders_of_different_keys_differ_and_fit_a_file_name() {
        let keys = ["a", "A", "a/", "/a", "a/b", "a_b", "a b", "a+b", "a%20b", "é", "e\u{301}", ".", "..", "../a", ""];
        let names: HashSet<String> = keys.iter().map(|key| key_folder(key).to_lowercase()).collect();
        assert_eq!(names.len(), keys.len());
        assert!(names.iter().all(|name| name.len() <= 133 && !name.contains('/')));
    }

    #[test]
    fn data_files_keep_the_extension_and_never_look_like_metadata() {
        let check = |key: &str, expected: &str| assert_eq!(data_file("0066", key), expected);
        check("a/flights.csv", "0066.csv");
        check("a.version.json", "0066.json");
        check("noextension", "0066.object");
        check("dir.d/file", "0066.object");
        check("trailing.", "0066.object");
        check("way.toolongextension", "0066.object");
    }
}
