//! TO_CHAR, TO_DATE and TO_TIMESTAMP of dates and times by PostgreSQL's format patterns.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Timelike};

use super::answer::Answer;
use super::dates::month_of;

/// Patterns, longest first where one begins like another; compared without regard to case.
const PATTERNS: [&str; 36] = [
    "MONTH", "Y,YYY", "HH24", "HH12", "SSSS", "YYYY", "IYYY", "A.M.", "P.M.", "B.C.", "A.D.", "MON", "DAY", "DDD",
    "YYY", "IYY", "YY", "IY", "MM", "DY", "DD", "ID", "IW", "WW", "CC", "RM", "HH", "MI", "SS", "MS", "US", "AM", "PM",
    "TZ", "OF", "BC",
];
/// One-letter patterns.
const LETTERS: &str = "YDWQJI";

enum Piece<'a> {
    Pattern { name: &'static str, written: &'a str, fill: bool },
    Letter { letter: char },
    Text(&'a str),
}

fn pieces(format: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = format;
    let mut fill = true;
    while let Some(c) = rest.chars().next() {
        if rest.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("FM")) {
            fill = false;
            rest = &rest[2..];
        } else if let Some(name) =
            PATTERNS.iter().find(|name| rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)))
        {
            let (written, tail) = rest.split_at(name.len());
            found.push(Piece::Pattern { name, written, fill });
            rest = tail;
            fill = true;
            if rest.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("TH")) {
                rest = &rest[2..];
            }
        } else if LETTERS.contains(c.to_ascii_uppercase()) {
            found.push(Piece::Letter { letter: c.to_ascii_uppercase() });
            rest = &rest[1..];
        } else if let Some((quoted, tail)) = rest.strip_prefix('"').and_then(|tail| tail.split_once('"')) {
            found.push(Piece::Text(quoted));
            rest = tail;
        } else {
            let (text, tail) = rest.split_at(c.len_utf8());
            found.push(Piece::Text(text));
            rest = tail;
        }
    }
    found
}

/// `(timestamp, format)`.
pub(super) fn time_to_char(arguments: &[&str]) -> Answer {
    let [moment, format] = arguments else { return Ok(None) };
    let moment = NaiveDateTime::parse_from_str(moment, "%Y-%m-%d %H:%M:%S%.f").map_err(|e| e.to_string())?;
    let mut text = String::new();
    for piece in pieces(format) {
        match piece {
            Piece::Pattern { name, written, fill } => text.push_str(&shown(&moment, name, written, fill)),
            Piece::Letter { letter } => text.push_str(&letter_of(&moment, letter)),
            Piece::Text(plain) => text.push_str(plain),
        }
    }
    Ok(Some(text))
}

fn shown(at: &NaiveDateTime, name: &str, written: &str, fill: bool) -> String {
    let number = |value: i64, width: usize| if fill { format!("{value:0>width$}") } else { value.to_string() };
    let hour = i64::from(at.hour());
    match name {
        "MONTH" => word(&at.format("%B").to_string(), written, if fill { 9 } else { 0 }),
        "MON" => word(&at.format("%b").to_string(), written, 0),
        "DAY" => word(&at.format("%A").to_string(), written, if fill { 9 } else { 0 }),
        "DY" => word(&at.format("%a").to_string(), written, 0),
        "YYYY" => number(i64::from(at.year()), 4),
        "YYY" => number(i64::from(at.year() % 1000), 3),
        "YY" => number(i64::from(at.year() % 100), 2),
        "Y,YYY" => format!("{},{:03}", at.year() / 1000, at.year() % 1000),
        "IYYY" => number(i64::from(at.iso_week().year()), 4),
        "IYY" => number(i64::from(at.iso_week().year() % 1000), 3),
        "IY" => number(i64::from(at.iso_week().year() % 100), 2),
        "MM" => number(i64::from(at.month()), 2),
        "DDD" => number(i64::from(at.ordinal()), 3),
        "DD" => number(i64::from(at.day()), 2),
        "ID" => at.weekday().number_from_monday().to_string(),
        "IW" => number(i64::from(at.iso_week().week()), 2),
        "WW" => number(i64::from((at.ordinal() - 1) / 7 + 1), 2),
        "CC" => number(i64::from((at.year() + 99) / 100), 2),
        "RM" => ROMAN[at.month0() as usize % 12].to_string(),
        "HH24" => number(hour, 2),
        "HH" | "HH12" => number(if hour % 12 == 0 { 12 } else { hour % 12 }, 2),
        "MI" => number(i64::from(at.minute()), 2),
        "SS" => number(i64::from(at.second()), 2),
        "SSSS" => at.num_seconds_from_midnight().to_string(),
        "MS" => number(i64::from(at.nanosecond() / 1_000_000), 3),
        "US" => number(i64::from(at.nanosecond() / 1_000), 6),
        "AM" | "PM" => word(if hour < 12 { "AM" } else { "PM" }, written, 0),
        "A.M." | "P.M." => word(if hour < 12 { "A.M." } else { "P.M." }, written, 0),
        "BC" => word("AD", written, 0),
        "B.C." | "A.D." => word("A.D.", written, 0),
        "TZ" => word("UTC", written, 0),
        "OF" => "+00".to_string(),
        _ => String::new(),
    }
}

const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// A name in the case in which its pattern is written, padded on the right.
fn word(name: &str, written: &str, width: usize) -> String {
    let cased = if written.chars().all(|c| !c.is_lowercase()) {
        name.to_uppercase()
    } else if written.chars().next().is_some_and(char::is_lowercase) {
        name.to_lowercase()
    } else {
        name.to_string()
    };
    format!("{cased:<width$}")
}

fn letter_of(at: &NaiveDateTime, letter: char) -> String {
    match letter {
        'Y' => (at.year() % 10).to_string(),
        'I' => (at.iso_week().year() % 10).to_string(),
        'D' => (at.weekday().num_days_from_sunday() + 1).to_string(),
        'W' => ((at.day() - 1) / 7 + 1).to_string(),
        'Q' => (at.month0() / 3 + 1).to_string(),
        _ => (at.num_days_from_ce() + 1_721_425).to_string(),
    }
}

/// The fields that a text states.
#[derive(Default)]
struct Fields {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
    afternoon: Option<bool>,
}

fn read(text: &str, format: &str) -> Result<Fields, String> {
    let mut fields = Fields::default();
    let mut rest = text.trim_start();
    for piece in pieces(format) {
        match piece {
            Piece::Pattern { name, .. } => rest = read_pattern(&mut fields, name, rest, text)?,
            Piece::Letter { .. } => rest = digits(rest, 1, text)?.1,
            Piece::Text(plain) => {
                let separator = rest.chars().next().is_some_and(|c| !c.is_alphanumeric());
                rest = match rest.strip_prefix(plain) {
                    Some(tail) => tail,
                    None if separator => rest.trim_start_matches(|c: char| !c.is_alphanumeric()),
                    None => rest,
                };
            }
        }
    }
    Ok(fields)
}

fn digits<'a>(rest: &'a str, width: usize, text: &str) -> Result<(u32, &'a str), String> {
    let rest = rest.trim_start();
    let end = rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
    let value = rest[..end].parse().map_err(|_| format!("Invalid data, Value \"{text}\" does not match the format"))?;
    Ok((value, &rest[end..]))
}

fn read_pattern<'a>(fields: &mut Fields, name: &str, rest: &'a str, text: &str) -> Result<&'a str, String> {
    let width = match name {
        "YYYY" | "IYYY" | "Y,YYY" => 4,
        "YYY" | "DDD" | "MS" => 3,
        "US" => 6,
        "SSSS" => 5,
        _ => 2,
    };
    match name {
        "MONTH" | "MON" => {
            let rest = rest.trim_start();
            fields.month = Some(month_of(rest).ok_or_else(|| format!("invalid month in \"{text}\""))?);
            return Ok(if name == "MON" {
                rest.get(3..).unwrap_or("")
            } else {
                rest.trim_start_matches(char::is_alphabetic)
            });
        }
        "DAY" | "DY" | "TZ" | "BC" | "RM" => return Ok(rest.trim_start().trim_start_matches(char::is_alphabetic)),
        "AM" | "PM" | "A.M." | "P.M." => {
            let rest = rest.trim_start();
            fields.afternoon = Some(rest.starts_with(['p', 'P']));
            return Ok(rest.trim_start_matches(|c: char| c.is_alphabetic() || c == '.'));
        }
        _ => {}
    }
    let before = rest.trim_start().len();
    let (value, rest) = digits(rest, width, text)?;
    let read = before - rest.len();
    match name {
        "YYYY" | "IYYY" | "Y,YYY" => fields.year = i32::try_from(value).ok(),
        "YYY" | "YY" | "IY" | "IYY" => {
            fields.year = i32::try_from(value).ok().map(|y| if y < 70 { 2000 + y } else { 1900 + y })
        }
        "MM" => fields.month = Some(value),
        "DD" => fields.day = Some(value),
        "DDD" => fields.day_of_year = Some(value),
        "HH24" | "HH12" | "HH" => fields.hour = value,
        "MI" => fields.minute = value,
        "SS" => fields.second = value,
        "MS" => fields.micros = value * 10_u32.pow(6 - u32::try_from(read).unwrap_or(3).min(6)),
        "US" => fields.micros = value * 10_u32.pow(6 - u32::try_from(read).unwrap_or(6).min(6)),
        _ => {}
    }
    Ok(rest)
}

impl Fields {
    /// The date; a month or day beyond its end runs over into the next, unless `strict`.
    fn date(&self, strict: bool) -> Result<NaiveDate, String> {
        let (year, month, day) = (self.year.unwrap_or(1), self.month.unwrap_or(1), self.day.unwrap_or(1));
        if let Some(ordinal) = self.day_of_year {
            return NaiveDate::from_yo_opt(year, ordinal)
                .ok_or_else(|| out_of_range("date", &format!("{year}-{ordinal}")));
        }
        let refused = || out_of_range("date", &format!("{year}-{month}-{day}"));
        if strict || month == 0 || month > 12 || day == 0 || day > 31 {
            return NaiveDate::from_ymd_opt(year, month, day).ok_or_else(refused);
        }
        let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or_else(refused)?;
        Ok(first + Duration::days(i64::from(day) - 1))
    }

    fn moment(&self, strict: bool) -> Result<NaiveDateTime, String> {
        let hour = match self.afternoon {
            Some(true) => self.hour % 12 + 12,
            Some(false) => self.hour % 12,
            None => self.hour,
        };
        if strict && (hour > 23 || self.minute > 59 || self.second > 59) {
            return Err(out_of_range("time", &format!("{hour:02}:{:02}:{:02}.0", self.minute, self.second)));
        }
        let seconds = i64::from(hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        let midnight = self.date(strict)?.and_hms_opt(0, 0, 0).unwrap_or_default();
        Ok(midnight + Duration::seconds(seconds) + Duration::microseconds(i64::from(self.micros)))
    }
}

fn out_of_range(what: &str, value: &str) -> String {
    format!("date/time field {what} value out of range: {value}")
}

/// `(text, format, strict)`.
pub(super) fn to_date(arguments: &[&str]) -> Answer {
    let [text, format, strict] = arguments else { return Ok(None) };
    Ok(Some(read(text, format)?.date(*strict == "true")?.format("%Y-%m-%d").to_string()))
}

/// `(text, format, strict)`: a timestamp in UTC.
pub(super) fn to_timestamp(arguments: &[&str]) -> Answer {
    let [text, format, strict] = arguments else { return Ok(None) };
    Ok(Some(read(text, format)?.moment(*strict == "true")?.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string()))
}
