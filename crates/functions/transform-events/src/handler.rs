use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use telemetry::{Metric, Unit};

use crate::answer::{self, Answer, RESPONSE_BYTES_MAX};
use crate::context::Context;
use crate::error::Error;
use crate::incoming::{Incoming, IncomingRecord};
use crate::transform::{Decision, Reason, Record, transform};

/// Firehose pads; who replays a record by hand may not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Answers every record of Firehose's event, once and in its order. One bad record never costs another.
///
/// # Errors
/// Only for an event that is not Firehose's.
pub fn handle(context: &Context, event: &str) -> Result<Answer, Error> {
    let incoming = Incoming::read(event)?;
    let mut decisions: Vec<Decision> = incoming.records.iter().map(|record| decide(context, record)).collect();
    let answer = answer::assemble(&incoming, &mut decisions, RESPONSE_BYTES_MAX);
    report(context, &incoming, &decisions);
    Ok(answer)
}

fn decide(context: &Context, record: &IncomingRecord<'_>) -> Decision {
    let Some(data) = record.data() else { return Decision::Failed(Reason::NoData) };
    let Ok(data) = BASE64.decode(data) else { return Decision::Failed(Reason::NotBase64) };
    let origin = record.origin();
    transform(&context.rules, &Record { origin: &origin, data: &data, arrival: record.arrival() })
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
                let reason = telemetry::chain(reason);
                tracing::warn!(
                    record.id = record.id(),
                    record.origin = record.origin(),
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
