//! What can keep the buckets from being used.

use std::path::PathBuf;

use local_server::BoxError;

/// Buckets that cannot be opened or created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
}
