//! What can keep the embedded cloud from starting or working.

use std::path::PathBuf;

use local_server::BoxError;

/// An operation of the embedded cloud that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The state folder or a port cannot be used.
    #[error(transparent)]
    Server(#[from] local_server::Error),
    /// The buckets cannot be opened.
    #[error(transparent)]
    Buckets(#[from] s3_local::Error),
    /// The stream of tracking events is gone.
    #[error("there is no stream {name:?}: it was deleted, and a restart creates it again")]
    NoStream {
        /// The stream.
        name: String,
    },
    /// The delivery of tracking events cannot start.
    #[error(transparent)]
    Delivery(Box<firehose_local::StartError>),
    /// The delivery of tracking events has ended.
    #[error(transparent)]
    Ended(firehose_local::Ended),
    /// The external cloud does not answer.
    #[error("nothing answers at {url:?}: start the cloud that listens there, or give the address of another")]
    NoAnswer {
        /// Its URL.
        url: String,
        /// Why not.
        source: BoxError,
    },
    /// The external cloud refused something that is needed there.
    #[error("cannot {operation} {subject:?} at {url}")]
    External {
        /// What was tried, as a verb with its object.
        operation: &'static str,
        /// The name of the thing.
        subject: String,
        /// The external cloud's URL.
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
