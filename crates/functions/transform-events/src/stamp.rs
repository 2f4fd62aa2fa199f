//! Times as text, without a format that is read anew for each: `2015-12-10T04:08:31.909Z`, as `Instant` shows itself.

use event_lake::Instant;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Appends a time.
pub(crate) fn push(out: &mut String, time: Instant) {
    let mut text = *b"0000-00-00T00:00:00.000Z";
    put_date(&mut text, time);
    let millis = time.millis().rem_euclid(DAY);
    put(&mut text[11..13], millis / 3_600_000);
    put(&mut text[14..16], millis / 60_000 % 60);
    put(&mut text[17..19], millis / 1000 % 60);
    put(&mut text[20..23], millis % 1000);
    // Digits and signs.
    out.push_str(str::from_utf8(&text).unwrap_or_default());
}

/// The day that an event is filed under, as `2015-12-10`.
pub(crate) fn filed_under(time: Instant, arrival: Instant) -> String {
    // Whether the clock was wrong makes no difference on the same day.
    if time.millis().div_euclid(DAY) != arrival.millis().div_euclid(DAY) {
        return time.filed_under(arrival);
    }
    let mut text = *b"0000-00-00";
    put_date(&mut text, time);
    str::from_utf8(&text).unwrap_or_default().to_owned()
}

/// The calendar repeats itself after 400 years; a year that begins with March has its odd day at its end.
fn put_date(text: &mut [u8], time: Instant) {
    let days = time.millis().div_euclid(DAY) + 719_468; // since the first of March of the year 0
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    put(&mut text[..4], year);
    put(&mut text[5..7], month);
    put(&mut text[8..10], day_of_year - (153 * march_month + 2) / 5 + 1);
}

/// Fills a place with the last digits of a number that is not negative.
fn put(place: &mut [u8], mut value: i64) {
    for digit in place.iter_mut().rev() {
        // One digit.
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_show_themselves() {
        // From the year 0 to 9999, in steps that meet every hour and month, and the days around leap years' ends.
        let around = |day: i64| (-2..3).map(move |off| (day + off) * DAY + 86_399_999);
        let days = [-719_468, -25_509, 0, 10_956, 11_016, 11_322, 47_540, 60_000];
        let steps = (-62_167_219_200_000_i64..253_402_300_800_000).step_by(9_000_000_001);
        for millis in steps.chain(days.into_iter().flat_map(around)) {
            let Some(time) = Instant::from_millis(millis) else { continue };
            let mut text = String::new();
            push(&mut text, time);
            assert_eq!(text, time.to_string(), "{millis}");
            assert_eq!(filed_under(time, time), time.date());
        }
    }

    #[test]
    fn a_wrong_clock_counts_on_another_day() {
        let at = |text: &str| event_lake::time::parse(text).unwrap();
        let check = |time: &str, arrival: &str| {
            assert_eq!(filed_under(at(time), at(arrival)), at(time).filed_under(at(arrival)), "{time} {arrival}");
        };
        check("2026-11-19T23:59:59Z", "2026-11-20T00:00:01Z");
        check("2026-11-25", "2026-11-20");
        check("1970-01-01", "2026-11-20");
        check("1970-01-01T05:00", "1970-01-01T07:00");
    }
}
