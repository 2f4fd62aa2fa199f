//! Opening the database, with everything that every database has.

use std::path::{Path, PathBuf};

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
    /// Another process holds the database file.
    #[error("the database file {path} is held by another process; stop that process, or use another file")]
    Held {
        /// The file.
        path: PathBuf,
        /// DuckDB's error.
        #[source]
        source: duckdb::Error,
    },
    /// The file is there and cannot be read as a database.
    #[error(
        "the database file {path} is damaged or not a DuckDB database; move it and {path}.wal away, then create the tables \
         (`landfall migrate`) and load the files again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// DuckDB's error.
        #[source]
        source: duckdb::Error,
    },
    /// The database file could not be created or opened.
    #[error("the database file {path} could not be opened; check that its folder exists and can be written")]
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

/// No statement reaches the machine's files or the network, installs or loads an extension, or changes these settings; the database file and
/// the folder for what does not fit into memory stay usable. A session changes its zone, and
/// DuckDB itself the policy while it alters a table. Nothing can be set after the last of these.
const CLOSED: &str = "set autoinstall_known_extensions = false; set autoload_known_extensions = false; \
    set allow_community_extensions = false; set allow_persistent_secrets = false; set enable_external_access = false; \
    set allowed_configs = ['TimeZone', 'current_transaction_invalidation_policy']; set lock_configuration = true;";

/// The connection that all sessions are clones of.
pub(crate) fn open(config: &Config) -> Result<Connection, OpenError> {
    let mut options = duckdb::Config::default();
    if let Some(limit) = config.memory_limit_mib {
        options = options.max_memory(&format!("{limit}MiB")).map_err(OpenError::Start)?;
    }
    if let Some(threads) = config.threads {
        options = options.threads(threads.into()).map_err(OpenError::Start)?;
    }
    let connection = Connection::open_in_memory_with_flags(options).map_err(OpenError::Start)?;
    let database = config.databases.first().map_or("dev", String::as_str);
    // Before the file is opened: after a crash its log is replayed, and the defaults of tables in it call these functions.
    functions::prepare(&connection).map_err(OpenError::Prepare)?;
    system::prepare_functions(&connection, database).map_err(OpenError::Prepare)?;
    connection.execute_batch(&settings::current_setting()).map_err(OpenError::Prepare)?;
    attach(&connection, config.database.as_deref())?;
    connection.execute_batch(CLOSED).map_err(OpenError::Prepare)?;
    system::prepare(&connection, database).map_err(OpenError::Prepare)?;
    connection.execute_batch(&settings::search_path(&[PUBLIC.to_owned()])).map_err(OpenError::Prepare)?;
    Ok(connection)
}

fn attach(connection: &Connection, file: Option<&Path>) -> Result<(), OpenError> {
    if let Some(file) = file {
        // What does not fit into memory goes beside the file, as it does for a database that DuckDB opens first.
        let folder = format!("{}.tmp", file.to_string_lossy());
        connection.execute_batch(&format!("set temp_directory = {}", quoted(&folder))).map_err(OpenError::Start)?;
    }
    let path = file.unwrap_or(Path::new(":memory:"));
    let sql = format!("attach {} as {DATABASE}", quoted(&path.to_string_lossy()));
    connection.execute_batch(&sql).map_err(|source| {
        let (path, message) = (path.to_owned(), source.to_string());
        if message.contains("Could not set lock on file") {
            OpenError::Held { path, source }
        } else if path.is_file() && !message.contains("Permission denied") {
            OpenError::Damaged { path, source }
        } else {
            OpenError::Attach { path, source }
        }
    })
}
