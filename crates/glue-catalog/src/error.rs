use std::fmt;

/// A file that cannot be read through its table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A column has a type that no type of the table's column reads as well.
    #[error(
        "{file}: column {column} is {found}, and {has} in table {table}, which no type reads both; give the column another name, or \
         write {has} into it, and deliver the message again (table {table}: {table_columns}; file: {file_columns})"
    )]
    Column {
        /// The file.
        file: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type in the table.
        has: String,
        /// Its type in the file.
        found: String,
        /// All columns of the table, with their types.
        table_columns: String,
        /// All columns of the file, with their types.
        file_columns: String,
    },
    /// A table of this name exists, and is another one.
    #[error(
        "{file}: table {table} cannot be used for it: {problem}; rename that table, or the events' table, and deliver the message again"
    )]
    Table {
        /// The file.
        file: String,
        /// The table.
        table: String,
        /// What is different.
        problem: String,
    },
}

/// What Glue said of a failed call, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlueError(pub String);

impl fmt::Display for GlueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GlueError {}

/// The catalog could not be asked or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database could not be created.
    #[error("database {database} could not be created; create it, or grant glue:CreateDatabase")]
    CreateDatabase {
        /// The database.
        database: String,
        /// Glue's error.
        #[source]
        source: GlueError,
    },
    /// The tables could not be listed.
    #[error("the tables of database {database} could not be listed")]
    ListTables {
        /// The database.
        database: String,
        /// Glue's error.
        #[source]
        source: GlueError,
    },
    /// A table could not be read.
    #[error("table {table} could not be read from the catalog")]
    ReadTable {
        /// The table, with its database.
        table: String,
        /// Glue's error.
        #[source]
        source: GlueError,
    },
    /// A table could not be created or changed.
    #[error("table {table} could not be written to the catalog")]
    WriteTable {
        /// The table, with its database.
        table: String,
        /// Glue's error.
        #[source]
        source: GlueError,
    },
    /// The partitions of a table could not be read.
    #[error("the partitions of table {table} could not be read from the catalog")]
    ReadPartitions {
        /// The table, with its database.
        table: String,
        /// Glue's error.
        #[source]
        source: GlueError,
    },
    /// A partition could not be created or changed.
    #[error("partition {date} of table {table} could not be written to the catalog")]
    WritePartition {
        /// The table, with its database.
        table: String,
        /// The day.
        date: String,
        /// Glue's error.
        #[source]
        source: GlueError,
    },
}

/// How a write ended that only one of several writers can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrote {
    /// It was done.
    Done,
    /// Another writer was first: read again.
    Conflict,
    /// What it belongs to does not exist: the database of a table, the table of a partition, or the partition itself.
    Missing,
}
