//! Deletes the files that merged ones replaced, a day after readers were sent elsewhere.

use std::collections::BTreeSet;

use event_lake::layout::Partition;
use event_lake::partition::{State, is_part};
use glue_catalog::location_of;
use objects::folder;
use objects::folder::Listed;

use crate::context::Context;
use crate::day::{Day, list, write};
use crate::error::Error;

/// How long queries may run that read a folder which nobody is sent to any more, in seconds: Athena ends them after 30 minutes, others
/// have no such limit.
const QUERIES_END_SECONDS: i64 = 86_400;

/// Empties the folders that nobody has been sent to for a day, and forgets them.
///
/// A file is deleted only if its rows are elsewhere. One that a writer cannot have put there is kept, and told of at every run.
pub(crate) async fn old_folders(context: &Context, day: &mut Day) -> Result<(), Error> {
    let Some((state, etag)) = &mut day.state else { return Ok(()) };
    let due = due(state, (context.clock)());
    if due.is_empty() || !is_where_the_state_says(context, &day.partition, state).await? {
        return Ok(());
    }
    let current: BTreeSet<String> =
        list(context, &state.current).await?.iter().map(|file| file.name().to_owned()).collect();
    let mut swept = state.clone();
    for folder in due {
        let files = list(context, &folder).await?;
        let (gone, kept): (Vec<Listed>, Vec<Listed>) =
            files.into_iter().partition(|file| is_elsewhere(state, &folder, file, &current));
        let keys: Vec<String> = gone.into_iter().map(|file| file.key).collect();
        folder::delete(&context.s3, &context.settings.bucket, &keys).await.map_err(Error::Folder)?;
        tracing::info!(day = %day.partition, folder, files = keys.len(), "replaced files were deleted");
        if kept.is_empty() {
            swept.old.remove(&folder);
        }
        for file in kept {
            tracing::warn!(
                object = file.key,
                "nobody reads this file, and its rows may be nowhere else: move it into the current folder, or delete it"
            );
        }
    }
    if swept != *state
        && let Some(new) = write(context, &day.partition, &swept, Some(etag)).await?
    {
        (*state, *etag) = (swept, new);
    }
    Ok(())
}

/// Whether readers are sent where they should be; if there is no partition, there are no readers.
async fn is_where_the_state_says(context: &Context, day: &Partition, state: &State) -> Result<bool, Error> {
    let partitions = context.catalog.partitions_of(&day.table, std::slice::from_ref(&day.date)).await;
    let location = format!("s3://{}/{}", context.settings.bucket, state.location());
    Ok(partitions.map_err(Error::Catalog)?.iter().all(|partition| location_of(partition) == location))
}

/// The folders that nobody was sent to for long enough. Never those that are or will be read.
fn due(state: &State, now: i64) -> Vec<String> {
    let is_used = |folder: &String| *folder == state.current || Some(folder) == state.next.as_ref();
    let old = state.old.iter().filter(|(folder, since)| !is_used(folder) && now - **since >= QUERIES_END_SECONDS);
    old.map(|(folder, _)| folder.clone()).collect()
}

/// Whether the rows of a file in an old folder are in `current`.
fn is_elsewhere(state: &State, folder: &str, file: &Listed, current: &BTreeSet<String>) -> bool {
    let name = file.key.strip_prefix(folder).unwrap_or_default();
    file.size == 0 || is_part(name) || state.merged.contains(name) || current.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_replaced_is_deleted_and_only_later() {
        let day = Partition { prefix: "web".into(), table: "posts".into(), date: "2026-01-02".into() };
        let state = State::first(&day).announced(&day, 100).merged(["a".to_owned()], 2000).settled(2000);
        let old = "web/transformed/posts/dt=2026-01-02/";
        assert_eq!(due(&state, 2000 + 86_399), Vec::<String>::new());
        assert_eq!(due(&state, 2000 + 86_400), [old]);
        let mut wrong = state.clone();
        wrong.old.insert(state.current.clone(), 0);
        assert_eq!(due(&wrong, 2000 + 86_400), [old], "never the current one");
        let current = BTreeSet::from(["late".to_owned(), "compacted-00000.parquet".to_owned()]);
        let check = |name: &str, expected: bool| {
            let file = Listed { key: format!("{old}{name}"), size: 1, modified: 0 };
            assert_eq!(is_elsewhere(&state, old, &file, &current), expected, "{name}");
        };
        check("a", true);
        check("late", true);
        check("compacted-00000.parquet", true);
        check("unknown", false);
        check("folder/a", false);
    }
}
