//! Days, times of day and moments as numbers.

use chrono::{Datelike, NaiveDate};

/// Days from the first day of year 1 to 1970-01-01.
const EPOCH_DAYS_FROM_CE: i32 = 719_163;
/// Microseconds of a day.
pub(super) const DAY_MICROS: i64 = 86_400_000_000;
/// Microseconds of a second.
pub(super) const SECOND_MICROS: i64 = 1_000_000;

/// A date, a time of day in microseconds, and an offset from UTC in seconds, as far as the text had them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) days: i32,
    pub(super) micros: i64,
    pub(super) offset_seconds: i64,
}

impl Moment {
    /// Microseconds since 1970 of the wall clock, whatever its zone.
    pub(super) fn local_micros(self) -> i64 {
        i64::from(self.days) * DAY_MICROS + self.micros
    }

    /// Microseconds since 1970 in UTC.
    pub(super) fn utc_micros(self) -> i64 {
        self.local_micros() - self.offset_seconds * SECOND_MICROS
    }
}

/// Days since 1970 of a date that exists.
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i32> {
    let (year, month, day) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    Some(NaiveDate::from_ymd_opt(year, month, day)?.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
}

/// Two digits of a year: 70 to 99 are of the last century.
pub(super) fn century(year: i64) -> i64 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// The hour of a clock of 24 hours.
pub(super) fn twelve_hours(hour: i64, afternoon: Option<bool>) -> Option<i64> {
    match afternoon {
        None => Some(hour),
        Some(_) if !(1..=12).contains(&hour) => None,
        Some(afternoon) => Some(hour % 12 + if afternoon { 12 } else { 0 }),
    }
}

/// Microseconds of the day; `second` is in microseconds already.
pub(super) fn time_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let exists = hour < 24 && minute < 60 && second < 60 * SECOND_MICROS;
    exists.then_some((hour * 60 + minute) * 60 * SECOND_MICROS + second)
}
