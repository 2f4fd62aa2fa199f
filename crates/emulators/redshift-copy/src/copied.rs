//! What a load did.

use super::failure::LoadErrorRow;

/// What a load did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows in the table that were not there before; 0 with NOLOAD.
    pub rows: u64,
    /// The objects that were read, in order.
    pub files: Vec<CopiedFile>,
    /// Bad records that MAXERROR or IGNOREALLERRORS let pass.
    pub skipped: u64,
    /// Those records, for the error tables: the first 100000.
    pub errors: Vec<LoadErrorRow>,
}

/// One object that was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopiedFile {
    /// `s3://bucket/key`.
    pub url: String,
    /// Rows that came from it.
    pub rows: u64,
    /// Its size in S3, in bytes.
    pub bytes: u64,
}
