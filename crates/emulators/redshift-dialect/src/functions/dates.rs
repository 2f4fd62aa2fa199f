//! Dates, times and intervals as texts: what Redshift's casts accept, written as DuckDB reads it.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::answer::Answer;

/// Abbreviations of zones with their minutes east of UTC; they know no daylight saving time.
const ZONES: [(&str, i32); 24] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("zulu", 0),
    ("ut", 0),
    ("wet", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("hst", -600),
    ("cet", 60),
    ("cest", 120),
    ("bst", 60),
    ("eet", 120),
    ("msk", 180),
    ("ist", 330),
    ("jst", 540),
    ("aest", 600),
];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A point in time as a text states it.
struct Stated {
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
    offset_minutes: Option<i32>,
}

fn stated(text: &str) -> Option<Stated> {
    let text = text.trim();
    let Some(colon) = text.find(':') else {
        return Some(Stated { date: Some(read_date(text)?), time: None, offset_minutes: None });
    };
    let hour_start = text[..colon].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let before = text[..hour_start].trim_end().trim_end_matches(['T', 't']).trim();
    let date = if before.is_empty() { None } else { Some(read_date(before)?) };
    let rest = &text[hour_start..];
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let mut time = read_time(&rest[..end])?;
    let mut zone = rest[end..].trim();
    for (suffix, shift) in [("am", 0), ("pm", 12)] {
        if zone.get(..2).is_some_and(|head| head.eq_ignore_ascii_case(suffix)) {
            zone = zone[2..].trim();
            let hours =
                i64::from(chrono::Timelike::hour(&time) % 12 + shift) - i64::from(chrono::Timelike::hour(&time));
            time = time.overflowing_add_signed(Duration::hours(hours)).0;
        }
    }
    let offset_minutes = if zone.is_empty() { None } else { Some(read_offset(zone)?) };
    Some(Stated { date, time: Some(time), offset_minutes })
}

fn read_time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.split(':');
    let hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let micros: u32 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    NaiveTime::from_hms_micro_opt(hour, minute, second.parse().ok()?, micros)
}

/// `+05`, `-0530`, `+05:30`, `PST`.
fn read_offset(zone: &str) -> Option<i32> {
    let lower = zone.to_lowercase();
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == lower) {
        return Some(*minutes);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone.strip_prefix(['+', '-'])?.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok()?, 0),
        3 | 4 => {
            let value = digits.parse::<i32>().ok()?;
            (value / 100, value % 100)
        }
        _ => return None,
    };
    Some(sign * (hours * 60 + minutes))
}

/// Month, day and year in the orders that `DateStyle` "ISO, MDY" accepts.
pub(super) fn read_date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    if let [digits] = parts.as_slice() {
        let bytes = digits.len();
        if !digits.bytes().all(|b| b.is_ascii_digit()) || !(bytes == 8 || bytes == 6) {
            return None;
        }
        let (year, rest) = digits.split_at(bytes - 4);
        return NaiveDate::from_ymd_opt(year_of(year)?, rest[..2].parse().ok()?, rest[2..].parse().ok()?);
    }
    let [first, second, third] = parts.as_slice() else { return None };
    if let Some(month) = month_of(first) {
        return NaiveDate::from_ymd_opt(year_of(third)?, month, second.parse().ok()?);
    }
    if let Some(month) = month_of(second) {
        let (day, year) = if first.len() > 2 { (third, first) } else { (first, third) };
        return NaiveDate::from_ymd_opt(year_of(year)?, month, day.parse().ok()?);
    }
    if first.len() > 2 {
        return NaiveDate::from_ymd_opt(first.parse().ok()?, second.parse().ok()?, third.parse().ok()?);
    }
    NaiveDate::from_ymd_opt(year_of(third)?, first.parse().ok()?, second.parse().ok()?)
}

fn year_of(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    Some(match text.len() {
        2 if year < 70 => 2000 + year,
        2 => 1900 + year,
        _ => year,
    })
}

/// The number of a month's name or its first three letters.
pub(super) fn month_of(text: &str) -> Option<u32> {
    let head = text.get(..3)?.to_lowercase();
    MONTHS.iter().position(|month| *month == head).and_then(|at| u32::try_from(at + 1).ok())
}

fn refused(kind: &str, text: &str) -> String {
    format!("invalid input syntax for type {kind}: \"{text}\"")
}

/// Midnight where no time is stated, the date 1970-01-01 where no date is.
fn moment(found: &Stated) -> NaiveDateTime {
    found.date.unwrap_or_default().and_time(found.time.unwrap_or_default())
}

/// A text as a date.
pub(super) fn date(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let found = stated(text).and_then(|found| found.date).ok_or_else(|| refused("date", text))?;
    Ok(Some(found.format("%Y-%m-%d").to_string()))
}

/// A text as a timestamp; a zone in the text is ignored, as Redshift does.
pub(super) fn timestamp(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let found = stated(text).filter(|found| found.date.is_some()).ok_or_else(|| refused("timestamp", text))?;
    Ok(Some(moment(&found).format("%Y-%m-%d %H:%M:%S%.6f").to_string()))
}

/// A text as a timestamp with a zone; UTC where none is stated.
pub(super) fn timestamptz(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let found = stated(text).filter(|found| found.date.is_some());
    let found = found.ok_or_else(|| refused("timestamp with time zone", text))?;
    let utc = moment(&found) - Duration::minutes(i64::from(found.offset_minutes.unwrap_or(0)));
    Ok(Some(utc.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string()))
}

/// A text as a time.
pub(super) fn time(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let found = stated(text).and_then(|found| found.time).ok_or_else(|| refused("time", text))?;
    Ok(Some(found.format("%H:%M:%S%.6f").to_string()))
}

/// A text as a time in UTC; the sessions' zone is UTC.
pub(super) fn timetz(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let found = stated(text).ok_or_else(|| refused("time with time zone", text))?;
    let utc = moment(&found) - Duration::minutes(i64::from(found.offset_minutes.unwrap_or(0)));
    Ok(Some(utc.format("%H:%M:%S%.6f+00").to_string()))
}

/// `3 hours, 35 minutes`, `1w 1h`, `0.5 days`, `01:30:00`.
pub(super) fn interval(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let (mut months, mut days, mut micros) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end =
            rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | ':'))).unwrap_or(rest.len());
        let (amount, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let unit_end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        rest = tail.trim_start_matches([',', ' ']);
        if let Some(time) = amount.contains(':').then(|| read_time(amount)).flatten() {
            micros += (time - NaiveTime::MIN).num_microseconds().unwrap_or(0) as f64;
            continue;
        }
        let amount: f64 = amount.parse().map_err(|_| refused("interval", text))?;
        match unit.to_lowercase().as_str() {
            "y" | "yr" | "yrs" | "year" | "years" => months += amount * 12.0,
            "qtr" | "qtrs" | "quarter" | "quarters" => months += amount * 3.0,
            "mon" | "mons" | "month" | "months" => months += amount,
            "w" | "week" | "weeks" => days += amount * 7.0,
            "d" | "day" | "days" => days += amount,
            "h" | "hr" | "hrs" | "hour" | "hours" => micros += amount * 3.6e9,
            "m" | "min" | "mins" | "minute" | "minutes" => micros += amount * 6e7,
            "" | "s" | "sec" | "secs" | "second" | "seconds" => micros += amount * 1e6,
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => micros += amount * 1e3,
            "us" | "usec" | "usecs" | "microsecond" | "microseconds" => micros += amount,
            _ => return Err(refused("interval", text)),
        }
    }
    days += months.fract() * 30.0;
    micros += days.fract() * 8.64e10;
    Ok(Some(format!("{} months {} days {} microseconds", months.trunc(), days.trunc(), micros.round())))
}

/// The minutes east of UTC of an abbreviation or of a POSIX zone such as `NEWZONE-2:15`, whose sign is the other way
/// round; an empty text for a zone that only the zone database knows.
pub(super) fn zone_minutes(arguments: &[&str]) -> Answer {
    let [zone] = arguments else { return Ok(None) };
    let lower = zone.trim().to_lowercase();
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == lower) {
        return Ok(Some(minutes.to_string()));
    }
    let Some(sign) = lower.find(['+', '-']).filter(|at| lower[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
    else {
        return Ok(Some(String::new()));
    };
    let direction = if lower[sign..].starts_with('-') { 1 } else { -1 };
    let direction = if sign == 0 { -direction } else { direction };
    let mut parts = lower[sign + 1..].split(':').map(|part| part.trim().parse::<i32>());
    let (Some(Ok(hours)), minutes) = (parts.next(), parts.next()) else { return Ok(Some(String::new())) };
    Ok(Some((direction * (hours * 60 + minutes.and_then(Result::ok).unwrap_or(0))).to_string()))
}
