//! Why a query has no answer.

/// The source of an error whose kind does not matter to a caller.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A query that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The statement would change something, or is of a kind that is not answered here.
    #[error(
        "{statement:?} is not answered: only SELECT, WITH, SHOW TABLES, SHOW DATABASES, SHOW PARTITIONS and DESCRIBE are, which change nothing"
    )]
    NotReadOnly {
        /// How the statement begins.
        statement: String,
    },
    /// The statement cannot be read as Athena's SQL.
    #[error("the statement is not understood: {message}")]
    Syntax {
        /// What is wrong, with its place.
        message: String,
    },
    /// The catalogue has no such database.
    #[error("the catalog has no database {name:?}{}", hint(.nearest))]
    UnknownDatabase {
        /// The name, in lower case.
        name: String,
        /// The database that is named most like it.
        nearest: Option<String>,
    },
    /// The database has no such table.
    #[error("the database {database:?} has no table {name:?}{}", hint(.nearest))]
    UnknownTable {
        /// The database.
        database: String,
        /// The name, in lower case.
        name: String,
        /// The table that is named most like it.
        nearest: Option<String>,
    },
    /// No table of the query has such a column.
    #[error("unknown column {name:?}{}", hint(.nearest))]
    UnknownColumn {
        /// The name as the statement has it.
        name: String,
        /// The column that is named most like it.
        nearest: Option<String>,
    },
    /// The table's definition has a value that cannot be read here.
    #[error("the table {table} cannot be read: its {property} is {value:?}; {remedy}")]
    Definition {
        /// Database and table.
        table: String,
        /// What of the definition.
        property: String,
        /// Its value.
        value: String,
        /// What can be read.
        remedy: String,
    },
    /// A file's column does not have the declared type.
    #[error(
        "HIVE_BAD_DATA: the column {column:?} is {physical} in the file {file}, which is incompatible with the type {declared} of the catalog"
    )]
    BadData {
        /// The object's URL.
        file: String,
        /// The column.
        column: String,
        /// The catalogue's type.
        declared: String,
        /// The file's type.
        physical: String,
    },
    /// A file cannot be read as Parquet.
    #[error("HIVE_BAD_DATA: the file {file} is not a readable Parquet file: {message}")]
    BadFile {
        /// The object's URL.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// The catalogue did not answer.
    #[error("the catalog's {operation} of {subject} failed")]
    Catalog {
        /// The operation.
        operation: &'static str,
        /// The database or table.
        subject: String,
        /// Why.
        source: BoxError,
    },
    /// S3 did not answer.
    #[error("cannot {operation} {subject}")]
    Storage {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The object or prefix.
        subject: String,
        /// Why not.
        source: BoxError,
    },
    /// The cache of objects cannot be used.
    #[error("cannot {operation} {path:?} in the cache of objects")]
    Cache {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file or folder.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The query failed while it ran.
    #[error("the query failed: {message}")]
    Query {
        /// DuckDB's words.
        message: String,
    },
    /// DuckDB could not be prepared for the query.
    #[error("the query engine failed to {operation}")]
    Engine {
        /// What was tried, as a verb.
        operation: &'static str,
        /// Why.
        source: BoxError,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(": did you mean {name:?}?")).unwrap_or_default()
}

/// The name that is most like a wrong one, if any is much like it.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let scored = names.into_iter().map(|name| (strsim::jaro_winkler(wrong, name), name));
    let (score, name) = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (score > 0.7).then(|| name.to_owned())
}
