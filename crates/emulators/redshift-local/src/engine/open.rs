//! Opening the database, with everything that every database has.

use std::path::PathBuf;

use duckdb::Connection;

use super::identifiers::{DATABASE, PUBLIC, quoted};
use super::{functions, settings, system};
use crate::config::Config;

/// Why a warehouse could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// DuckDB refused its settings, or could not start.
    #[error("DuckDB could not start")]
    Start(#[source] duckdb::Error),
    /// The database file could not be opened.
    #[error("the database file {path} could not be opened; is another process using it?")]
    Attach {
        /// The file.
        path: PathBuf,
        /// DuckDB's error.
        #[source]
        source: duckdb::Error,
    },
    /// The functions and system tables could not be created.
    #[error("the system tables and functions could not be created")]
    Prepare(#[source] duckdb::Error),
}

/// The connection that all sessions are clones of.
pub(crate) fn open(config: &Config) -> Result<Connection, OpenError> {
    let mut settings = duckdb::Config::default();
    if let Some(limit) = config.memory_limit_mib {
        settings = settings.max_memory(&format!("{limit}MiB")).map_err(OpenError::Start)?;
    }
    if let Some(threads) = config.threads {
        settings = settings.threads(threads.into()).map_err(OpenError::Start)?;
    }
    let connection = Connection::open_in_memory_with_flags(settings).map_err(OpenError::Start)?;
    let database = config.databases.first().map_or("dev", String::as_str);
    // Before the file is opened: after a crash its log is replayed, and the defaults of tables in it call these functions.
    functions::prepare(&connection).map_err(OpenError::Prepare)?;
    system::prepare_functions(&connection, database).map_err(OpenError::Prepare)?;
    let path = config.database.clone().unwrap_or_else(|| PathBuf::from(":memory:"));
    connection
        .execute_batch(&format!("attach {} as {DATABASE}", quoted(&path.to_string_lossy())))
        .map_err(|source| OpenError::Attach { path: path.clone(), source })?;
    system::prepare(&connection, database).map_err(OpenError::Prepare)?;
    connection.execute_batch(&settings::search_path(&[PUBLIC.to_owned()])).map_err(OpenError::Prepare)?;
    Ok(connection)
}
