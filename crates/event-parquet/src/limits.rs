use std::path::PathBuf;

/// What a conversion may use, whatever the size of its source.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Where temporary files go.
    pub folder: PathBuf,
    /// Bytes of rows in memory: when they are reached, the table and day with the most of them writes a row group.
    pub buffer_bytes: usize,
    /// Bytes of a Parquet file, more or less; what follows comes into the next one.
    pub file_bytes: u64,
    /// Bytes of all temporary Parquet files together: when they are reached, the largest file is finished.
    pub disk_bytes: u64,
    /// Row groups of all files that are not finished: every one is remembered, in about 10 KB, until the end of its file.
    pub row_groups: usize,
    /// Tables and days that have unfinished files or rows: with one more, the one that has had no row for longest is finished.
    pub outputs: usize,
    /// Bytes of a record; a longer one is rejected. At most 1 GiB.
    pub record_bytes: usize,
    /// How many ids of events are held in memory before they go to a temporary file.
    pub ids: usize,
}

impl Limits {
    /// Limits for a Lambda function of 128 MB with its 512 MB of disk; the folder is for temporary files.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            buffer_bytes: 8 << 20,
            file_bytes: 128 << 20,
            disk_bytes: 256 << 20,
            row_groups: 512,
            outputs: 256,
            record_bytes: 4 << 20,
            ids: crate::seen::IN_MEMORY,
        }
    }
}
