use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// The namespace of all metrics.
const NAMESPACE: &str = "Landfall";

/// Where metrics go, chosen by whoever builds a function's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metrics {
    /// One line of JSON on standard output: Lambda hands it to CloudWatch.
    Stdout,
    /// Nowhere: for functions that run inside another program, whose output a person reads.
    Discard,
}

/// A number of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name, for instance `RowsLoaded`.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Its value.
    pub value: f64,
}

/// CloudWatch's names of the units in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// How long.
    Milliseconds,
}

impl Metrics {
    /// Writes metrics under dimensions.
    pub fn put(self, dimensions: &[(&str, &str)], metrics: &[Metric]) {
        if self == Self::Discard {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let line = embedded(u64::try_from(now).unwrap_or_default(), dimensions, metrics);
        // A metric that cannot be written must not fail a load.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

/// CloudWatch user guide, "Embedded metric format specification".
fn embedded(now_ms: u64, dimensions: &[(&str, &str)], metrics: &[Metric]) -> Value {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let definitions: Vec<Value> = metrics.iter().map(|m| json!({ "Name": m.name, "Unit": m.unit.as_str() })).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": definitions }],
        }),
    );
    line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    line.extend(metrics.iter().map(|m| (m.name.to_owned(), json!(m.value))));
    Value::Object(line)
}

impl Unit {
    fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_the_embedded_format() {
        let metrics = [Metric { name: "RowsLoaded", unit: Unit::Count, value: 46.0 }];
        assert_eq!(
            embedded(1_700_000_000_000, &[("Dataset", "flights")], &metrics).to_string(),
            r#"{"Dataset":"flights","RowsLoaded":46.0,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["Dataset"]],"Metrics":[{"Name":"RowsLoaded","Unit":"Count"}],"Namespace":"Landfall"}],"Timestamp":1700000000000}}"#
        );
    }
}
