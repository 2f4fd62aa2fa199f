//! A place in a field that holds a date or a time, and the pieces that can be read there.

use super::calendar::{SECOND_MICROS, time_of_day, twelve_hours};

/// A place in a field.
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().iter().all(u8::is_ascii_whitespace)
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// How many digits come next.
    pub(super) fn digits_ahead(&self) -> usize {
        self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of one to `most` digits.
    pub(super) fn number(&mut self, most: usize) -> Option<i64> {
        let length = self.digits_ahead().min(most);
        let digits = &self.rest()[..length];
        self.at += length;
        (length > 0).then(|| digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
    }

    pub(super) fn separator(&mut self, expected: u8) -> Option<()> {
        let found = self.peek()?.eq_ignore_ascii_case(&expected);
        self.at += 1;
        found.then_some(())
    }

    /// Seconds with a fraction of up to six digits (more are dropped), in microseconds.
    pub(super) fn seconds(&mut self) -> Option<i64> {
        let mut micros = self.number(2)? * SECOND_MICROS;
        if self.peek() == Some(b'.') && self.rest().get(1).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
            let length = self.digits_ahead();
            for (digit, place) in self.rest()[..length].iter().zip((0..6).rev()) {
                micros += i64::from(digit - b'0') * 10_i64.pow(place);
            }
            self.at += length;
        }
        Some(micros)
    }

    /// `HH:MI`, `HH:MI:SS` or `HH:MI:SS.ffffff`, with AM or PM, in microseconds of the day.
    pub(super) fn clock(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.separator(b':')?;
        let minute = self.number(2)?;
        let mut second = 0;
        if self.peek() == Some(b':') {
            self.at += 1;
            second = self.seconds()?;
        }
        let spaces = self.rest().iter().take_while(|byte| **byte == b' ').count();
        let meridian = self.rest().get(spaces + 1).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'M'));
        let afternoon = if meridian {
            self.at += spaces;
            Some(self.meridian()?)
        } else {
            None
        };
        time_of_day(twelve_hours(hour, afternoon)?, minute, second)
    }

    /// AM is false, PM is true.
    pub(super) fn meridian(&mut self) -> Option<bool> {
        let word = self.rest().get(..2)?.to_ascii_uppercase();
        self.at += 2;
        match word.as_slice() {
            b"AM" => Some(false),
            b"PM" => Some(true),
            _ => None,
        }
    }

    /// A month's English name, whole or its first three letters, in any case.
    pub(super) fn month_name(&mut self) -> Option<i64> {
        const MONTHS: [&str; 12] = [
            "JANUARY",
            "FEBRUARY",
            "MARCH",
            "APRIL",
            "MAY",
            "JUNE",
            "JULY",
            "AUGUST",
            "SEPTEMBER",
            "OCTOBER",
            "NOVEMBER",
            "DECEMBER",
        ];
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = self.rest()[..length].to_ascii_uppercase();
        let of = |name: &&str| name.as_bytes() == word || &name.as_bytes()[..3] == word.as_slice();
        let month = MONTHS.iter().position(of)?;
        self.at += length;
        i64::try_from(month + 1).ok()
    }

    /// `+HH`, `-HH:MM` or `+HHMM` in seconds; nothing at all is UTC.
    pub(super) fn offset(&mut self) -> Option<i64> {
        let sign = match self.peek() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(0),
        };
        self.at += 1;
        let hours = self.number(2)?;
        self.at += usize::from(self.peek() == Some(b':'));
        let minutes = if self.digits_ahead() > 0 { self.number(2)? } else { 0 };
        (hours < 16 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
    }
}
