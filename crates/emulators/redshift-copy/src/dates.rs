//! Dates, times and timestamps as COPY reads them with DATEFORMAT and TIMEFORMAT.

use super::auto_dates;
use super::calendar::{DAY_MICROS, Moment, century, days, time_of_day, twelve_hours};
use super::cursor::Cursor;
use super::error::CopyError;

/// DATEFORMAT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DateFormat {
    /// `YYYY-MM-DD`; whatever follows the date is a time and is dropped.
    #[default]
    Iso,
    /// `'auto'`.
    Auto,
    /// Any other format.
    Pattern(Pattern),
}

/// TIMEFORMAT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// `YYYY-MM-DD HH:MI:SS`, and an offset from UTC for TIMESTAMPTZ.
    #[default]
    Iso,
    /// `'auto'`.
    Auto,
    /// `'epochsecs'`: seconds since 1970.
    EpochSeconds,
    /// `'epochmillisecs'`: milliseconds since 1970.
    EpochMilliseconds,
    /// Any other format.
    Pattern(Pattern),
}

/// A format of date parts and the separators between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year4,
    Year2,
    Month,
    MonthName,
    Day,
    Hour24,
    Hour12,
    Minute,
    Second,
    Meridian,
    Separator(u8),
}

/// The words of a format, longest first where one begins another.
const PARTS: [(&str, Part); 13] = [
    ("YYYY", Part::Year4),
    ("YY", Part::Year2),
    ("MONTH", Part::MonthName),
    ("MON", Part::MonthName),
    ("MM", Part::Month),
    ("MI", Part::Minute),
    ("DD", Part::Day),
    ("HH24", Part::Hour24),
    ("HH12", Part::Hour12),
    ("HH", Part::Hour24),
    ("SS", Part::Second),
    ("AM", Part::Meridian),
    ("PM", Part::Meridian),
];

impl DateFormat {
    /// Reads the argument of DATEFORMAT; `'auto'` must be in lower case, as in Redshift.
    pub(super) fn parse(text: &str) -> Result<Self, CopyError> {
        match text {
            "auto" => Ok(Self::Auto),
            "YYYY-MM-DD" => Ok(Self::Iso),
            _ => Pattern::parse("DATEFORMAT", text).map(Self::Pattern),
        }
    }

    /// The days since 1970 that `field` names.
    pub(super) fn days(&self, field: &[u8]) -> Option<i32> {
        match self {
            Self::Iso => {
                let days = iso_date(field.get(..10)?)?;
                matches!(field.get(10), None | Some(b' ' | b'T')).then_some(days)
            }
            Self::Auto => auto_dates::moment(field).map(|moment| moment.days),
            Self::Pattern(pattern) => pattern.moment(field).map(|moment| moment.days),
        }
    }

    /// The format as an error names it.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Iso => "YYYY-MM-DD",
            Self::Auto => "auto",
            Self::Pattern(pattern) => &pattern.text,
        }
    }
}

impl TimeFormat {
    /// Reads the argument of TIMEFORMAT; its keywords must be in lower case, as in Redshift.
    pub(super) fn parse(text: &str) -> Result<Self, CopyError> {
        match text {
            "auto" => Ok(Self::Auto),
            "epochsecs" => Ok(Self::EpochSeconds),
            "epochmillisecs" => Ok(Self::EpochMilliseconds),
            "YYYY-MM-DD HH:MI:SS" | "YYYY-MM-DD HH24:MI:SS" => Ok(Self::Iso),
            _ => Pattern::parse("TIMEFORMAT", text).map(Self::Pattern),
        }
    }

    /// The moment that `field` names; an offset is taken only where `zoned`.
    pub(super) fn moment(&self, field: &[u8], zoned: bool) -> Option<Moment> {
        match self {
            Self::Iso => iso_timestamp(field, zoned),
            Self::Auto => auto_dates::moment(field),
            Self::EpochSeconds => epoch(field, 6),
            Self::EpochMilliseconds => epoch(field, 3),
            Self::Pattern(pattern) => pattern.moment(field),
        }
    }

    /// The format as an error names it.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Iso => "YYYY-MM-DD HH24:MI:SS",
            Self::Auto => "auto",
            Self::EpochSeconds => "epochsecs",
            Self::EpochMilliseconds => "epochmillisecs",
            Self::Pattern(pattern) => &pattern.text,
        }
    }
}

impl Pattern {
    fn parse(option: &'static str, text: &str) -> Result<Self, CopyError> {
        let refused = || CopyError::Value {
            option,
            value: text.to_owned(),
            expected: "'auto' or a format of YYYY, YY, MM, MON, DD, HH, HH12, HH24, MI, SS, AM and separators",
        };
        let upper = text.to_ascii_uppercase();
        let (mut rest, mut parts) = (upper.as_str(), Vec::new());
        while let Some(first) = rest.bytes().next() {
            if let Some((word, part)) = PARTS.iter().find(|(word, _)| rest.starts_with(word)) {
                parts.push(*part);
                rest = &rest[word.len()..];
            } else if first.is_ascii_punctuation() || matches!(first, b' ' | b'T' | b'Z') {
                parts.push(Part::Separator(first));
                rest = &rest[1..];
            } else {
                return Err(refused());
            }
        }
        if !parts.iter().any(|part| matches!(part, Part::Year4 | Part::Year2)) {
            return Err(refused());
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    fn moment(&self, field: &[u8]) -> Option<Moment> {
        let mut cursor = Cursor::new(field);
        let (mut year, mut month, mut day) = (None, 1, 1);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        let mut afternoon = None;
        for part in &self.parts {
            match part {
                Part::Year4 => year = Some(cursor.number(4)?),
                Part::Year2 => year = Some(century(cursor.number(2)?)),
                Part::Month => month = cursor.number(2)?,
                Part::MonthName => month = cursor.month_name()?,
                Part::Day => day = cursor.number(2)?,
                Part::Hour24 | Part::Hour12 => hour = cursor.number(2)?,
                Part::Minute => minute = cursor.number(2)?,
                Part::Second => second = cursor.seconds()?,
                Part::Meridian => afternoon = Some(cursor.meridian()?),
                Part::Separator(expected) => cursor.separator(*expected)?,
            }
        }
        let hour = twelve_hours(hour, afternoon)?;
        let micros = time_of_day(hour, minute, second)?;
        cursor.at_end().then_some(Moment { days: days(year?, month, day)?, micros, offset_seconds: 0 })
    }
}

/// The time of day that a TIME column's field names, in microseconds, and what follows it.
pub(super) fn time(field: &[u8]) -> Option<(i64, &[u8])> {
    let mut cursor = Cursor::new(field);
    let micros = cursor.clock()?;
    Some((micros, cursor.rest()))
}

/// `YYYY-MM-DD`, exactly ten bytes.
fn iso_date(text: &[u8]) -> Option<i32> {
    let digit = |at: usize| Some(i64::from(text.get(at)?.wrapping_sub(b'0'))).filter(|digit| *digit < 10);
    if text.get(4) != Some(&b'-') || text.get(7) != Some(&b'-') {
        return None;
    }
    let year = digit(0)? * 1000 + digit(1)? * 100 + digit(2)? * 10 + digit(3)?;
    days(year, digit(5)? * 10 + digit(6)?, digit(8)? * 10 + digit(9)?)
}

fn iso_timestamp(field: &[u8], zoned: bool) -> Option<Moment> {
    let days = iso_date(field.get(..10)?)?;
    if field.get(10) != Some(&b' ') {
        return None;
    }
    let mut cursor = Cursor::new(&field[11..]);
    let hour = cursor.number(2)?;
    cursor.separator(b':')?;
    let minute = cursor.number(2)?;
    cursor.separator(b':')?;
    let micros = time_of_day(hour, minute, cursor.seconds()?)?;
    let offset_seconds = if zoned { cursor.offset()? } else { 0 };
    cursor.at_end().then_some(Moment { days, micros, offset_seconds })
}

/// A number of seconds (`fraction_digits` 6) or milliseconds (3) since 1970; digits past the microsecond are dropped.
fn epoch(field: &[u8], fraction_digits: u32) -> Option<Moment> {
    let text = std::str::from_utf8(field).ok()?.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut micros = whole.parse::<i64>().ok()?.checked_mul(10_i64.pow(fraction_digits))?;
    for (place, digit) in (0..fraction_digits).rev().zip(fraction.bytes()) {
        micros = micros.checked_add(i64::from(digit - b'0') * 10_i64.pow(place))?;
    }
    let micros = if negative { -micros } else { micros };
    let days = i32::try_from(micros.div_euclid(DAY_MICROS)).ok()?;
    Some(Moment { days, micros: micros.rem_euclid(DAY_MICROS), offset_seconds: 0 })
}
