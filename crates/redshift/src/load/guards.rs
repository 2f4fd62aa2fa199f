//! The two statements that stop a load which must not happen. They fail by casting a text that is computed from data to
//! an integer, because Redshift has no other statement that fails on a condition.

use pipeline::LoadMode;

use super::{Request, slice};
use crate::ledger::timestamp;
use crate::sql::literal;

/// Fails when the ledger has this very upload.
pub(super) fn duplicate(request: &Request<'_>) -> String {
    let condition = format!("load_id = {} AND trusted", literal(request.upload.id().as_str()));
    fails_when_found("duplicate", &condition)
}

/// Fails when the ledger has a newer upload for the same rows; `None` where the order of uploads does not matter.
///
/// Order: uploads of one key by sequencer; of different keys by event time, then sequencer. Files that are appended stand
/// beside each other, so none supersedes another; files that are merged supersede only older versions of their own key.
pub(super) fn superseded(request: &Request<'_>) -> Option<String> {
    let upload = request.upload;
    let key = literal(upload.key.as_str());
    let time = timestamp(upload.time);
    let newer_version = upload.sequencer.as_ref().map_or_else(
        || format!("(object_key = {key} AND event_time > {time})"),
        |sequencer| {
            let sequencer = literal(&sequencer.padded());
            format!("(object_key = {key} AND (sequencer > {sequencer} OR (sequencer IS NULL AND event_time > {time})))")
        },
    );
    let newer = match &request.dataset.mode {
        LoadMode::Append => return None,
        LoadMode::Merge { .. } => newer_version,
        LoadMode::Replace { .. } | LoadMode::Truncate => {
            let tie = upload.sequencer.as_ref().map_or_else(String::new, |sequencer| {
                format!(" OR (event_time = {time} AND sequencer > {})", literal(&sequencer.padded()))
            });
            format!("({newer_version} OR (object_key <> {key} AND (event_time > {time}{tie})))")
        }
    };
    let condition = format!(
        "dataset = {} AND slice IN ({}) AND bucket = {} AND trusted AND {newer}",
        literal(request.dataset.name.as_str()),
        slice::texts(request),
        literal(&upload.bucket),
    );
    Some(fails_when_found("superseded", &condition))
}

fn fails_when_found(word: &str, condition: &str) -> String {
    format!(
        "SELECT CAST(CASE WHEN COUNT(*) > 0 THEN '{word} at ' || CAST(MAX(loaded_at) AS VARCHAR) ELSE '0' END AS INTEGER) \
         FROM landfall.loads WHERE {condition}"
    )
}
