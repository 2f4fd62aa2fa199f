//! What can keep a server or its state from working.

use std::io;
use std::path::{Path, PathBuf};

/// The source of an error whose kind does not matter to a caller.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A server that does not start, or state that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process uses the state folder.
    #[error(
        "the state folder {path:?} is used by {}: stop that process, or choose another folder",
        .pid.map_or("another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The state folder.
        path: PathBuf,
        /// The process that uses it, where it could be read.
        pid: Option<u32>,
    },
    /// The state cannot be read or written.
    #[error("cannot {operation} {path:?}")]
    State {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A port cannot be listened on.
    #[error("cannot listen on port {port} of 127.0.0.1 for {service}: choose another port, or 0 for a free one")]
    Listen {
        /// The service that wanted the port.
        service: &'static str,
        /// The port; 0 is any.
        port: u16,
        /// Why not.
        source: io::Error,
    },
}

/// Names the operation, as a verb, and the path that an error of the disk is about.
pub fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::State { operation, path, source }
}
