//! Reading and writing the state of a table's day in the lake.

use aws_sdk_s3::Client;
use objects::{ObjectRef, ReadError, WriteError, get_if_present, put_if_unchanged};

use crate::layout::Partition;
use crate::partition::{State, key};

/// A state could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// S3 did not give it.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is damaged, or of a later release.
    #[error(
        "{object} is not a state of a partition that this release reads; if it is damaged, restore an earlier version of it"
    )]
    Malformed {
        /// The state's object.
        object: ObjectRef,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads the state of a day and its ETag; nothing if there was never a compaction.
///
/// # Errors
/// S3's (without s3:ListBucket, S3 answers "denied" for a key that does not exist), and an object that is no state.
pub async fn read(s3: &Client, bucket: &str, partition: &Partition) -> Result<Option<(State, String)>, StateError> {
    let object = ObjectRef::new(bucket, key(partition));
    let Some((bytes, etag)) = get_if_present(s3, &object).await? else { return Ok(None) };
    let state = serde_json::from_slice(&bytes).map_err(|source| StateError::Malformed { object, source })?;
    Ok(Some((state, etag)))
}

/// Writes the state of a day over the one with this ETag, or where there is none yet: its new ETag, or nothing if somebody else was
/// first.
///
/// # Errors
/// S3's.
pub async fn write(
    s3: &Client,
    bucket: &str,
    partition: &Partition,
    state: &State,
    etag: Option<&str>,
) -> Result<Option<String>, WriteError> {
    let object = ObjectRef::new(bucket, key(partition));
    let json = serde_json::to_vec(state).map_err(|source| WriteError::Json { object: object.clone(), source })?;
    put_if_unchanged(s3, &object, etag, json, "application/json").await
}
