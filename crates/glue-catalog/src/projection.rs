//! Partition projection: Athena works out the partitions from the table's parameters, and does not ask for them.
//!
//! Athena user guide, "Supported types for partition projection". Outside the range a query finds nothing, without an error.

use std::collections::HashMap;

use aws_sdk_glue::types::Table;

use crate::recipe::PARTITION_KEY;

const ENABLED: &str = "projection.enabled";

/// Whether Athena works out a table's partitions: it ignores their locations then.
pub fn is_projected(table: &Table) -> bool {
    table
        .parameters()
        .is_some_and(|parameters| parameters.get(ENABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")))
}

/// What a table's parameters lack, so that its days from `first` on are found. What others set stays, but for a range that begins
/// after `first`.
pub(crate) fn missing(
    parameters: Option<&HashMap<String, String>>,
    location: &str,
    first: &str,
) -> HashMap<String, String> {
    let value = |name: &str| parameters.and_then(|parameters| parameters.get(name));
    let range = format!("projection.{PARTITION_KEY}.range");
    if value(ENABLED).is_some() {
        let begins = value(&range).and_then(|range| range.split_once(','));
        return match begins {
            Some((begin, end)) if is_day(begin.trim()) && first < begin.trim() => {
                HashMap::from([(range, format!("{first},{end}"))])
            }
            _ => HashMap::new(),
        };
    }
    HashMap::from([
        (ENABLED.to_owned(), "true".to_owned()),
        (format!("projection.{PARTITION_KEY}.type"), "date".to_owned()),
        (format!("projection.{PARTITION_KEY}.format"), "yyyy-MM-dd".to_owned()),
        (range, format!("{first},NOW+1DAY")),
        (format!("projection.{PARTITION_KEY}.interval"), "1".to_owned()),
        (format!("projection.{PARTITION_KEY}.interval.unit"), "DAYS".to_owned()),
        ("storage.location.template".to_owned(), format!("{location}{PARTITION_KEY}=${{{PARTITION_KEY}}}/")),
    ])
}

/// Only a range that begins with a day can be compared; others, for instance `NOW-3YEARS`, were chosen by a person.
fn is_day(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(map: &HashMap<String, String>) -> Vec<String> {
        let mut lines: Vec<String> = map.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.sort();
        lines
    }

    #[test]
    fn projection_is_added_once_and_begins_early_enough() {
        let new = missing(None, "s3://lake/web/transformed/posts/", "2026-01-02");
        insta::assert_snapshot!(sorted(&new).join("\n"), @r"
        projection.dt.format=yyyy-MM-dd
        projection.dt.interval.unit=DAYS
        projection.dt.interval=1
        projection.dt.range=2026-01-02,NOW+1DAY
        projection.dt.type=date
        projection.enabled=true
        storage.location.template=s3://lake/web/transformed/posts/dt=${dt}/
        ");
        let check = |range: &str, first: &str, expected: &[&str]| {
            let mut set = new.clone();
            set.insert("projection.dt.range".to_owned(), range.to_owned());
            assert_eq!(sorted(&missing(Some(&set), "s3://x/", first)), expected, "{range} {first}");
        };
        check("2026-01-02,NOW+1DAY", "2026-01-02", &[]);
        check("2026-01-02,NOW+1DAY", "2026-02-02", &[]);
        check("2026-01-02,NOW+1DAY", "2025-12-31", &["projection.dt.range=2025-12-31,NOW+1DAY"]);
        check("NOW-3YEARS,NOW", "2019-12-31", &[]);
        let off = HashMap::from([("projection.enabled".to_owned(), "false".to_owned())]);
        assert_eq!(missing(Some(&off), "s3://x/", "2026-01-02"), HashMap::new(), "somebody switched it off");
    }
}
