//! One step of the compaction of one day, and which step that is.

use std::time::Instant;

use event_lake::layout::{Area, Partition};
use event_lake::partition::{State, Step, WRITERS_END_SECONDS};
use objects::folder::Listed;

use crate::context::Context;
use crate::day::{Day, list, read, write};
use crate::error::Error;
use crate::layout::Layout;
use crate::merge::{Job, Merged, is_read, merge, to_merge};
use crate::{sweep, switch};

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Todo {
    /// Look whether there is something to compact, and announce it.
    Look,
    /// Wait: for writers who did not see the announcement, or for another run.
    Wait,
    /// Merge.
    Merge,
    /// Announce another folder: the run that merged did not end.
    Restart,
    /// Make the catalog name the merged files.
    Switch,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    /// Nothing.
    Nothing(&'static str),
    /// A folder was announced.
    Announced(usize),
    /// Files were merged, and readers sent to the merged ones.
    Compacted(Merged),
    /// Readers were sent to files that an earlier run merged.
    Switched,
    /// Somebody else did something to the day at the same time.
    Overtaken,
}

/// What is to be done in a state, at a time in seconds since 1970.
pub(crate) fn todo(state: Option<&State>, now: i64) -> Todo {
    let Some(state) = state else { return Todo::Look };
    let has_waited = now - state.since >= WRITERS_END_SECONDS;
    match (state.step, &state.next) {
        (Step::Settled, _) | (_, None) => Todo::Look,
        (Step::Merged, Some(_)) => Todo::Switch,
        (Step::Announced | Step::Merging, Some(_)) if !has_waited => Todo::Wait,
        (Step::Announced, Some(_)) => Todo::Merge,
        (Step::Merging, Some(_)) => Todo::Restart,
    }
}

/// Does what is to be done. Whenever it stops in the middle, another call does what is left.
pub(crate) async fn advance(context: &Context, day: Day, deadline: Instant) -> Result<Done, Error> {
    let mut day = day;
    if day.state.is_some() {
        // It was read when the run began, which may be minutes ago.
        day.state = read(context, &day.partition).await?;
    }
    if !is_where_the_state_says(context, &mut day).await? {
        return Ok(Done::Nothing("its partition is at a location of somebody else"));
    }
    sweep::old_folders(context, &mut day).await?;
    let now = (context.clock)();
    match todo(day.state.as_ref().map(|(state, _)| state), now) {
        Todo::Wait => Ok(Done::Nothing("waiting for writers, or for another run")),
        Todo::Look => look(context, day, now).await,
        Todo::Restart => announce(context, day, now).await.map(|announced| announced.unwrap_or(Done::Overtaken)),
        Todo::Merge => claim_and_merge(context, day, now, deadline).await,
        Todo::Switch => Ok(match switch::finish(context, day).await? {
            true => Done::Switched,
            false => Done::Overtaken,
        }),
    }
}

/// Sends readers where the state says, if somebody has sent them elsewhere; while nothing is under way, so that no other run moves
/// the partition at the same time.
async fn is_where_the_state_says(context: &Context, day: &mut Day) -> Result<bool, Error> {
    let bucket = &context.settings.bucket;
    let Some((state, _)) = &day.state else {
        let folder = format!("s3://{bucket}/{}", day.partition.folder(Area::Transformed));
        return Ok(day.location.trim_end_matches('/') == folder.trim_end_matches('/'));
    };
    let location = format!("s3://{bucket}/{}", state.location());
    if day.location != location && state.step == Step::Settled {
        tracing::warn!(day = %day.partition, found = day.location, location, "the partition was moved; it is moved back");
        switch::relocate(context, &day.partition, state.location()).await?;
        day.location = location;
    }
    Ok(true)
}

async fn look(context: &Context, day: Day, now: i64) -> Result<Done, Error> {
    let first = State::first(&day.partition);
    let current = day.state.as_ref().map_or(&first.current, |(state, _)| &state.current);
    let files = list(context, current).await?;
    let small = small_files(&files, context.settings.file_bytes);
    if small < 2 {
        return Ok(Done::Nothing("fewer than two small files"));
    }
    let announced = announce(context, day, now).await?;
    Ok(announced.map_or(Done::Overtaken, |_| Done::Announced(small)))
}

/// How many files are so small that merging is worth it.
fn small_files(files: &[Listed], file_bytes: u64) -> usize {
    files.iter().filter(|file| is_read(file) && file.size < file_bytes / 2).count()
}

async fn announce(context: &Context, day: Day, now: i64) -> Result<Option<Done>, Error> {
    let (state, etag) =
        day.state.map_or_else(|| (State::first(&day.partition), None), |(state, etag)| (state, Some(etag)));
    let announced = state.announced(&day.partition, now);
    let etag = write(context, &day.partition, &announced, etag.as_deref()).await?;
    Ok(etag.map(|_| Done::Nothing("another folder was announced, because a run did not end")))
}

/// Merges in the name of this run alone. If it fails, the folder is given up: somebody who stopped in the middle may have left files in it.
async fn claim_and_merge(context: &Context, day: Day, now: i64, deadline: Instant) -> Result<Done, Error> {
    let Some((state, etag)) = day.state else { return Ok(Done::Overtaken) };
    let claimed = state.merging(now);
    let Some(etag) = write(context, &day.partition, &claimed, Some(&etag)).await? else { return Ok(Done::Overtaken) };
    match merge_day(context, &day.partition, &claimed, deadline).await {
        Ok((merged, names)) => {
            let state = claimed.merged(names, (context.clock)());
            let Some(etag) = write(context, &day.partition, &state, Some(&etag)).await? else {
                return Ok(Done::Overtaken);
            };
            let day = Day { state: Some((state, etag)), ..day };
            Ok(if switch::finish(context, day).await? { Done::Compacted(merged) } else { Done::Overtaken })
        }
        Err(error) => {
            // The first error is the one that counts; without this write, the next run finds out by the time that has passed.
            let given_up = write(context, &day.partition, &claimed.given_up((context.clock)()), Some(&etag)).await;
            if let Err(error) = given_up {
                tracing::warn!(day = %day.partition, error = function::chain(&error), "the folder could not be given up");
            }
            Err(error)
        }
    }
}

/// Merges what is in `current` only; returns what was merged, and the names of the files.
async fn merge_day(
    context: &Context,
    partition: &Partition,
    state: &State,
    deadline: Instant,
) -> Result<(Merged, Vec<String>), Error> {
    let next = state.next.clone().unwrap_or_default();
    // In this order: see `to_merge`.
    let current = list(context, &state.current).await?;
    let in_next = list(context, &next).await?;
    let files = to_merge(current, &in_next);
    let names = files.iter().map(|file| file.name().to_owned()).collect();
    let table = context.catalog.table(&partition.table).await.map_err(Error::Catalog)?;
    let columns = table.as_ref().map(glue_catalog::columns_of).unwrap_or_default();
    let layout = Layout::new(columns.iter().map(|column| (column.name(), column.r#type().unwrap_or_default())));
    let job = Job {
        s3: context.s3.clone(),
        bucket: context.settings.bucket.clone(),
        files,
        layout,
        next,
        folder: context.settings.folder.clone(),
        file_bytes: context.settings.file_bytes,
        deadline,
    };
    Ok((merge(job).await?, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_done_and_when() {
        let day = Partition { prefix: "web".into(), table: "posts".into(), date: "2026-01-02".into() };
        let check = |state: &State, now: i64, expected: Todo| assert_eq!(todo(Some(state), now), expected, "{state:?}");
        assert_eq!(todo(None, 0), Todo::Look);
        let announced = State::first(&day).announced(&day, 1000);
        check(&announced, 1000 + 1199, Todo::Wait);
        check(&announced, 1000 + 1200, Todo::Merge);
        let merging = announced.merging(3000);
        check(&merging, 3000 + 1199, Todo::Wait);
        check(&merging, 3000 + 1200, Todo::Restart);
        let merged = merging.clone().merged([], 3500);
        check(&merged, 3500, Todo::Switch);
        check(&merged.settled(3600), 3600, Todo::Look);
        check(&merging.given_up(3600), 3600, Todo::Look);
    }

    #[test]
    fn small_files_are_counted() {
        let listed = |name: &str, size| Listed { key: format!("f/{name}"), size, modified: 0 };
        let files = [listed("a", 10), listed("b", 49), listed("c", 50), listed("_d", 10), listed("e", 0)];
        assert_eq!(small_files(&files, 100), 2);
    }
}
