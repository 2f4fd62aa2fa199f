//! The validated model of a folder of pipelines, after everything in it was checked.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::events::Events;
use crate::key::KeyPattern;

/// All pipelines of one deployment.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Sorted by name.
    pub pipelines: Vec<Pipeline>,
}

/// One folder under `pipelines/`.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The folder's name.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Sorted by name.
    pub datasets: Vec<Dataset>,
    /// In dependency order: what is referenced comes first.
    pub tables: Vec<Table>,
    /// In dependency order: a view comes after the views that it reads.
    pub views: Vec<View>,
    /// Its tracking events.
    pub events: Option<Events>,
}

/// A dataset's name: lower case, `[a-z][a-z0-9_]*`, at most 60 bytes, unique in the project.
///
/// 60 bytes keep a StatementName far below its limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct DatasetName(pub(crate) String);

/// A table or view as `schema.name`, both lower case, unquoted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct TableRef {
    /// The schema, lower case.
    pub schema: String,
    /// The table, lower case.
    pub name: String,
}

/// The files that feed one table.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Unique in the project.
    pub name: DatasetName,
    /// The pipeline's name.
    pub pipeline: String,
    /// One line for people.
    pub description: String,
    /// Which keys of the landing bucket are uploads of this dataset.
    pub key: KeyPattern,
    /// How a file is read.
    pub format: Format,
    /// Where the rows go.
    pub table: TableRef,
    /// What a load does to the rows that are there.
    pub mode: LoadMode,
    /// File column -> table column, for names that differ by more than case.
    pub rename: BTreeMap<String, String>,
    /// Columns of the table that no file carries; they take their default or NULL.
    pub absent: Vec<String>,
    /// What a column of the file that the table lacks means.
    pub extra_columns: ExtraColumns,
    /// What must hold before a load is visible, in the order of the file.
    pub checks: Vec<Check>,
    /// A load is expected at least this often.
    pub freshness: Option<Duration>,
}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The shape of the records.
    pub kind: FormatKind,
    /// How the file is compressed.
    pub compression: Compression,
}

/// The shape of the records in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatKind {
    /// Delimited text.
    Csv(Csv),
    /// One JSON object per line, or objects one after another.
    JsonLines,
    /// One JSON array of objects: rewritten to lines before COPY, which cannot read it.
    JsonArray,
    /// Apache Parquet; columns are mapped by name through the footer.
    Parquet,
}

/// Delimited text, as COPY's `CSV` reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// One ASCII character.
    pub delimiter: char,
    /// One ASCII character; doubled inside a quoted field.
    pub quote: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// The text that stands for NULL, besides the empty field of a column that is not text.
    pub null: Option<String>,
    /// Whether an empty field of a text column is NULL (`true`, the default) or an empty text.
    pub empty_as_null: bool,
    /// A label of the WHATWG Encoding Standard; anything but UTF-8 is rewritten before COPY.
    pub encoding: String,
    /// COPY's DATEFORMAT.
    pub date_format: Option<String>,
    /// COPY's TIMEFORMAT.
    pub time_format: Option<String>,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, also several members one after another.
    Gzip,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstd,
    /// A ZIP archive with exactly one file in it: extracted before COPY, which cannot read it.
    Zip,
}

/// What a load does to the rows that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadMode {
    /// All rows, or the rows of one slice, are replaced in one transaction.
    Replace {
        /// Column -> value, from the key's captures: only rows that match are replaced. Empty: all.
        slice: Vec<SlicePart>,
    },
    /// Rows are added.
    Append,
    /// Rows with the same key are replaced, others added.
    Merge {
        /// The columns that identify a row.
        key: Vec<String>,
    },
    /// TRUNCATE, COPY, commit: cheaper, and readers see an empty table meanwhile.
    Truncate,
}

/// One condition of a slice: `column = <capture of the key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlicePart {
    /// A column of the dataset's table.
    pub column: String,
    /// A capture of the dataset's key pattern.
    pub capture: String,
}

/// What a column of the file that the table lacks means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraColumns {
    /// The upload is refused (the default).
    Refuse,
    /// The column is read and dropped.
    Ignore,
}

/// One condition that a load must meet before it is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable name, for instance `rows.min` or `not_null(airline)`; unique in the dataset.
    pub name: String,
    /// The condition.
    pub rule: CheckRule,
}

/// The condition of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckRule {
    /// At least so many rows were loaded.
    RowsMin(u64),
    /// At most so many rows were loaded.
    RowsMax(u64),
    /// The table (or slice) lost at most this share of its rows.
    RowsMaxDrop(HundredthsPercent),
    /// No NULL in the column.
    NotNull(String),
    /// No two rows with the same values of these columns.
    Unique(Vec<String>),
    /// Each value that is not NULL exists in the other table's column.
    References {
        /// A column of the dataset's table.
        column: String,
        /// The table referred to.
        table: TableRef,
        /// Its column.
        target: String,
    },
    /// Each value that is not NULL is one of these.
    Accepted {
        /// A column of the dataset's table.
        column: String,
        /// The values, as text.
        values: Vec<String>,
    },
    /// A query that counts the offending rows: one row, one number, which must be 0.
    Sql {
        /// The query's text, one SELECT.
        sql: String,
    },
}

/// A percentage in hundredths, so that a check can be compared: 1250 is 12.5 %.
pub type HundredthsPercent = u32;

/// A table, from one file of `tables/`.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: TableRef,
    /// In the order of the DDL.
    pub columns: Vec<Column>,
    /// The file's text: one CREATE TABLE IF NOT EXISTS, as Redshift takes it, without a final semicolon.
    pub ddl: String,
    /// Where it was read, for messages.
    pub path: String,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Lower case.
    pub name: String,
    /// The type as the DDL writes it, lower case, for instance `varchar(64)`.
    pub data_type: String,
    /// Whether NOT NULL (or PRIMARY KEY) is declared.
    pub not_null: bool,
    /// The DEFAULT expression's text.
    pub default: Option<String>,
    /// The whole column definition's text as the DDL writes it, for `ALTER TABLE ... ADD COLUMN`.
    pub definition: String,
    /// Whether the column's values are generated (IDENTITY); files cannot carry it.
    pub identity: bool,
}

/// A view, from one file of `views/`.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: TableRef,
    /// The file's text: one CREATE [OR REPLACE] VIEW ... WITH NO SCHEMA BINDING, without a final semicolon.
    pub sql: String,
    /// Where it was read, for messages.
    pub path: String,
}

impl DatasetName {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TableRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl Table {
    /// The column of this name, in any case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name))
    }
}

impl Project {
    /// All datasets, by pipeline and name.
    pub fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        self.pipelines.iter().flat_map(|p| &p.datasets)
    }

    /// The dataset of this name.
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets().find(|d| d.name.as_str() == name)
    }

    /// The table of this name.
    pub fn table(&self, name: &TableRef) -> Option<&Table> {
        self.pipelines.iter().flat_map(|p| &p.tables).find(|t| &t.name == name)
    }

    /// The tracking events, which at most one pipeline has.
    pub fn events(&self) -> Option<&Events> {
        self.pipelines.iter().find_map(|p| p.events.as_ref())
    }

    /// The dataset that takes a key of the landing bucket, and the key's captures.
    pub fn dataset_for_key(&self, key: &str) -> Option<(&Dataset, BTreeMap<String, String>)> {
        self.datasets().find_map(|d| d.key.captures(key).map(|c| (d, c)))
    }
}
