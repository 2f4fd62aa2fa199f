//! The formats that DATEFORMAT 'auto' and TIMEFORMAT 'auto' recognise ("Using automatic recognition with DATEFORMAT
//! and TIMEFORMAT"). Epoch numbers are not among them.

use super::calendar::{DAY_MICROS, Moment, century, days, time_of_day};
use super::cursor::Cursor;

/// 1970-01-01 as a Julian day.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// Zones by name, in seconds east of UTC.
const ZONES: [(&str, i64); 11] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("EST", -18_000),
    ("EDT", -14_400),
    ("CST", -21_600),
    ("CDT", -18_000),
    ("MST", -25_200),
    ("MDT", -21_600),
    ("PST", -28_800),
    ("PDT", -25_200),
];

/// The moment that `field` names in any of the formats; a missing time is midnight, a missing zone UTC.
pub(super) fn moment(field: &[u8]) -> Option<Moment> {
    let mut cursor = Cursor::new(field);
    cursor.skip_spaces();
    let (days, time) = match cursor.peek()? {
        b'J' | b'j' if cursor.rest().get(1).is_some_and(u8::is_ascii_digit) => (julian(&mut cursor)?, None),
        first if first.is_ascii_alphabetic() => (month_first(&mut cursor)?, None),
        _ => number_first(&mut cursor)?,
    };
    let (micros, offset_seconds) = match time {
        Some(micros) => (micros, zone(&mut cursor)?),
        None => time_and_zone(&mut cursor)?,
    };
    let in_range = (0..DAY_MICROS).contains(&micros);
    (in_range && cursor.at_end()).then_some(Moment { days, micros, offset_seconds })
}

/// `J2451187`.
fn julian(cursor: &mut Cursor<'_>) -> Option<i32> {
    cursor.skip(1);
    i32::try_from(cursor.number(9)? - EPOCH_JULIAN_DAY).ok()
}

/// `Jan-08-1995`, `January 8, 1999`, `Jan-08-95 BC`.
fn month_first(cursor: &mut Cursor<'_>) -> Option<i32> {
    let month = cursor.month_name()?;
    gap(cursor);
    let day = cursor.number(2)?;
    gap(cursor);
    let digits = cursor.digits_ahead();
    let year = cursor.number(4)?;
    let before = cursor.rest().iter().take_while(|byte| matches!(byte, b' ' | b'-')).count();
    if cursor.rest().get(before..before + 2).is_some_and(|era| era.eq_ignore_ascii_case(b"BC")) {
        cursor.skip(before + 2);
        return days(1 - year, month, day);
    }
    days(if digits == 2 { century(year) } else { year }, month, day)
}

/// Everything that begins with a digit; the time too where it stands inside the date.
fn number_first(cursor: &mut Cursor<'_>) -> Option<(i32, Option<i64>)> {
    let digits = cursor.digits_ahead();
    let separator = cursor.rest().get(digits).copied();
    let date = match (digits, separator) {
        (8, _) => days(cursor.number(4)?, cursor.number(2)?, cursor.number(2)?)?,
        (6, _) => days(century(cursor.number(2)?), cursor.number(2)?, cursor.number(2)?)?,
        (4, Some(separator @ (b'-' | b'/' | b'.'))) => year_first(cursor, separator)?,
        (1 | 2, Some(b' ')) => return day_and_month_name(cursor),
        (1 | 2, Some(separator @ (b'-' | b'/' | b'.'))) => day_or_month_first(cursor, separator)?,
        _ => return None,
    };
    Some((date, None))
}

/// `1996-01-08`, `1996/01/08`, `1996-Jan-08`, and `1996.008`, the eighth day of the year.
fn year_first(cursor: &mut Cursor<'_>, separator: u8) -> Option<i32> {
    let year = cursor.number(4)?;
    cursor.skip(1);
    if separator == b'.' && cursor.digits_ahead() == 3 {
        let day = cursor.number(3)?;
        let last = days(year + 1, 1, 1)? - days(year, 1, 1)?;
        let day = i32::try_from(day).ok().filter(|day| (1..=last).contains(day))?;
        return Some(days(year, 1, 1)? + day - 1);
    }
    let month = month(cursor)?;
    cursor.separator(separator)?;
    days(year, month, cursor.number(2)?)
}

/// `12/17/1997`, `12-17-1997`, `17.12.1997`, `17-Dec-1997`.
fn day_or_month_first(cursor: &mut Cursor<'_>, separator: u8) -> Option<i32> {
    let first = cursor.number(2)?;
    cursor.skip(1);
    let named = cursor.peek()?.is_ascii_alphabetic();
    let second = month(cursor)?;
    cursor.separator(separator)?;
    let short = cursor.digits_ahead() == 2;
    let year = cursor.number(4)?;
    let year = if short { century(year) } else { year };
    // Redshift names the dotted format DD.MM.YYYY and gives 12.17.1997 as its example: both orders must be read.
    let day_first = named || (separator == b'.' && second <= 12);
    if day_first { days(year, second, first) } else { days(year, first, second) }
}

/// `17 Dec 1997` and `17 Dec 07:37:16 1997`.
fn day_and_month_name(cursor: &mut Cursor<'_>) -> Option<(i32, Option<i64>)> {
    let day = cursor.number(2)?;
    cursor.skip_spaces();
    let month = cursor.month_name()?;
    gap(cursor);
    if cursor.digits_ahead() > 2 {
        return Some((days(cursor.number(4)?, month, day)?, None));
    }
    let micros = cursor.clock()?;
    cursor.skip_spaces();
    Some((days(cursor.number(4)?, month, day)?, Some(micros)))
}

fn month(cursor: &mut Cursor<'_>) -> Option<i64> {
    if cursor.peek()?.is_ascii_alphabetic() { cursor.month_name() } else { cursor.number(2) }
}

fn gap(cursor: &mut Cursor<'_>) {
    while matches!(cursor.peek(), Some(b' ' | b'-' | b',' | b'/')) {
        cursor.skip(1);
    }
}

/// A space or `T`, a time as `HH:MI:SS` or `HHMISS`, and a zone; all may be missing.
fn time_and_zone(cursor: &mut Cursor<'_>) -> Option<(i64, i64)> {
    if cursor.at_end() {
        return Some((0, 0));
    }
    match cursor.peek() {
        Some(b'T' | b't') => cursor.skip(1),
        _ => cursor.skip_spaces(),
    }
    let micros = if cursor.digits_ahead() == 6 {
        time_of_day(cursor.number(2)?, cursor.number(2)?, cursor.seconds()?)?
    } else {
        cursor.clock()?
    };
    Some((micros, zone(cursor)?))
}

fn zone(cursor: &mut Cursor<'_>) -> Option<i64> {
    cursor.skip_spaces();
    if cursor.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
        let length = cursor.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let name = cursor.rest()[..length].to_ascii_uppercase();
        cursor.skip(length);
        return ZONES.iter().find(|(zone, _)| zone.as_bytes() == name).map(|(_, seconds)| *seconds);
    }
    cursor.offset()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::dates::{DateFormat, TimeFormat};

    fn check(format: &str, field: &str, expected: &str) {
        let moment = TimeFormat::parse(format).unwrap().moment(field.as_bytes(), true);
        let shown = moment.map_or_else(
            || "refused".to_owned(),
            |moment| {
                DateTime::from_timestamp_micros(moment.utc_micros()).unwrap().format("%Y-%m-%d %H:%M:%S%.f").to_string()
            },
        );
        assert_eq!(shown, expected, "{field} as {format}");
    }

    #[test]
    fn auto_recognises_what_redshift_lists() {
        check("auto", "2019-02-11T05:09:12.195Z", "2019-02-11 05:09:12.195");
        check("auto", "2019-02-11T05:09:12+02:00", "2019-02-11 03:09:12");
        check("auto", "J2451187", "1999-01-08 00:00:00");
        check("auto", "19960108 040809", "1996-01-08 04:08:09");
        check("auto", "960108 040809", "1996-01-08 04:08:09");
        check("auto", "1996.008", "1996-01-08 00:00:00");
        check("auto", "1996-01-08 04:05:06.789", "1996-01-08 04:05:06.789");
        check("auto", "17 Dec 07:37:16 1997 PST", "1997-12-17 15:37:16");
        check("auto", "12/17/1997 07:37:16.00 PST", "1997-12-17 15:37:16");
        check("auto", "1997-12-17 07:37:16-08", "1997-12-17 15:37:16");
        check("auto", "12.17.1997 07:37:16.00 PST", "1997-12-17 15:37:16");
        check("auto", "17.12.1997", "1997-12-17 00:00:00");
        check("auto", "January 8, 1999 4:05 PM", "1999-01-08 16:05:00");
        check("auto", "Jan-08-95 BC", "-0094-01-08 00:00:00");
        check("auto", "1458153475", "refused");
        check("auto", "2019-02-30", "refused");
        check("auto", "2019-02-11 25:00:00", "refused");
        check("auto", "tomorrow", "refused");
    }

    #[test]
    fn formats_and_epochs() {
        check("YYYY-MM-DD HH:MI:SS", "2019-02-11 05:09:12.123456789", "2019-02-11 05:09:12.123456");
        check("YYYY-MM-DD HH:MI:SS", "2019-02-11 05:09:12-8:00", "2019-02-11 13:09:12");
        check("YYYY-MM-DD HH:MI:SS", "2019-02-11T05:09:12", "refused");
        check("YYYY-MM-DDTHH:MI:SS", "2019-02-11T05:09:12", "2019-02-11 05:09:12");
        check("MM/DD/YYYY HH12:MI:SS AM", "2/9/2019 12:09:12 pm", "2019-02-09 12:09:12");
        check("MM/DD/YYYY HH12:MI:SS AM", "2/9/2019 13:09:12 pm", "refused");
        check("DDMONYYYY", "09FEB2019", "2019-02-09 00:00:00");
        check("YYYYMMDD", "20190209", "2019-02-09 00:00:00");
        check("YYYYMMDD", "20190209x", "refused");
        check("epochsecs", "1458153475.5", "2016-03-16 18:37:55.500");
        check("epochsecs", "-1", "1969-12-31 23:59:59");
        check("epochmillisecs", "1458153475123", "2016-03-16 18:37:55.123");
        check("epochmillisecs", "soon", "refused");
    }

    #[test]
    fn a_date_drops_its_time() {
        let days = |field: &str| DateFormat::Iso.days(field.as_bytes());
        assert_eq!(days("1970-01-02"), Some(1));
        assert_eq!(days("1970-01-02 23:59:59"), Some(1));
        assert_eq!(days("1970-01-021"), None);
        assert_eq!(days("1970-1-2"), None);
        assert!(DateFormat::parse("AUTO").is_err(), "auto is case-sensitive");
    }
}
