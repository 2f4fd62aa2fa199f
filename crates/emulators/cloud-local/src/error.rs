//! What can keep the embedded cloud from starting or working.

use std::path::PathBuf;

/// The source of an error whose kind does not matter to a caller.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// An operation of the embedded cloud that failed.
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
    /// The state folder cannot be used.
    #[error("cannot {operation} {path:?}")]
    State {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The folder of the buckets cannot be read.
    #[error("cannot open the object store in {path:?}")]
    Storage {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: BoxError,
    },
    /// A bucket cannot be created.
    #[error("cannot create the bucket {name:?}")]
    Bucket {
        /// The bucket.
        name: String,
        /// Why not.
        source: BoxError,
    },
    /// A port cannot be listened on.
    #[error("cannot listen on port {port} of 127.0.0.1 for {service}: choose another port, or 0 for a free one")]
    Listen {
        /// The service that wanted the port.
        service: &'static str,
        /// The port; 0 is any.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// The stream of tracking events is gone.
    #[error("there is no stream {name:?}: it was deleted, and a restart creates it again")]
    NoStream {
        /// The stream.
        name: String,
    },
    /// The delivery of tracking events cannot start.
    #[error(transparent)]
    Delivery(Box<crate::firehose::StartError>),
    /// The delivery of tracking events has ended.
    #[error(transparent)]
    Ended(crate::firehose::Ended),
    /// The other cloud does not answer.
    #[error("nothing answers at {url:?}: start the cloud that listens there, or give the address of another")]
    NoAnswer {
        /// Its URL.
        url: String,
        /// Why not.
        source: BoxError,
    },
    /// The other cloud refused something that is needed there.
    #[error("cannot {operation} {subject:?} at {url}")]
    Elsewhere {
        /// What was tried, as a verb with its object.
        operation: &'static str,
        /// The name of the thing.
        subject: String,
        /// The other cloud's URL.
        url: String,
        /// Why not.
        source: BoxError,
    },
    /// The warehouse did not start.
    #[error("cannot start the warehouse")]
    Warehouse {
        /// Why not.
        source: BoxError,
    },
    /// A folder cannot be watched.
    #[error("cannot watch the folder {path:?}")]
    Watch {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: BoxError,
    },
}
