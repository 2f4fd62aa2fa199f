//! Compressions, as the dataset declares them and as the first bytes of a file show them.

use pipeline::Compression;

use crate::content::ContentError;

/// A compression as `compression` in a pipeline names it.
pub(crate) fn name_of(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Bzip2 => "bzip2",
        Compression::Zstd => "zstd",
        Compression::Zip => "zip",
    }
}

/// Compares the first bytes with the declared compression.
pub(crate) fn check_magic(head: &[u8], declared: Compression) -> Result<(), ContentError> {
    match (magic(head), declared) {
        (found, declared) if found == declared => Ok(()),
        (Compression::None, declared) => Err(ContentError::NotCompressed { declared: name_of(declared) }),
        (found, declared) => Err(ContentError::OtherCompression { found: name_of(found), declared: name_of(declared) }),
    }
}

fn magic(head: &[u8]) -> Compression {
    let bzip2 = head.starts_with(b"BZh") && matches!(head.get(3), Some(b'1'..=b'9'));
    // After the level comes the block's magic (pi) or, in an empty file, that of the end (its square root).
    let block = head
        .get(4..10)
        .is_some_and(|b| b == [0x31, 0x41, 0x59, 0x26, 0x53, 0x59] || b == [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]);
    match head {
        [0x1f, 0x8b, 0x08, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        // zstd's skippable frames, which some tools write first.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Compression::Zip,
        _ if bzip2 && block => Compression::Bzip2,
        _ => Compression::None,
    }
}
