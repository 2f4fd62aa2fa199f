//! What the first release wrote is read; what a later one wrote is not.

use serde::de::DeserializeOwned;

use super::*;
use crate::outcome::OutcomeKind;

const LOAD: &str = include_str!("first-release/load.json");
const OUTCOME: &str = include_str!("first-release/outcome.json");
/// The outcome of a manual event whose object was gone.
const REFUSED: &str = include_str!("first-release/refused.json");

/// Reads a record of the first release; writes it, with the format and otherwise as it was; reads it with a newer format.
fn check<T: DeserializeOwned + Serialize>(first_release: &str) -> T {
    let record: T = serde_json::from_str(first_release).unwrap();
    let written = to_json(&record);
    assert_eq!(written, first_release.trim_end().replacen('{', "{\n  \"format\": 1,", 1));
    let newer = written.replacen("\"format\": 1", "\"format\": 2", 1);
    let error = serde_json::from_str::<T>(&newer).err().unwrap().to_string();
    assert!(error.starts_with("format 2 is newer than this release reads (1)"), "{error}");
    record
}

#[test]
fn a_record_of_the_first_release_is_read() {
    let record: LoadRecord = check(LOAD);
    assert_eq!((record.upload.url().as_str(), record.upload.size), ("s3://landing/months/2015-02.csv", 29));
    assert_eq!(record.plan.name, format!("landfall/load/months/{}/1", record.upload.id()));
    assert_eq!(record.plan.steps.len(), 11);
}

#[test]
fn an_outcome_of_the_first_release_is_read() {
    let outcome: LoadOutcome = check(OUTCOME);
    assert_eq!((outcome.outcome, outcome.lines[0].line), (OutcomeKind::Unreadable, Some(2)));
    let refused: LoadOutcome = check(REFUSED);
    assert_eq!((refused.outcome, refused.upload.complete()), (OutcomeKind::Refused, None));
}
