//! Dates of a range, in Java's patterns: `yyyy-MM-dd`, `NOW-3YEARS,NOW`.

use chrono::{DateTime, Duration, Months, NaiveDate, NaiveDateTime, Utc};

use super::{MOST_PARTITIONS, parameter, text};
use crate::catalog::{Table, refused};
use crate::error::Error;

/// The values of a key of the type `date`.
pub(super) fn values(table: &Table, key: &str) -> Result<Vec<String>, Error> {
    let range = parameter(table, key, "range")?;
    let pattern = parameter(table, key, "format")?;
    let format = strftime(&pattern);
    let remedy = "a range in the format is expected, such as 2024-01-01,NOW or NOW-3YEARS,NOW";
    let unreadable = || refused(&table.name, &format!("projection.{key}.range"), &range, remedy);
    let (from, to) = range.split_once(',').ok_or_else(unreadable)?;
    let now = Utc::now();
    let from = bound(from.trim(), &format, now).ok_or_else(unreadable)?;
    let to = bound(to.trim(), &format, now).ok_or_else(unreadable)?;
    let unit = text(table, &format!("projection.{key}.interval.unit"));
    let unit = if unit.is_empty() { smallest_unit(&pattern) } else { &unit };
    let step = text(table, &format!("projection.{key}.interval")).parse().unwrap_or(1);
    let mut values: Vec<String> = Vec::new();
    let mut number = 0;
    while let Some(moment) = moved(from, number, unit).filter(|moment| *moment <= to) {
        let value = moment.format(&format).to_string();
        if values.last() != Some(&value) {
            values.push(value);
        }
        number += i64::max(step, 1);
        if values.len() > MOST_PARTITIONS {
            break;
        }
    }
    Ok(values)
}

/// A date in the format, or `NOW`, perhaps with an offset.
fn bound(text: &str, format: &str, now: DateTime<Utc>) -> Option<NaiveDateTime> {
    let compact: String = text.chars().filter(|one| !one.is_whitespace()).collect();
    let Some(offset) = compact.strip_prefix("NOW") else { return date(text, format) };
    if offset.is_empty() {
        return Some(now.naive_utc());
    }
    let digits = offset.len() - offset.trim_start_matches(|one: char| "+-".contains(one) || one.is_ascii_digit()).len();
    let (number, unit) = offset.split_at(digits);
    moved(now.naive_utc(), number.parse().ok()?, unit)
}

/// A date of which the format may leave out the smaller parts.
fn date(text: &str, format: &str) -> Option<NaiveDateTime> {
    let full = |missing: &str, format_of_missing: &str| {
        NaiveDateTime::parse_from_str(&format!("{text}{missing}"), &format!("{format}{format_of_missing}")).ok()
    };
    full("", "")
        .or_else(|| full(" 00", " %M"))
        .or_else(|| NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0))
        .or_else(|| full(" 01 00:00", " %d %H:%M"))
        .or_else(|| full(" 01-01 00:00", " %m-%d %H:%M"))
}

fn moved(from: NaiveDateTime, number: i64, unit: &str) -> Option<NaiveDateTime> {
    let months = |months: i64| {
        let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        if months < 0 { from.checked_sub_months(count) } else { from.checked_add_months(count) }
    };
    match unit.to_uppercase().trim_end_matches('S') {
        "YEAR" => months(number.checked_mul(12)?),
        "MONTH" => months(number),
        "WEEK" => from.checked_add_signed(Duration::try_weeks(number)?),
        "DAY" => from.checked_add_signed(Duration::try_days(number)?),
        "HOUR" => from.checked_add_signed(Duration::try_hours(number)?),
        "MINUTE" => from.checked_add_signed(Duration::try_minutes(number)?),
        "SECOND" => from.checked_add_signed(Duration::try_seconds(number)?),
        _ => None,
    }
}

fn smallest_unit(pattern: &str) -> &'static str {
    let units = [('s', "SECONDS"), ('m', "MINUTES"), ('H', "HOURS"), ('d', "DAYS"), ('M', "MONTHS")];
    units.iter().find(|(letter, _)| pattern.contains(*letter)).map_or("YEARS", |(_, unit)| unit)
}

/// A pattern of Java's as chrono writes it; text in single quotes stands for itself.
fn strftime(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('\'').collect();
    let part = |(number, part): (usize, &&str)| {
        if number % 2 == 1 {
            return (*part).to_owned();
        }
        let letters = [("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S")];
        letters.iter().fold((*part).to_owned(), |text, (java, chrono)| text.replace(java, chrono))
    };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_dates_or_offsets_from_now() {
        let now = DateTime::parse_from_rfc3339("2024-03-31T12:30:00Z").unwrap().to_utc();
        for (text, pattern, expected) in [
            ("NOW", "yyyy-MM-dd", "2024-03-31 12:30:00"),
            ("NOW-3YEARS", "yyyy-MM-dd", "2021-03-31 12:30:00"),
            ("NOW - 1MONTHS", "yyyy-MM-dd", "2024-02-29 12:30:00"),
            ("NOW+1DAY", "yyyy-MM-dd", "2024-04-01 12:30:00"),
            ("2020-01-02", "yyyy-MM-dd", "2020-01-02 00:00:00"),
            ("2020/01", "yyyy/MM", "2020-01-01 00:00:00"),
            ("2020", "yyyy", "2020-01-01 00:00:00"),
            ("20200102T05", "yyyyMMdd'T'HH", "2020-01-02 05:00:00"),
        ] {
            let bound = bound(text, &strftime(pattern), now).map(|bound| bound.to_string());
            assert_eq!(bound.as_deref(), Some(expected), "{text}");
        }
        assert_eq!(bound("yesterday", "%Y-%m-%d", now), None);
        assert_eq!(bound("NOW-3FORTNIGHTS", "%Y-%m-%d", now), None);
    }
}
