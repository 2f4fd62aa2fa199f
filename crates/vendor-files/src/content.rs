//! What can be wrong with the bytes of an upload, each with what to change.

use std::io;

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
        /// What the bytes look like, if that is known.
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
    /// The file is compressed, and the dataset declares no or another compression.
    #[error(
        "the file begins like {found}, but the dataset says `compression = \"{declared}\"`; set `compression = \"{found}\"`"
    )]
    OtherCompression {
        /// What the first bytes say.
        found: &'static str,
        /// What the format says.
        declared: &'static str,
    },
    /// The file is declared as compressed, but is not.
    #[error("the file does not begin like {declared}; set `compression = \"none\"` if it is not compressed")]
    NotCompressed {
        /// What the format says.
        declared: &'static str,
    },
    /// Compressed data ends too early or is damaged.
    #[error("the {compression} data {problem} after {bytes} decompressed bytes; upload the file again")]
    Damaged {
        /// What the format says.
        compression: &'static str,
        /// `ends too early` or `is damaged`.
        problem: &'static str,
        /// Bytes that could be decompressed.
        bytes: u64,
        /// The decompressor's error.
        #[source]
        source: io::Error,
    },
    /// The archive's directory cannot be read.
    #[error("the file is not a readable ZIP archive; upload it again, or set `compression` to what it is")]
    NotZip(#[source] zip::result::ZipError),
    /// An archive stands for one upload, so it must hold one file.
    #[error("the ZIP archive holds {count} files{names}; put exactly one into it (folders and __MACOSX do not count)")]
    ZipFiles {
        /// How many.
        count: usize,
        /// `: ` and the first names, or nothing.
        names: String,
    },
    /// The file in the archive is encrypted, or compressed by a method that is not deflate.
    #[error(
        "the file {name} in the ZIP archive cannot be decompressed; compress it without a password, with the usual method (deflate)"
    )]
    ZipMethod {
        /// Its name.
        name: String,
        /// The archive reader's error.
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
    CompressedParquet {
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
        /// The parser's reason.
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
