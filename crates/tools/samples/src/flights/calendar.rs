//! How the rows of a year fall on its days.

use chrono::{Datelike, NaiveDate};

use super::WriteError;

/// One day and how many flights it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    /// 1 to 12.
    pub(super) month: u32,
    /// `YEAR,MONTH,DAY,DAY_OF_WEEK,` with Monday as 1.
    pub(super) prefix: String,
    /// Flights that depart on it.
    pub(super) rows: u64,
}

/// All days of a year, with `rows` flights in total: fewer on Saturdays and in winter, more in summer.
pub(super) fn days(year: u16, rows: u64) -> Result<Vec<Day>, WriteError> {
    const MONTHS: [u64; 12] = [94, 95, 101, 101, 100, 105, 105, 102, 97, 98, 97, 97];
    let first = NaiveDate::from_ymd_opt(i32::from(year), 1, 1).filter(|_| (1..=9999).contains(&year));
    let first = first.ok_or(WriteError::Year { year })?;
    let dates: Vec<NaiveDate> = first.iter_days().take_while(|date| date.year() == i32::from(year)).collect();
    let weight = |date: &NaiveDate| {
        let week = if date.weekday().number_from_monday() == 6 { 84 } else { 100 };
        week * MONTHS.get(date.month0() as usize).copied().unwrap_or(100)
    };
    let total: u64 = dates.iter().map(weight).sum();
    let (mut passed, mut given) = (0, 0);
    Ok(dates
        .iter()
        .map(|date| {
            passed += weight(date);
            let until = u128::from(rows) * u128::from(passed) / u128::from(total);
            let until = u64::try_from(until).unwrap_or(rows);
            let day = Day {
                month: date.month(),
                prefix: format!("{year},{},{},{},", date.month(), date.day(), date.weekday().number_from_monday()),
                rows: until - given,
            };
            given = until;
            day
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_falls_on_a_day() {
        let check = |year, rows, length| {
            let days = days(year, rows).unwrap();
            assert_eq!(days.len(), length, "{year}");
            assert_eq!(days.iter().map(|day| day.rows).sum::<u64>(), rows, "{year}");
        };
        check(2015, 0, 365);
        check(2015, 1, 365);
        check(2015, 5_819_079, 365);
        check(2016, 1_000_003, 366);
        check(2015, u64::MAX, 365);
    }

    #[test]
    fn the_week_begins_on_monday() {
        assert_eq!(days(2015, 0).unwrap()[0].prefix, "2015,1,1,4,");
        assert_eq!(days(2015, 0).unwrap()[364].prefix, "2015,12,31,4,");
    }

    #[test]
    fn a_year_that_is_none_is_refused() {
        assert_eq!(days(0, 1).unwrap_err().to_string(), "year 0 is not a year from 1 to 9999");
        assert_eq!(days(10_000, 1).unwrap_err().to_string(), "year 10000 is not a year from 1 to 9999");
    }
}
