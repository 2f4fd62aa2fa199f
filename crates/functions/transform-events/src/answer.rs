use base64_simd::STANDARD;

use crate::incoming::{Incoming, IncomingRecord};
use crate::members::{is_plain, push_plain, push_string};
use crate::transform::{Decision, Lines, Reason};

/// An answer may have 6 MB (developer guide of Firehose, "Transform source data"); read as 6,000,000 bytes, which is safe either way.
pub const RESPONSE_BYTES_MAX: usize = 6_000_000;

/// Everything around the records.
const FRAME: &str = r#"{"records":[]}"#;

/// Everything of a record but its values, and the comma behind it.
const RECORD_FRAME: &str =
    r#"{"recordId":,"result":"ProcessingFailed","data":"","metadata":{"partitionKeys":{"table":"","date":""}}},"#;

/// What Firehose is answered: every record of its event once, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// One per record of the event.
    pub records: Vec<Answered>,
}

/// What Firehose is answered about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The record's id.
    pub record_id: String,
    /// What became of it.
    pub result: Outcome,
    /// In base64: the lines of a record that is `Ok`, the record itself when it failed (as far as there is room: Firehose has it anyway),
    /// else nothing.
    pub data: String,
    /// Only of a record that is `Ok`.
    pub metadata: Option<Metadata>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is delivered.
    Ok,
    /// It is left out.
    Dropped,
    /// It goes, as it came, under the error prefix.
    ProcessingFailed,
}

/// What dynamic partitioning reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The keys of the prefix.
    pub partition_keys: PartitionKeys,
}

/// `!{partitionKeyFromLambda:table}` and `!{partitionKeyFromLambda:date}` of the delivery stream's prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionKeys {
    /// The table.
    pub table: String,
    /// The day, UTC, as `2015-12-10`.
    pub date: String,
}

impl Answer {
    /// The answer's JSON, as Firehose reads it.
    pub fn to_json(&self) -> String {
        let bytes = |record: &Answered| RECORD_FRAME.len() + 64 + record.record_id.len() + record.data.len();
        let mut out = String::with_capacity(FRAME.len() + self.records.iter().map(bytes).sum::<usize>());
        out.push_str(r#"{"records":["#);
        for (at, record) in self.records.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            record.write(&mut out);
        }
        out.push_str("]}");
        out
    }
}

impl Answered {
    fn write(&self, out: &mut String) {
        out.push_str(r#"{"recordId":"#);
        push_string(out, &self.record_id);
        out.push_str(r#","result":""#);
        out.push_str(self.result.name());
        out.push_str(r#"","data":"#);
        match self.result {
            // Base64 has nothing that JSON escapes.
            Outcome::Ok => {
                push_plain(out, &self.data);
            }
            Outcome::Dropped | Outcome::ProcessingFailed => push_string(out, &self.data),
        }
        if let Some(Metadata { partition_keys: PartitionKeys { table, date } }) = &self.metadata {
            out.push_str(r#","metadata":{"partitionKeys":{"table":"#);
            push_string(out, table);
            out.push_str(r#","date":"#);
            push_string(out, date);
            out.push_str("}}");
        }
        out.push('}');
    }
}

impl Outcome {
    /// As Firehose calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "Ok",
            Self::Dropped => "Dropped",
            Self::ProcessingFailed => "ProcessingFailed",
        }
    }
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
    let answered = |(record, decision): (&IncomingRecord<'_>, &Decision)| {
        let record_id = record.id().unwrap_or_default().to_owned();
        let (result, data, metadata) = match decision {
            Decision::Ok(lines) => (Outcome::Ok, STANDARD.encode_to_string(&lines.text), Some(metadata(lines))),
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
    if is_plain(text) { text.len() + 2 } else { serde_json::to_string(text).map_or(0, |json| json.len()) }
}

#[cfg(test)]
mod tests;
