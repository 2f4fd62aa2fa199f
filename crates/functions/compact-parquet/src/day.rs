//! One day of one table: its files, and the state of its compaction.

use event_lake::layout::Partition;
use event_lake::partition::State;
use event_lake::state_store;
use objects::folder::{self, Listed};

use crate::context::Context;
use crate::error::Error;

/// A day of a table, with the state of its compaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) partition: Partition,
    /// Where its files are, according to the catalog.
    pub(crate) location: String,
    /// The state and its ETag; none, if it was never compacted.
    pub(crate) state: Option<(State, String)>,
}

/// The files in a folder.
pub(crate) async fn list(context: &Context, key: &str) -> Result<Vec<Listed>, Error> {
    folder::list(&context.s3, &context.settings.bucket, key).await.map_err(Error::Folder)
}

/// The state of a day and its ETag; none, if it was never compacted.
pub(crate) async fn read(context: &Context, day: &Partition) -> Result<Option<(State, String)>, Error> {
    state_store::read(&context.s3, &context.settings.bucket, day).await.map_err(Error::ReadState)
}

/// Writes the state of a day: the new ETag; none, if somebody else was first.
pub(crate) async fn write(
    context: &Context,
    day: &Partition,
    state: &State,
    etag: Option<&str>,
) -> Result<Option<String>, Error> {
    state_store::write(&context.s3, &context.settings.bucket, day, state, etag).await.map_err(Error::WriteState)
}
