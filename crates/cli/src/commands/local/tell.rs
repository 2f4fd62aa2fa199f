//! What happens, line by line.

use cloud_local::Delivery;
use cloud_local::folder::Progress;
use loads::{LoadOutcome, OutcomeKind};

use crate::output::{bytes, duration, line, thousands};

/// What became of a file of the watched folder.
pub(super) fn progress(progress: &Progress) {
    match progress {
        Progress::Uploaded { key, bytes: size, .. } => line(format!("uploaded   {key}  {}", bytes(*size))),
        Progress::Refused { key, reason } => line(format!("refused    {key}  {reason}")),
        Progress::Failed { key, reason } => line(format!("failed     {key}  {reason}; it is tried again")),
        Progress::Unnameable { path } => {
            line(format!("skipped    {}  its name is not UTF-8: rename it", path.display()))
        }
        Progress::Outside { link } => {
            line(format!("skipped    {}  this link leads out of the folder: copy what it leads to", link.display()));
        }
        Progress::Interrupted { reason } => line(format!("rereading the folder: {reason}")),
        _ => {}
    }
}

/// What became of an upload.
pub(super) fn outcome(detail: &serde_json::Value) {
    let Ok(outcome) = serde_json::from_value::<LoadOutcome>(detail.clone()) else { return };
    match outcome.outcome {
        OutcomeKind::Loaded => line(format!(
            "loaded     {}  {} rows into {} in {}",
            outcome.upload.key,
            outcome.rows.map_or_else(|| "?".to_owned(), thousands),
            outcome.table,
            outcome.duration_ms.map_or_else(|| "?".to_owned(), |ms| duration(ms.into())),
        )),
        _ => line(format!("{outcome}")),
    }
}

/// What became of a message, where that is no success.
pub(super) fn delivery(delivery: &Delivery) {
    match delivery {
        Delivery::GivenUp { target, id, tries, error, .. } => {
            line(format!("given up   message {id} of {target} after {tries} tries: {error}"));
        }
        Delivery::Failed { target, tries, error, .. } => {
            line(format!("failed     {target}, try {tries}: {error}; it is tried again"));
        }
        Delivery::Unreachable { target, error } => {
            line(format!("waiting    {target} cannot be read: {error}; it is tried again"));
        }
        _ => {}
    }
}
