//! Points in time as clients write them, and as Landfall does: ISO 8601, UTC, milliseconds.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

/// Segment's first year; an event that claims to be older has a wrong clock.
const FIRST_YEAR: i32 = 2010;

const DAY_MS: i64 = 86_400_000;

/// A point in time, in milliseconds since 1970, within the years 0 to 9999. `Display` is `2015-12-10T04:08:31.909Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// `None` outside the years 0 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        let time = DateTime::from_timestamp_millis(millis)?;
        (0..=9999).contains(&chrono::Datelike::year(&time)).then_some(Self(time))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// The day, as `2015-12-10`.
    pub fn date(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// The day that an event is filed under, as `2015-12-10`: its own, or with a wrong clock that of its arrival.
    pub fn filed_under(self, arrival: Self) -> String {
        if self.is_sane(Some(arrival)) { self.date() } else { arrival.date() }
    }

    /// Whether an event that arrived then can have happened now: not before tracking began, and not more than a day in the future.
    fn is_sane(self, arrival: Option<Self>) -> bool {
        let is_old = chrono::Datelike::year(&self.0) < FIRST_YEAR;
        let is_future = arrival.is_some_and(|arrival| self.millis() > arrival.millis() + DAY_MS);
        !is_old && !is_future
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

/// Segment's correction of a client's clock: `timestamp = receivedAt - (sentAt - originalTimestamp)`. Both of the client's times come
/// from one clock, so its error cancels out. Without `sentAt` the event counts as sent when it was received, and nothing is corrected.
pub fn corrected(original: Option<Instant>, sent: Option<Instant>, received: Option<Instant>) -> Option<Instant> {
    match (original, sent, received) {
        (Some(original), Some(sent), Some(received)) => {
            let delay = sent.millis().checked_sub(original.millis())?;
            // Times that far apart that no year is left are no times.
            received.millis().checked_sub(delay).and_then(Instant::from_millis).or(Some(received))
        }
        (Some(original), _, _) => Some(original),
        (None, _, Some(received)) => Some(received),
        (None, sent, None) => sent,
    }
}

/// Reads ISO 8601 leniently (missing zeros: `2015-2-2T4:05:06Z`; a blank for the `T`; no zone: UTC; a date alone: its midnight), and
/// numbers of seconds or milliseconds since 1970.
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    iso(text).or_else(|| epoch(text))
}

fn epoch(text: &str) -> Option<Instant> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    // As seconds, 100,000,000,000 is in the year 5138; as milliseconds, in 1973.
    let millis = if number.abs() < 1e11 { number * 1000.0 } else { number };
    if millis.abs() > 1e15 {
        return None;
    }
    // A whole number below 2^53 after `round`.
    #[expect(clippy::cast_possible_truncation)]
    Instant::from_millis(millis.round() as i64)
}

fn iso(text: &str) -> Option<Instant> {
    let mut rest = Rest(text);
    let year = rest.digits(4, 4)?;
    rest.take(b"-")?;
    let month = rest.digits(1, 2)?;
    rest.take(b"-")?;
    let day = rest.digits(1, 2)?;
    let days = i64::from(NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.to_epoch_days());
    let mut millis = days.checked_mul(DAY_MS)?;
    if !rest.0.is_empty() {
        rest.take(b"Tt ")?;
        millis += clock(&mut rest)?;
        millis -= zone(&mut rest)?;
    }
    rest.0.is_empty().then_some(())?;
    Instant::from_millis(millis)
}

/// `H:MM`, `H:MM:SS` and fractions of a second, in milliseconds.
fn clock(rest: &mut Rest<'_>) -> Option<i64> {
    let hour = rest.digits(1, 2).filter(|hour| *hour < 24)?;
    rest.take(b":")?;
    let minute = rest.digits(1, 2).filter(|minute| *minute < 60)?;
    let mut millis = 0;
    if rest.take(b":").is_some() {
        // A leap second is written as 60.
        millis = i64::from(rest.digits(1, 2).filter(|second| *second <= 60)?) * 1000;
        if rest.take(b".,").is_some() {
            millis += rest.fraction()?;
        }
    }
    Some(i64::from(hour * 60 + minute) * 60_000 + millis)
}

/// `Z`, `+02`, `+0200`, `+02:00` or nothing, in milliseconds east of Greenwich.
fn zone(rest: &mut Rest<'_>) -> Option<i64> {
    rest.0 = rest.0.trim_start();
    if rest.0.is_empty() || rest.take(b"Zz").is_some() {
        return Some(0);
    }
    let sign = if rest.take(b"+-")? == b'+' { 1 } else { -1 };
    let hours = rest.digits(2, 2)?;
    let has_minutes = rest.take(b":").is_some() || !rest.0.is_empty();
    let minutes = if has_minutes { rest.digits(2, 2)? } else { 0 };
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes) * 60_000)
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn take(&mut self, one_of: &[u8]) -> Option<u8> {
        let first = *self.0.as_bytes().first().filter(|first| one_of.contains(first))?;
        self.0 = &self.0[1..];
        Some(first)
    }

    fn digits(&mut self, min: usize, max: usize) -> Option<u32> {
        let count = self.0.bytes().take(max).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= min)?;
        self.0 = rest;
        digits.parse().ok()
    }

    /// Digits after the point, as milliseconds; what is finer is cut off.
    fn fraction(&mut self) -> Option<i64> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        let millis = digits.bytes().chain(*b"00").take(3).fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        Some(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_leniently() {
        let check = |text: &str, expected: &str| {
            let read = parse(text).map_or_else(|| "none".to_owned(), |time| time.to_string());
            assert_eq!(read, expected, "{text}");
        };
        check("2015-12-10T04:08:31.909Z", "2015-12-10T04:08:31.909Z");
        check("2015-2-02T00:30:08.276Z", "2015-02-02T00:30:08.276Z");
        check("2015-2-2T4:5:6Z", "2015-02-02T04:05:06.000Z");
        check(" 2015-12-10 04:08 ", "2015-12-10T04:08:00.000Z");
        check("2015-12-10t04:08:31,5z", "2015-12-10T04:08:31.500Z");
        check("2015-12-10T04:08:31.123456+02:00", "2015-12-10T02:08:31.123Z");
        check("2015-12-10T23:08:31-0130", "2015-12-11T00:38:31.000Z");
        check("2015-12-10T04:08:31 +02", "2015-12-10T02:08:31.000Z");
        check("2015-12-10", "2015-12-10T00:00:00.000Z");
        check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z");
        check("1510772160000", "2017-11-15T18:56:00.000Z");
        check("1510772160", "2017-11-15T18:56:00.000Z");
        check("1510772160.25", "2017-11-15T18:56:00.250Z");
        check("1.510772160e12", "2017-11-15T18:56:00.000Z");
        check("0", "1970-01-01T00:00:00.000Z");
        for text in [
            "",
            " ",
            "now",
            "2015",
            "20151",
            "2015-13-01",
            "2015-02-29",
            "2015-12-10T",
            "2015-12-10T24:00:00Z",
            "2015-12-10T04:08:61Z",
            "2015-12-10T04:08:31.Z",
            "2015-12-10T04:08:31Zx",
            "2015-12-10T04:08:31+2",
            "2015-12-10T04:08:31é",
            "99999-12-10",
            "1e300",
            "NaN",
            "inf",
            "-9e14",
            "12-10-2015",
        ] {
            let expected = match text {
                "2015" => "1970-01-01T00:33:35.000Z",
                "20151" => "1970-01-01T05:35:51.000Z",
                _ => "none",
            };
            check(text, expected);
        }
    }

    #[test]
    fn a_clients_clock_is_corrected() {
        let time = |text: &str| if text.is_empty() { None } else { parse(text) };
        let check = |original: &str, sent: &str, received: &str, expected: &str| {
            let corrected = corrected(time(original), time(sent), time(received));
            let text = corrected.map_or_else(|| "none".to_owned(), |time| time.to_string());
            assert_eq!(text, expected, "{original} {sent} {received}");
        };
        // The client is an hour ahead, and sent the event 10 seconds after it happened.
        check("2026-01-02T11:00:00Z", "2026-01-02T11:00:10Z", "2026-01-02T10:00:11Z", "2026-01-02T10:00:01.000Z");
        check("1970-01-01T00:00:05Z", "1970-01-01T00:00:10Z", "2026-01-02T10:00:00Z", "2026-01-02T09:59:55.000Z");
        check("2026-01-02T11:00:00Z", "", "2026-01-02T10:00:00Z", "2026-01-02T11:00:00.000Z");
        check("2026-01-02T11:00:00Z", "2026-01-02T11:00:10Z", "", "2026-01-02T11:00:00.000Z");
        check("", "2026-01-02T11:00:10Z", "2026-01-02T10:00:00Z", "2026-01-02T10:00:00.000Z");
        check("", "2026-01-02T11:00:10Z", "", "2026-01-02T11:00:10.000Z");
        check("", "", "", "none");
        check("0000-01-01", "9999-01-01", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z");
    }

    #[test]
    fn days_that_cannot_be() {
        let arrival = parse("2026-01-02T10:00:00Z");
        let check = |text: &str, expected: bool| assert_eq!(parse(text).unwrap().is_sane(arrival), expected, "{text}");
        check("2026-01-02T10:00:00Z", true);
        check("2026-01-03T10:00:00Z", true);
        check("2026-01-03T10:00:00.001Z", false);
        check("2010-01-01", true);
        check("2009-12-31T23:59:59Z", false);
        assert!(parse("2999-01-01").unwrap().is_sane(None));
    }
}
