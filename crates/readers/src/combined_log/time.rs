use chrono::{DateTime, NaiveDate};

/// `[10/Oct/2000:13:55:36.123456 +00:00]` is shorter.
const BYTES_MAX: usize = 40;

/// Reads the bracketed time that a text begins with: microseconds since 1970 in UTC, and how many bytes it takes with its brackets.
///
/// Apache's `%t` and nginx's `$time_local`, with a fraction of a second or without, and ISO 8601 (nginx's `$time_iso8601`).
pub(super) fn bracketed(text: &[u8]) -> Option<(i64, usize)> {
    let inside = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', &inside[..inside.len().min(BYTES_MAX)])?;
    let micros = clf(&inside[..end]).or_else(|| iso(&inside[..end]))?;
    Some((micros, end + 2))
}

/// `10/Oct/2000:13:55:36 -0700`
fn clf(text: &[u8]) -> Option<i64> {
    let (clock, zone) = text.split_at(text.iter().position(|byte| *byte == b' ')?);
    let (date, rest) = clock.split_at_checked(11)?;
    let [b'/', b'/'] = [date[2], date[6]] else { return None };
    let day = NaiveDate::from_ymd_opt(number(&date[7..])?.try_into().ok()?, month(&date[3..6])?, number(&date[..2])?)?;
    let (time, fraction) = rest.split_at_checked(9)?;
    let [b':', b':', b':'] = [time[0], time[3], time[6]] else { return None };
    let (hour, minute, second) = (number(&time[1..3])?, number(&time[4..6])?, number(&time[7..9])?);
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = day.signed_duration_since(NaiveDate::default()).num_seconds()
        + i64::from(hour * 3600 + minute * 60 + second)
        - offset(&zone[1..])?;
    Some(seconds * 1_000_000 + micros(fraction)?)
}

fn iso(text: &[u8]) -> Option<i64> {
    let time = DateTime::parse_from_rfc3339(std::str::from_utf8(text).ok()?).ok()?;
    Some(time.timestamp_micros())
}

/// Seconds east of Greenwich: `+0200`, `+02:00`, `Z`.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone.split_first()? {
        (b'Z', []) => return Some(0),
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h @ .., b':', m1, m2] if h.len() == 2 => (number(h)?, number(&[*m1, *m2])?),
        [_, _, _, _] => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

/// Nothing, or a point and digits; what is finer than a microsecond is cut off.
fn micros(fraction: &[u8]) -> Option<i64> {
    let Some((b'.' | b',', digits)) = fraction.split_first() else {
        return fraction.is_empty().then_some(0);
    };
    if digits.is_empty() {
        return None;
    }
    let digit = |at: usize| digits.get(at).map_or(Some(0), |byte| number(&[*byte]));
    let all_are_digits = digits.iter().all(u8::is_ascii_digit);
    let value = (0..6).try_fold(0, |value, at| Some(value * 10 + i64::from(digit(at)?)))?;
    all_are_digits.then_some(value)
}

fn month(name: &[u8]) -> Option<u32> {
    const NAMES: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let at = NAMES.iter().position(|month| name.eq_ignore_ascii_case(month))?;
    u32::try_from(at + 1).ok()
}

/// Up to nine digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_zone() {
        let check = |text: &str, expected: Option<&str>| {
            let micros = bracketed(text.as_bytes()).map(|(micros, _)| micros);
            let read = micros.and_then(DateTime::from_timestamp_micros).map(|time| time.naive_utc().to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("[10/Oct/2000:13:55:36 -0700] x", Some("2000-10-10 20:55:36"));
        check("[29/Feb/2016:23:30:00 +0530]", Some("2016-02-29 18:00:00"));
        check("[01/jan/1969:00:00:00 Z]", Some("1969-01-01 00:00:00"));
        check("[10/Oct/2000:13:55:36.25 +00:00]", Some("2000-10-10 13:55:36.250"));
        check("[10/Oct/2000:13:55:36.123456789 +0000]", Some("2000-10-10 13:55:36.123456"));
        check("[31/Dec/2016:23:59:60 +0000]", Some("2017-01-01 00:00:00"));
        check("[2015-03-01T12:00:00+01:00]", Some("2015-03-01 11:00:00"));
        for bad in [
            "[10/Oct/2000:13:55:36]",
            "[10/Oct/2000:13:55:36 ]",
            "[10/Oct/2000:13:55:36 PST]",
            "[10/Oct/2000:13:55:36 +2400]",
            "[30/Feb/2000:13:55:36 +0000]",
            "[10/Okt/2000:13:55:36 +0000]",
            "[10/Oct/2000:24:00:00 +0000]",
            "[10/Oct/2000:13:55:36. +0000]",
            "[10/Oct/2000:13:55:36 +0000",
            "[10-Oct-2000:13:55:36 +0000]",
            "[]",
            "[",
            "",
        ] {
            check(bad, None);
        }
    }
}
