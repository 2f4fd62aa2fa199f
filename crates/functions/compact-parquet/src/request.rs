//! What an invocation asks for.

use serde_json::Value;

use crate::error::Error;

/// Which days to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// All that are over.
    Scheduled,
    /// One, by hand.
    Day {
        /// The table.
        table: String,
        /// The day, as `2015-12-10`.
        date: String,
    },
}

impl Request {
    /// A person's `{"table": ..., "date": ...}`; any other event is a schedule's.
    pub(crate) fn read(event: &Value) -> Result<Self, Error> {
        let text = |name: &str| event.get(name).map(|value| value.as_str().unwrap_or_default().to_owned());
        match (text("table"), text("date")) {
            (None, None) => Ok(Self::Scheduled),
            (Some(table), Some(date)) if !table.is_empty() && is_day(&date) => Ok(Self::Day { table, date }),
            _ => Err(Error::Request),
        }
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_are_schedules_or_name_a_day() {
        let check = |event: Value, expected: Option<Request>| {
            assert_eq!(Request::read(&event).ok(), expected, "{event}");
        };
        check(json!({}), Some(Request::Scheduled));
        check(json!({ "detail-type": "Scheduled Event", "detail": {} }), Some(Request::Scheduled));
        let day = Request::Day { table: "posts".into(), date: "2026-01-02".into() };
        check(json!({ "table": "posts", "date": "2026-01-02" }), Some(day));
        check(json!({ "table": "posts" }), None);
        check(json!({ "table": "posts", "date": "yesterday" }), None);
        check(json!({ "table": 1, "date": "2026-01-02" }), None);
    }
}
