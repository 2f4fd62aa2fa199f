//! The one way by which Parquet files come into the lake, and leave it again.

use std::fs::File;
use std::io::Seek;

use event_lake::layout::{Area, Partition};
use event_lake::partition::{Placement, State, placement};
use event_lake::state_store;
use objects::{ObjectRef, PutError, put_blocking};
use tokio::runtime::Handle;

use crate::context::Context;
use crate::error::Error;

const CONTENT_TYPE: &str = "application/vnd.apache.parquet";

/// Writes a file to where the day's state of compaction says. Blocks.
pub(crate) fn place(
    handle: &Handle,
    context: &Context,
    day: &Partition,
    name: &str,
    file: &mut File,
) -> Result<(), Error> {
    let state = handle.block_on(state(context, day))?;
    let mut put = |key: String| -> Result<(), Error> {
        let target = ObjectRef::new(&context.bucket, key);
        file.rewind().map_err(|source| Error::Put(PutError::Content { object: target.clone(), source }))?;
        put_blocking(handle, &context.s3, &target, file, CONTENT_TYPE).map(drop).map_err(Error::Put)
    };
    match placement(state.as_ref(), day, name) {
        Placement::Nothing => {
            tracing::info!(file = name, partition = %day, "its rows are in a merged file already");
            Ok(())
        }
        Placement::One(key) => put(key),
        Placement::Both { next, current } => {
            if handle.block_on(exists(context, &current))? {
                return Ok(());
            }
            put(next)?;
            put(current)
        }
    }
}

/// The keys under which a file may be; none if its rows are in a merged file, from which nothing can be taken.
pub(crate) async fn keys(context: &Context, day: &Partition, name: &str) -> Result<Vec<String>, Error> {
    let Some(state) = state(context, day).await? else {
        return Ok(vec![format!("{}{name}", day.folder(Area::Transformed))]);
    };
    if state.merged.contains(name) {
        tracing::warn!(file = name, partition = %day, "its rows are in a merged file, and stay there");
        return Ok(Vec::new());
    }
    let folders = state.next.iter().chain([&state.current]);
    Ok(folders.map(|folder| format!("{folder}{name}")).collect())
}

async fn state(context: &Context, day: &Partition) -> Result<Option<State>, Error> {
    let read = state_store::read(&context.s3, &context.bucket, day).await;
    Ok(read.map_err(Error::State)?.map(|(state, _)| state))
}

async fn exists(context: &Context, key: &str) -> Result<bool, Error> {
    match context.s3.head_object().bucket(&context.bucket).key(key).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404) => Ok(false),
        Err(error) => {
            let object = ObjectRef::new(&context.bucket, key);
            Err(Error::Look { object, reason: causes::service(&error) })
        }
    }
}
