use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::incoming::Incoming;
use crate::transform::{Decision, Lines, Reason};

/// An answer may have 6 MB (developer guide of Firehose, "Transform source data"); read as 6,000,000 bytes, which is safe either way.
pub const RESPONSE_BYTES_MAX: usize = 6_000_000;

/// Everything around the records.
const FRAME: &str = r#"{"records":[]}"#;

/// Everything of a record but its values, and the comma behind it.
const RECORD_FRAME: &str =
    r#"{"recordId":,"result":"ProcessingFailed","data":"","metadata":{"partitionKeys":{"table":"","date":""}}},"#;

/// What Firehose is answered: every record of its event once, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// One per record of the event.
    pub records: Vec<Answered>,
}

/// What Firehose is answered about one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The record's id.
    #[serde(rename = "recordId")]
    pub record_id: String,
    /// What became of it.
    pub result: Outcome,
    /// In base64: the lines of a record that is `Ok`, the record itself when it failed (as far as there is room: Firehose has it anyway),
    /// else nothing.
    pub data: String,
    /// Only of a record that is `Ok`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// It is delivered.
    Ok,
    /// It is left out.
    Dropped,
    /// It goes, as it came, under the error prefix.
    ProcessingFailed,
}

/// What dynamic partitioning reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// The keys of the prefix.
    #[serde(rename = "partitionKeys")]
    pub partition_keys: PartitionKeys,
}

/// `!{partitionKeyFromLambda:table}` and `!{partitionKeyFromLambda:date}` of the delivery stream's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionKeys {
    /// The table.
    pub table: String,
    /// The day, UTC, as `2015-12-10`.
    pub date: String,
}

/// Turns decisions, one per record of the event, into the answer. Lines for which there is no room become a failure of their record, so that
/// it is kept under the error prefix; an answer that is too large would fail the whole batch.
pub(crate) fn assemble(incoming: &Incoming<'_>, decisions: &mut [Decision], room: usize) -> Answer {
    let ids = incoming.records.iter().map(|record| record.id().unwrap_or_default());
    let frames: usize = ids.clone().map(|id| RECORD_FRAME.len() + json_len(id)).sum();
    let mut room = room.saturating_sub(FRAME.len() + frames);
    for decision in decisions.iter_mut() {
        if let Decision::Ok(lines) = decision {
            let bytes = lines_len(lines);
            match room.checked_sub(bytes) {
                Some(left) => room = left,
                None => *decision = Decision::Failed(Reason::NoRoom { bytes }),
            }
        }
    }
    let answered = |(record, decision): (&crate::incoming::IncomingRecord<'_>, &Decision)| {
        let record_id = record.id().unwrap_or_default().to_owned();
        let (result, data, metadata) = match decision {
            Decision::Ok(lines) => (Outcome::Ok, STANDARD.encode(&lines.text), Some(metadata(lines))),
            Decision::Dropped => (Outcome::Dropped, String::new(), None),
            Decision::Failed(_) => {
                let data = record.data().filter(|data| json_len(data) <= room).unwrap_or_default();
                room -= json_len(data).min(room);
                (Outcome::ProcessingFailed, data.to_owned(), None)
            }
        };
        Answered { record_id, result, data, metadata }
    };
    Answer { records: incoming.records.iter().zip(&*decisions).map(answered).collect() }
}

fn metadata(lines: &Lines) -> Metadata {
    Metadata { partition_keys: PartitionKeys { table: lines.table.clone(), date: lines.date.clone() } }
}

fn lines_len(lines: &Lines) -> usize {
    lines.text.len().div_ceil(3) * 4 + lines.table.len() + lines.date.len()
}

/// The length of a text in JSON, quotes included.
fn json_len(text: &str) -> usize {
    serde_json::to_string(text).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests;
