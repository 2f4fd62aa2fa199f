//! What a conversion counts.

use std::collections::BTreeMap;

/// What a conversion has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines of the source, empty ones included.
    pub lines: u64,
    /// Bytes of the source, decompressed.
    pub bytes: u64,
    /// Rows by table and day.
    pub rows: BTreeMap<String, BTreeMap<String, u64>>,
    /// Events left out because an earlier one of the source has their `messageId`.
    pub duplicates: u64,
    /// How many times something was rejected.
    pub rejected: u64,
    /// Why the source could not be decompressed to its end; what came before is converted.
    pub broken: Option<String>,
}

impl Report {
    /// Rows of all tables and days.
    pub fn total_rows(&self) -> u64 {
        self.rows.values().flat_map(BTreeMap::values).sum()
    }
}
