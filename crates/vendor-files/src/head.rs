//! What the beginning of an upload says about it.

/// What the beginning of an object says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The fields of the CSV header, the keys of the first JSON object, or the columns of a Parquet file, in order.
    pub columns: Option<Vec<String>>,
    /// The first record of a CSV without a header.
    pub first_record: Option<Vec<String>>,
    /// No byte, or no decompressed byte.
    pub empty: bool,
    /// Whether there is no record (after the header, if there is one), where that is known.
    pub header_only: Option<bool>,
    /// A byte order mark of any encoding at the beginning of the text.
    pub bom: bool,
    /// Bytes of the object, as it is in S3.
    pub size: u64,
    /// The object's ETag, if it has a byte.
    pub etag: Option<String>,
}
