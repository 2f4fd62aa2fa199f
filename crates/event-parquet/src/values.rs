//! Values of columns, from JSON.

use event_lake::{Instant, time};
use json_members::unescape;

/// What a column of a number, a time or `true` and `false` reads: the characters of a text without escapes, or of a number or word.
pub(crate) struct Scalar<'a> {
    pub(crate) text: &'a str,
    /// It is written without quotes.
    pub(crate) is_bare: bool,
}

impl<'a> Scalar<'a> {
    /// A value's JSON, decoded; `None` if it is a text with half of a character.
    pub(crate) fn read(json: &'a [u8], is_escaped: bool, scratch: &'a mut Vec<u8>) -> Option<Self> {
        let inner = json.strip_prefix(b"\"").and_then(|json| json.strip_suffix(b"\""));
        let text = match inner {
            Some(inner) if is_escaped => {
                scratch.clear();
                unescape(inner, scratch)?;
                scratch
            }
            other => other.unwrap_or(json),
        };
        Some(Self { text: std::str::from_utf8(text).ok()?, is_bare: inner.is_none() })
    }

    /// `true` or `false`, also as text.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A whole number, also as text, and also as `5.0` or `1e3` while a double holds it exactly.
    pub(crate) fn whole(&self) -> Option<i64> {
        self.text.parse().ok().or_else(|| {
            let number = self.double()?;
            // From 2^53 on a double stands for several whole numbers.
            let is_exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
            is_exact.then_some(number as i64)
        })
    }

    /// A number within the range of a double, also as text.
    pub(crate) fn double(&self) -> Option<f64> {
        // Rust reads `inf` and `nan`, too; JSON's numbers end with a digit, and so must texts.
        let is_number = self.text.bytes().last().is_some_and(|last| last.is_ascii_digit());
        self.text.parse().ok().filter(|number: &f64| is_number && number.is_finite())
    }

    /// A point in time, in milliseconds since 1970.
    pub(crate) fn millis(&self) -> Option<i64> {
        if self.is_bare && !self.text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return None;
        }
        iso(self.text.as_bytes()).or_else(|| time::parse(self.text).map(Instant::millis))
    }

    /// The day of a point in time, in days since 1970.
    pub(crate) fn days(&self) -> Option<i32> {
        i32::try_from(self.millis()?.div_euclid(DAY_MS)).ok()
    }
}

pub(crate) const DAY_MS: i64 = 86_400_000;

/// `2015-12-10T04:08:31.909Z`, the form of nearly every time: the same result as `event_lake::time::parse`, in a tenth of its time.
fn iso(text: &[u8]) -> Option<i64> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let separators = [text[4], text[7], text[10], text[13], text[16], text[19], text[23]];
    if separators != *b"--T::.Z" {
        return None;
    }
    let digits = |at: usize| -> Option<i64> {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
    };
    let year = digits(0)? * 100 + digits(2)?;
    let (month, day) = (digits(5)?, digits(8)?);
    let (hour, minute, second) = (digits(11)?, digits(14)?, digits(17)?);
    let last = text[22].wrapping_sub(b'0');
    let millis = digits(20)? * 10 + i64::from(last);
    if last > 9 || hour > 23 || minute > 59 || second > 59 || day == 0 || !(1..=12).contains(&month) {
        return None;
    }
    // Days that not every month has are left to the calendar.
    if day > 28 && day > days_of(year, month) {
        return None;
    }
    Some(((days_before(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + millis)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a day of the Gregorian calendar (years that begin in March, in eras of 400 years).
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_of_reading_times_says_the_same() {
        let check = |text: &str| {
            let read = Scalar { text, is_bare: false }.millis();
            assert_eq!(read, time::parse(text).map(Instant::millis), "{text}");
        };
        for year in [0, 1, 4, 100, 400, 1600, 1899, 1900, 1969, 1970, 1999, 2000, 2023, 2024, 2026, 2100, 9999] {
            for month in 0..=13 {
                for day in 0..=32 {
                    check(&format!("{year:04}-{month:02}-{day:02}T04:08:31.909Z"));
                }
            }
        }
        for clock in [
            "00:00:00.000",
            "23:59:59.999",
            "24:00:00.000",
            "12:60:00.000",
            "12:00:60.000",
            "12:00:61.000",
            "1x:00:00.000",
        ] {
            check(&format!("2026-01-02T{clock}Z"));
        }
        for text in [
            "2026-01-02t04:08:31.909z",
            "2026-01-02 04:08:31.909Z",
            "2026-01-02T04:08:31,909Z",
            "2026-01-02T04:08:31.90:Z",
            "é26-01-02T04:08:31.909Z",
        ] {
            check(text);
        }
    }

    #[test]
    fn scalars() {
        let scalar = |text| Scalar { text, is_bare: true };
        let whole = |text, expected| assert_eq!(scalar(text).whole(), expected, "{text}");
        whole("0", Some(0));
        whole("-9223372036854775808", Some(i64::MIN));
        whole("9223372036854775807", Some(i64::MAX));
        whole("9223372036854775808", None);
        whole("5.0", Some(5));
        whole("1e3", Some(1000));
        whole("9007199254740991.0", Some(9_007_199_254_740_991));
        whole("9007199254740993.0", None);
        whole("1e17", None);
        whole("5.5", None);
        whole("true", None);
        whole("", None);
        let double = |text, expected| assert_eq!(scalar(text).double(), expected, "{text}");
        double("0.1", Some(0.1));
        double("-1e-7", Some(-1e-7));
        double("12", Some(12.0));
        for text in ["1e999", "inf", "nan", "infinity", "", "null", "1.", "0x1"] {
            double(text, None);
        }
        let boolean = |text, expected| assert_eq!(scalar(text).boolean(), expected, "{text}");
        boolean("true", Some(true));
        boolean("false", Some(false));
        for text in ["1", "0", "True", "yes", "null", ""] {
            boolean(text, None);
        }
        let days = |text, expected| assert_eq!(Scalar { text, is_bare: false }.days(), expected, "{text}");
        days("1970-01-02", Some(1));
        days("1969-12-31T23:59:59.999Z", Some(-1));
        days("2026-01-02T23:30:00-01:00", Some(20_456));
        days("soon", None);
        assert_eq!(scalar("true").millis(), None);
        assert_eq!(scalar("1510772160").millis(), Some(1_510_772_160_000));
    }
}
