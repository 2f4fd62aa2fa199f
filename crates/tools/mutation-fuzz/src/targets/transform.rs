use std::cell::Cell;

use event_lake::Instant;
use serde_json::Value;
use transform_events::{Decision, PrivacyKey, Record, Rules, transform};

use super::{Skipped, Target, WORDS, declared, events, hash};

/// Names of folders in the lake are no longer.
const TABLE_BYTES_MAX: usize = 80;

/// Firehose's records.
pub(super) struct Transform {
    rules: Rules,
    arrival: Option<Instant>,
    outcomes: [Cell<u64>; 3],
}

impl Transform {
    pub(super) fn new() -> Result<Self, Skipped> {
        let key = PrivacyKey::new("0123456789abcdef0123456789abcdef".to_owned());
        let rules = Rules::new(&declared()?, Some(key)).map_err(|error| Skipped(error.to_string()))?;
        Ok(Self { rules, arrival: Instant::from_millis(1_728_000_000_000), outcomes: Default::default() })
    }

    fn outcome(&self, which: usize) {
        self.outcomes[which].set(self.outcomes[which].get() + 1);
    }
}

impl Target for Transform {
    fn name(&self) -> &'static str {
        "transform"
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        let events = events(2_000);
        let pairs = events.chunks(3).map(|several| several.join(&b'\n')).take(300).collect();
        [events, pairs].concat()
    }

    fn dictionary(&self) -> &[&'static [u8]] {
        WORDS
    }

    fn run(&self, input: &[u8]) -> Result<u64, String> {
        // Without the stream's time the event's own has to do.
        let arrival = if input.len().is_multiple_of(2) { self.arrival } else { None };
        let lines = match transform(&self.rules, &Record { origin: "shard:1", data: input, arrival }) {
            Decision::Ok(lines) => lines,
            Decision::Dropped => {
                self.outcome(1);
                return match input.iter().all(|byte| b" \t\r\n\xef\xbb\xbf".contains(byte)) {
                    true => Ok(0),
                    false => Err("something was dropped".to_owned()),
                };
            }
            Decision::Failed(reason) => {
                self.outcome(2);
                return Ok(hash(&reason.to_string()));
            }
        };
        self.outcome(0);
        if !lines.text.ends_with('\n') || lines.text.lines().count() != lines.events || lines.events == 0 {
            return Err(format!("{} lines for {} events", lines.text.lines().count(), lines.events));
        }
        lines.text.lines().try_for_each(is_event)?;
        is_table(&lines.table)?;
        is_day(&lines.date)?;
        let again = transform(&self.rules, &Record { origin: "shard:2", data: lines.text.as_bytes(), arrival });
        match again {
            Decision::Ok(again)
                if (&again.table, &again.date, again.events) == (&lines.table, &lines.date, lines.events) => {}
            // Larger than a record may be, because an escape has become longer.
            Decision::Failed(transform_events::Reason::TooLarge { .. }) => {}
            other => {
                return Err(format!(
                    "what was delivered becomes something else when it is read again: {other:?}, from {lines:?}"
                ));
            }
        }
        Ok(hash(&(&lines.text, &lines.table, &lines.date)))
    }

    fn tally(&self) -> String {
        let [ok, dropped, failed] = &self.outcomes;
        format!("{} delivered, {} dropped, {} quarantined", ok.get(), dropped.get(), failed.get())
    }
}

fn is_event(line: &str) -> Result<(), String> {
    let event: Value = serde_json::from_str(line).map_err(|error| format!("expected a line of JSON: {error}"))?;
    let is_text = |name: &str| event.get(name).is_some_and(Value::is_string);
    let has_id = is_text("messageId") || event.get("messageId").is_some_and(Value::is_number);
    let is_whole = event.is_object() && is_text("type") && is_text("timestamp") && has_id;
    if is_whole { Ok(()) } else { Err("a line lacks type, timestamp or messageId: see the output".to_owned()) }
}

fn is_table(table: &str) -> Result<(), String> {
    let is_safe = table.starts_with(|first: char| first.is_ascii_lowercase())
        && table.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
        && table.len() <= TABLE_BYTES_MAX;
    if is_safe { Ok(()) } else { Err(format!("expected a table's name, found {table:?}")) }
}

fn is_day(date: &str) -> Result<(), String> {
    let is_date = date.len() == 10 && date.parse::<chrono::NaiveDate>().is_ok();
    if is_date { Ok(()) } else { Err(format!("expected a day, found {date:?}")) }
}
