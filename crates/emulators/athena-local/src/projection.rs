//! Partition projection: the partitions that a table's parameters define.
//!
//! From the Athena user guide, "Partition projection" and "Supported types for partition projection". Dates are UTC. A key without its
//! parameters is an error, as in Athena.

mod dates;

use std::collections::HashMap;

use crate::catalog::{Partition, Table, refused};
use crate::error::Error;

/// More partitions than this are a mistake in a range.
const MOST_PARTITIONS: usize = 1_000_000;

/// Whether Athena projects the table's partitions, and so ignores the registered ones.
pub(crate) fn is_enabled(table: &Table) -> bool {
    !table.keys.is_empty()
        && table.parameters.get("projection.enabled").is_some_and(|on| on.eq_ignore_ascii_case("true"))
}

/// The projected partitions. `injected` holds the values that the query states for keys that the table does not bound.
pub(crate) fn partitions(table: &Table, injected: &HashMap<String, Vec<String>>) -> Result<Vec<Partition>, Error> {
    let mut values: Vec<Vec<String>> = vec![Vec::new()];
    for (key, _) in &table.keys {
        let of_key = values_of(table, key, injected)?;
        if values.len().saturating_mul(of_key.len()) > MOST_PARTITIONS {
            let property = format!("projection.{key}.range");
            let remedy = format!("at most {MOST_PARTITIONS} partitions are projected here: narrow the range");
            return Err(refused(&table.name, &property, &text(table, &property), &remedy));
        }
        let longer = |start: &Vec<String>| {
            let start = start.clone();
            of_key.iter().map(move |value| start.iter().chain([value]).cloned().collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        values = values.iter().flat_map(longer).collect();
    }
    values.into_iter().map(|values| Ok(Partition { location: location(table, &values)?, values })).collect()
}

fn values_of(table: &Table, key: &str, injected: &HashMap<String, Vec<String>>) -> Result<Vec<String>, Error> {
    let kind = parameter(table, key, "type")?;
    match kind.as_str() {
        "enum" => Ok(parameter(table, key, "values")?.split(',').map(|value| value.trim().to_owned()).collect()),
        "integer" => integers(table, key),
        "date" => dates::values(table, key),
        "injected" => injected.get(key).filter(|values| !values.is_empty()).cloned().ok_or_else(|| {
            let remedy = "the WHERE clause must compare the key with = or IN, and with literals only";
            refused(&table.name, &format!("projection.{key}.type"), &kind, remedy)
        }),
        _ => {
            let property = format!("projection.{key}.type");
            Err(refused(&table.name, &property, &kind, "the types are enum, integer, date and injected"))
        }
    }
}

fn integers(table: &Table, key: &str) -> Result<Vec<String>, Error> {
    let range = parameter(table, key, "range")?;
    let bounds =
        range.split_once(',').and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
    let (from, to): (i64, i64) = bounds.ok_or_else(|| {
        refused(&table.name, &format!("projection.{key}.range"), &range, "two integers are expected, such as 1,12")
    })?;
    let step = text(table, &format!("projection.{key}.interval")).parse().unwrap_or(1).max(1);
    let digits = text(table, &format!("projection.{key}.digits")).parse().unwrap_or(0);
    let numbers = (from..=to).step_by(step).take(MOST_PARTITIONS + 1);
    Ok(numbers.map(|number| format!("{number:0digits$}")).collect())
}

/// The template with the values put in, or the folders that Hive names.
fn location(table: &Table, values: &[String]) -> Result<String, Error> {
    let keys = table.keys.iter().map(|(key, _)| key).zip(values);
    if let Some(template) = table.parameters.get("storage.location.template") {
        return Ok(keys.fold(template.clone(), |place, (key, value)| place.replace(&format!("${{{key}}}"), value)));
    }
    let Some(place) = &table.location else {
        return Err(refused(
            &table.name,
            "Location",
            "missing",
            "a table needs a location or storage.location.template",
        ));
    };
    let place = place.trim_end_matches('/').to_owned();
    Ok(keys.fold(place, |place, (key, value)| format!("{place}/{key}={value}")) + "/")
}

/// A parameter of a key, which must be there.
fn parameter(table: &Table, key: &str, name: &str) -> Result<String, Error> {
    let property = format!("projection.{key}.{name}");
    let remedy = "every partition key needs its parameters when projection is enabled";
    table.parameters.get(&property).cloned().ok_or_else(|| refused(&table.name, &property, "missing", remedy))
}

fn text(table: &Table, property: &str) -> String {
    table.parameters.get(property).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hive::HiveType;
    use crate::statement::TableName;

    fn check(keys: &[&str], parameters: &[(&str, &str)], expected: &str) {
        let table = Table {
            name: TableName { database: "d".to_owned(), name: "t".to_owned() },
            columns: Vec::new(),
            keys: keys.iter().map(|key| ((*key).to_owned(), HiveType::Text)).collect(),
            location: Some("s3://b/t".to_owned()),
            parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let injected = HashMap::from([("id".to_owned(), vec!["7".to_owned()])]);
        let answer = match partitions(&table, &injected) {
            Ok(partitions) => partitions.into_iter().map(|partition| partition.location).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer, expected);
    }

    #[test]
    fn partitions_are_projected() {
        let days = [
            ("projection.dt.type", "date"),
            ("projection.dt.range", "2024-02-28,2024-03-01"),
            ("projection.dt.format", "yyyy-MM-dd"),
        ];
        check(&["dt"], &days, "s3://b/t/dt=2024-02-28/ s3://b/t/dt=2024-02-29/ s3://b/t/dt=2024-03-01/");
        let hours = [
            ("projection.dt.type", "date"),
            ("projection.dt.range", "2024/01/31/23,2024/02/01/01"),
            ("projection.dt.format", "yyyy/MM/dd/HH"),
            ("projection.dt.interval", "1"),
            ("projection.dt.interval.unit", "HOURS"),
            ("storage.location.template", "s3://b/raw/${dt}/"),
        ];
        check(&["dt"], &hours, "s3://b/raw/2024/01/31/23/ s3://b/raw/2024/02/01/00/ s3://b/raw/2024/02/01/01/");
        let two = [
            ("projection.a.type", "enum"),
            ("projection.a.values", "x, y"),
            ("projection.n.type", "integer"),
            ("projection.n.range", "9,11"),
            ("projection.n.interval", "2"),
            ("projection.n.digits", "2"),
        ];
        check(&["a", "n"], &two, "s3://b/t/a=x/n=09/ s3://b/t/a=x/n=11/ s3://b/t/a=y/n=09/ s3://b/t/a=y/n=11/");
        check(&["id"], &[("projection.id.type", "injected")], "s3://b/t/id=7/");
    }

    #[test]
    fn a_key_without_its_parameters_is_an_error() {
        check(
            &["dt"],
            &[("projection.dt.type", "date")],
            "the table d.t cannot be read: its projection.dt.range is \"missing\"; every partition key needs its parameters when projection is enabled",
        );
        check(
            &["dt"],
            &[("projection.dt.type", "dates")],
            "the table d.t cannot be read: its projection.dt.type is \"dates\"; the types are enum, integer, date and injected",
        );
    }
}
