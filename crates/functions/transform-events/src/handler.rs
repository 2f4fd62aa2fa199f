use base64_simd::{STANDARD, STANDARD_NO_PAD};
use function::{Metric, Unit};

use crate::answer::{self, Answer, RESPONSE_BYTES_MAX};
use crate::context::Context;
use crate::error::Error;
use crate::incoming::{Incoming, IncomingRecord};
use crate::transform::{Decision, Reason, Record, transform};

/// Answers every record of Firehose's event, once and in its order. One bad record never costs another.
///
/// # Errors
/// Only for an event that is not Firehose's.
pub fn handle(context: &Context, event: &str) -> Result<Answer, Error> {
    let incoming = Incoming::read(event)?;
    let mut data = Vec::new();
    let mut decisions: Vec<Decision> =
        incoming.records.iter().map(|record| decide(context, record, &mut data)).collect();
    let answer = answer::assemble(&incoming, &mut decisions, RESPONSE_BYTES_MAX);
    report(context, &incoming, &decisions);
    Ok(answer)
}

/// `data` is room for the record's bytes.
fn decide(context: &Context, record: &IncomingRecord<'_>, data: &mut Vec<u8>) -> Decision {
    let Some(text) = record.data() else { return Decision::Failed(Reason::NoData) };
    data.clear();
    if !decode(text, data) {
        return Decision::Failed(Reason::NotBase64);
    }
    transform(&context.rules, &Record { origin: record.origin(), data, arrival: record.arrival() })
}

/// Appends what the text stands for; whether it is base64. Firehose pads; who replays a record by hand may not.
fn decode(text: &str, data: &mut Vec<u8>) -> bool {
    let base64 = if text.len().is_multiple_of(4) { STANDARD } else { STANDARD_NO_PAD };
    base64.decode_append(text, data).is_ok()
}

/// A record's reason is logged, never its body.
fn report(context: &Context, incoming: &Incoming<'_>, decisions: &[Decision]) {
    let (mut ok, mut events, mut dropped, mut failed) = (0, 0, 0, 0);
    for (record, decision) in incoming.records.iter().zip(decisions) {
        match decision {
            Decision::Ok(lines) => {
                ok += 1;
                events += lines.events;
            }
            Decision::Dropped => dropped += 1,
            Decision::Failed(reason) => {
                failed += 1;
                let reason = function::chain(reason);
                tracing::warn!(
                    record.id = record.id(),
                    record.origin = %record.origin(),
                    reason,
                    "kept under the error prefix"
                );
            }
        }
    }
    // Counts of one event are far below 2^53.
    #[expect(clippy::cast_precision_loss)]
    let count = |name, value: usize| Metric { name, unit: Unit::Count, value: value as f64 };
    context.metrics.put(
        &[("Stream", incoming.stream().unwrap_or("unknown"))],
        &[
            count("RecordsOk", ok),
            count("RecordsDropped", dropped),
            count("RecordsFailed", failed),
            count("Events", events),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_and_without_padding_and_strictly() {
        let check = |text: &str, expected: Option<&[u8]>| {
            let mut data = Vec::new();
            assert_eq!(decode(text, &mut data).then_some(data).as_deref(), expected, "{text}");
        };
        check("", Some(b""));
        check("eA==", Some(b"x"));
        check("eA", Some(b"x"));
        check("eHg=", Some(b"xx"));
        check("eHg", Some(b"xx"));
        check("eHh4", Some(b"xxx"));
        check(&"eHh4".repeat(40), Some(&b"xxx".repeat(40)));
        let long = "eHh4".repeat(20);
        let late = [format!("{long}!{long}"), format!("{long}==={long}=")];
        let late = late.iter().map(String::as_str);
        for wrong in
            ["e", "eA=", "eHh4=", "e===", "====", "=", "eB==", "eHh=", "eB", "e H4", "eHh4\n", "eH_4", "eA==eA==", "é"]
                .into_iter()
                .chain(late)
        {
            check(wrong, None);
        }
    }
}
