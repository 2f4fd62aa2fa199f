//! Where a conversion puts what it makes.

use std::fs::File;

use crate::rejected::Rejected;

/// A finished Parquet file.
#[derive(Debug)]
pub struct Part {
    /// The table of its rows.
    pub table: String,
    /// Their day, UTC, as `2015-12-10`.
    pub date: String,
    /// Its number among the files of this table, day and source, from 0.
    pub number: u32,
    /// How many rows it has.
    pub rows: u64,
    /// The file, to be read from its beginning. It has no name, and is gone when it is closed.
    pub file: File,
}

/// Any error of whoever takes what is made.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes what a conversion makes.
pub trait Sink {
    /// Takes a finished file.
    ///
    /// # Errors
    /// The sink's; they end the conversion.
    fn file(&mut self, part: Part) -> Result<(), SinkError>;

    /// Takes what cannot become a row.
    ///
    /// # Errors
    /// The sink's; they end the conversion.
    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError>;
}
