//! Where the files of one table's day are, while many small ones are replaced by few large ones.
//!
//! Without a state the files are in `transformed/<table>/dt=<day>/`. Compaction writes the state
//! `partitions/<table>/dt=<day>.json` step by step, each time on the condition that nobody else did; whoever writes a file of the day
//! reads it first and does what [`placement`] returns. The order of the steps, and how long the compaction waits between them, make sure
//! that a reader of the day's location in the catalog sees every file exactly once, at any time.

use std::collections::{BTreeMap, BTreeSet};

use record_format::RecordFormat;
use serde::{Deserialize, Serialize};

use crate::layout::{Area, Partition};

/// How long a writer may take from reading the state to its last write, in seconds: a Lambda function ends after 900. Compaction waits
/// longer than that between announcing a folder and merging into it, so every writer that did not see the announcement has ended.
pub const WRITERS_END_SECONDS: i64 = 20 * 60;

/// What the names of merged files begin with. No writer's file may.
const PART_PREFIX: &str = "compacted-";

/// How far the compaction of a day has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Nothing is under way.
    #[default]
    Settled,
    /// `next` is announced: writers put their files there as well.
    Announced,
    /// One run merges into `next`. If it does not end, `next` is abandoned, and another folder announced.
    Merging,
    /// `next` is complete, and takes the place of `current` as soon as the catalog names it.
    Merged,
}

/// Where the files of one table's day are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The form in which it is stored.
    #[serde(default)]
    pub format: RecordFormat<1>,
    /// The folder that readers read, as a key that ends with `/`.
    pub current: String,
    /// The folder that will take its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How far it is.
    #[serde(default)]
    pub step: Step,
    /// Names of the writers' files whose rows are in merged files.
    #[serde(default)]
    pub merged: BTreeSet<String>,
    /// When this step began, in seconds since 1970.
    pub since: i64,
    /// Folders that nobody is sent to any more, and since when; queries that are running may still read them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub old: BTreeMap<String, i64>,
}

/// What a writer does with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// Nothing: its rows are there already, in a merged file.
    Nothing,
    /// It writes this key, over what is there.
    One(String),
    /// If `current` exists, nothing. Otherwise it writes `next` first, and then `current`; never the other way round.
    Both {
        /// The key in the folder that will be read.
        next: String,
        /// The key in the folder that is read.
        current: String,
    },
}

/// What a writer of a file of this day must do. `file` is the key's last part, and the same for every delivery of what it is made from.
pub fn placement(state: Option<&State>, partition: &Partition, file: &str) -> Placement {
    match state {
        Some(state) => state.placement(file),
        None => Placement::One(format!("{}{file}", partition.folder(Area::Transformed))),
    }
}

/// Whether a file's name is that of a merged file.
pub fn is_part(file: &str) -> bool {
    file.starts_with(PART_PREFIX)
}

/// The name of a merged file; numbers from 0.
pub fn part_name(number: usize) -> String {
    format!("{PART_PREFIX}{number:05}.parquet")
}

impl State {
    /// The state that a day without a state is in.
    pub fn first(partition: &Partition) -> Self {
        Self {
            format: RecordFormat,
            current: partition.folder(Area::Transformed),
            next: None,
            step: Step::Settled,
            merged: BTreeSet::new(),
            since: 0,
            old: BTreeMap::new(),
        }
    }

    /// What a writer of this file must do.
    pub fn placement(&self, file: &str) -> Placement {
        if self.merged.contains(file) {
            return Placement::Nothing;
        }
        let current = format!("{}{file}", self.current);
        match &self.next {
            Some(next) => Placement::Both { next: format!("{next}{file}"), current },
            None => Placement::One(current),
        }
    }

    /// The folder that the catalog must name.
    pub fn location(&self) -> &str {
        match (&self.next, self.step) {
            (Some(next), Step::Merged) => next,
            _ => &self.current,
        }
    }

    /// Another folder is to take the place of `current`; one that was announced before is given up.
    pub fn announced(self, partition: &Partition, now: i64) -> Self {
        let next = format!("{}{now}/", partition.folder(Area::Compacted));
        let mut old = self.old;
        old.extend(self.next.map(|next| (next, now)));
        Self { next: Some(next), step: Step::Announced, since: now, old, ..self }
    }

    /// One run begins to merge.
    pub fn merging(self, now: i64) -> Self {
        Self { step: Step::Merging, since: now, ..self }
    }

    /// The rows of these files are in merged files in `next`.
    pub fn merged(mut self, files: impl IntoIterator<Item = String>, now: i64) -> Self {
        self.merged.extend(files.into_iter().filter(|file| !is_part(file)));
        Self { step: Step::Merged, since: now, ..self }
    }

    /// The folder that was announced is given up; what writers put there they put into `current` as well.
    pub fn given_up(self, now: i64) -> Self {
        let mut old = self.old;
        old.extend(self.next.map(|next| (next, now)));
        Self { next: None, step: Step::Settled, since: now, old, ..self }
    }

    /// The catalog names `next`.
    pub fn settled(self, now: i64) -> Self {
        let Some(next) = self.next else { return self };
        let mut old = self.old;
        old.insert(self.current, now);
        Self { current: next, next: None, step: Step::Settled, since: now, old, ..self }
    }
}

/// The key of a day's state.
pub fn key(partition: &Partition) -> String {
    let folder = partition.folder(Area::Partitions);
    format!("{}.json", folder.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition() -> Partition {
        Partition { prefix: "web".into(), table: "posts".into(), date: "2026-01-02".into() }
    }

    fn both(next: &str, current: &str) -> Placement {
        Placement::Both { next: next.to_owned(), current: current.to_owned() }
    }

    #[test]
    fn where_a_writer_puts_its_file() {
        let one = |key: &str| Placement::One(key.to_owned());
        let day = partition();
        assert_eq!(placement(None, &day, "a"), one("web/transformed/posts/dt=2026-01-02/a"));
        let announced = State::first(&day).announced(&day, 100);
        let next = "web/compacted/posts/dt=2026-01-02/100/a";
        let current = "web/transformed/posts/dt=2026-01-02/a";
        let merging = announced.clone().merging(2000);
        let merged = merging.clone().merged(["b".to_owned(), part_name(0)], 2100);
        let settled = merged.clone().settled(2200);
        let again = settled.clone().announced(&day, 9000);
        let check = |state: &State, file: &str, expected: Placement| {
            assert_eq!(placement(Some(state), &day, file), expected, "{file} in {state:?}");
        };
        check(&announced, "a", both(next, current));
        check(&merging, "a", both(next, current));
        check(&merged, "a", both(next, current));
        check(&merged, "b", Placement::Nothing);
        check(&settled, "a", one(next));
        check(&settled, "b", Placement::Nothing);
        check(&again, "a", both("web/compacted/posts/dt=2026-01-02/9000/a", next));
        check(&again, "b", Placement::Nothing);
        assert_eq!(settled.merged.len(), 1, "merged files are no writer's");
    }

    #[test]
    fn readers_are_sent_to_a_folder_when_it_is_complete() {
        let day = partition();
        let check =
            |state: &State, expected: &str| assert_eq!(state.location(), format!("web/{expected}"), "{state:?}");
        let first = State::first(&day);
        check(&first, "transformed/posts/dt=2026-01-02/");
        let merging = first.announced(&day, 100).merging(2000);
        check(&merging, "transformed/posts/dt=2026-01-02/");
        let given_up = merging.clone().announced(&day, 4000);
        check(&merging.clone().given_up(3000), "transformed/posts/dt=2026-01-02/");
        check(&given_up, "transformed/posts/dt=2026-01-02/");
        let old =
            |state: &State| state.old.iter().map(|(folder, since)| format!("{folder} {since}")).collect::<Vec<_>>();
        assert_eq!(old(&given_up), ["web/compacted/posts/dt=2026-01-02/100/ 4000"]);
        assert_eq!(old(&merging.given_up(3000)), ["web/compacted/posts/dt=2026-01-02/100/ 3000"]);
        let merged = given_up.merging(6000).merged([], 6100);
        check(&merged, "compacted/posts/dt=2026-01-02/4000/");
        let settled = merged.settled(6200);
        check(&settled, "compacted/posts/dt=2026-01-02/4000/");
        assert_eq!(
            old(&settled),
            ["web/compacted/posts/dt=2026-01-02/100/ 4000", "web/transformed/posts/dt=2026-01-02/ 6200"]
        );
        assert_eq!(settled.clone().settled(7000), settled, "settling twice changes nothing");
    }

    #[test]
    fn the_state_as_it_is_stored() {
        let day = partition();
        let state = State::first(&day).announced(&day, 100).merging(2000).merged(["b".to_owned()], 2100);
        let text = serde_json::to_string(&state).unwrap();
        insta::assert_snapshot!(text, @r#"{"format":1,"current":"web/transformed/posts/dt=2026-01-02/","next":"web/compacted/posts/dt=2026-01-02/100/","step":"merged","merged":["b"],"since":2100}"#);
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
        assert_eq!(key(&day), "web/partitions/posts/dt=2026-01-02.json");
        let newer = text.replace(r#""format":1"#, r#""format":2"#);
        let error = serde_json::from_str::<State>(&newer).unwrap_err().to_string();
        assert!(error.starts_with("format 2 is newer than this release reads (1)"), "{error}");
    }

    /// `web/partitions/posts/dt=2026-01-02.json` of the first release, while its files are merged and after another merge.
    #[test]
    fn a_state_of_the_first_release_is_read() {
        let merging = r#"{"current":"web/transformed/posts/dt=2026-01-02/","next":"web/compacted/posts/dt=2026-01-02/100/","step":"merging","merged":[],"since":2000}"#;
        assert_eq!(
            serde_json::from_str::<State>(merging).unwrap(),
            State::first(&partition()).announced(&partition(), 100).merging(2000)
        );
        let settled = r#"{"current":"web/compacted/posts/dt=2026-01-02/9000/","step":"settled","merged":["a","b"],"since":9900,"old":{"web/compacted/posts/dt=2026-01-02/100/":9900}}"#;
        let state = State {
            current: "web/compacted/posts/dt=2026-01-02/9000/".into(),
            merged: ["a".to_owned(), "b".to_owned()].into(),
            since: 9900,
            old: [("web/compacted/posts/dt=2026-01-02/100/".to_owned(), 9900)].into(),
            ..State::first(&partition())
        };
        assert_eq!(serde_json::from_str::<State>(settled).unwrap(), state);
    }
}
