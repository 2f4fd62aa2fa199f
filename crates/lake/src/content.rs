//! What can be wrong with the bytes of an upload, each with what to change.

use std::io;

use pipeline::Compression;

/// The bytes of an upload are not what its dataset's format says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// The first record did not end within what is read of an object's head.
    #[error(
        "the first record does not end within the first {} KiB; check `delimiter`, `quote` and `encoding`, \
         and that the file has line ends",
        .bound / 1024
    )]
    HeaderTooLong {
        /// Bytes that were looked at.
        bound: usize,
    },
    /// COPY skips lines, so a header must be exactly the first line.
    #[error(
        "the header must be the first line and one line; line 1 {found}: remove the line ends around or in the header"
    )]
    HeaderNotOneLine {
        /// What line 1 is instead.
        found: &'static str,
    },
    /// A sequence of bytes means nothing in the declared encoding.
    #[error(
        "line {line}: the bytes {bytes} mean nothing in {encoding}; set `encoding` to the one that the vendor writes{hint}"
    )]
    Malformed {
        /// From 1.
        line: u64,
        /// The bytes, as far as they are known, in hexadecimal.
        bytes: String,
        /// The declared encoding's name.
        encoding: &'static str,
        /// What the bytes look like, if that can be told.
        hint: &'static str,
    },
    /// No encoding has this label.
    #[error(
        "`encoding = \"{label}\"` is no label of the WHATWG Encoding Standard; examples are utf-8, windows-1252, utf-16le"
    )]
    UnknownEncoding {
        /// The declared label.
        label: String,
    },
    /// The file is packed, but not declared so; or packed otherwise than declared.
    #[error(
        "the file begins like {found}, but the dataset says `compression = \"{declared}\"`; set `compression = \"{found}\"`"
    )]
    OtherCompression {
        /// What the first bytes say.
        found: &'static str,
        /// What the format says.
        declared: &'static str,
    },
    /// The file is declared as packed, but is not.
    #[error("the file does not begin like {declared}; set `compression = \"none\"` if it is not compressed")]
    NotCompressed {
        /// What the format says.
        declared: &'static str,
    },
    /// Packed data ends too early or is damaged.
    #[error("the {compression} data {problem} after {bytes} unpacked bytes; upload the file again")]
    Damaged {
        /// What the format says.
        compression: &'static str,
        /// `ends too early` or `is damaged`.
        problem: &'static str,
        /// Bytes that could be unpacked.
        bytes: u64,
        /// The decompressor's error.
        #[source]
        source: io::Error,
    },
    /// The archive's directory cannot be read.
    #[error("the file is not a readable ZIP archive; upload it again, or set `compression` to what it is")]
    NotZip(#[source] zip::result::ZipError),
    /// An archive stands for one upload, so it must hold one file.
    #[error("the ZIP archive holds {count} files{names}; pack exactly one (folders and __MACOSX do not count)")]
    ZipFiles {
        /// How many.
        count: usize,
        /// `: ` and the first names, or nothing.
        names: String,
    },
    /// The file in the archive is encrypted, or packed by a method that is not deflate.
    #[error(
        "the file {name} in the ZIP archive cannot be unpacked; pack it without a password, with the usual method (deflate)"
    )]
    ZipMethod {
        /// Its name.
        name: String,
        /// What the archive's reader says.
        #[source]
        source: zip::result::ZipError,
    },
    /// Parquet where text was declared.
    #[error("the file is Parquet, not text; set `type = \"parquet\"`")]
    IsParquet,
    /// Not Parquet, or damaged.
    #[error("the file is not Parquet: {reason}; upload it again, or set the dataset's `type`")]
    NotParquet {
        /// Why.
        reason: String,
    },
    /// Parquet with a compression around it.
    #[error("Parquet is compressed inside; set `compression = \"none\"` instead of \"{declared}\"")]
    PackedParquet {
        /// What the format says.
        declared: &'static str,
    },
    /// A JSON array where JSON lines were declared.
    #[error(
        "line {line}, column {column}: the file is a JSON array, not objects one after another; set `type = \"json-array\"`"
    )]
    IsJsonArray {
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
    },
    /// JSON lines where an array was declared.
    #[error(
        "line {line}, column {column}: the file begins with an object, not with a JSON array; set `type = \"json-lines\"`"
    )]
    IsJsonLines {
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
    },
    /// JSON that cannot be read.
    #[error("line {line}, column {column}: {reason}; correct the file, or set the dataset's `type`")]
    Json {
        /// From 1.
        line: u64,
        /// In bytes, from 1; 0 at the end of a line before.
        column: u64,
        /// The parser's words.
        reason: String,
    },
    /// A record that is not an object.
    #[error(
        "record {index} (line {line}, column {column}) is {found}; every record must be an object {{\"column\": value}}"
    )]
    JsonNotObject {
        /// From 1.
        index: u64,
        /// Where it begins, from 1.
        line: u64,
        /// Where it begins, in bytes, from 1.
        column: u64,
        /// What it is, with the beginning of its text.
        found: String,
    },
    /// COPY takes no larger object.
    #[error("record {index} (line {line}, column {column}) is larger than {} MiB, COPY's limit for one object; split or shorten it", .bound >> 20)]
    JsonTooLarge {
        /// From 1.
        index: u64,
        /// Where it begins, from 1.
        line: u64,
        /// Where it begins, in bytes, from 1.
        column: u64,
        /// Bytes.
        bound: usize,
    },
}

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
