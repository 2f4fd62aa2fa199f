//! The rows of `flights.csv`: each flight is drawn, timed and written in one pass, in date order.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::RngCore;

use super::airports::{self, Airport};
use super::calendar::{self, Day};
use super::carriers;
use super::curve::Curve;
use super::routes::{Route, Routes, network};
use super::{Options, WriteError};

/// No row is longer, in bytes.
pub(super) const LONGEST: usize = 256;

const DAY_MINUTES: i32 = 1440;
/// In 2^16ths: about 1.54 % of all flights.
const CANCELLED: u64 = 1010;
/// In 2^16ths: about 0.26 % of all flights.
const DIVERTED: u64 = 171;
/// The month whose airports are numbers.
const OCTOBER: u32 = 10;

/// All rows for some options, one after another.
pub(super) struct Rows {
    random: Pcg64Mcg,
    days: std::vec::IntoIter<Day>,
    day: Option<Day>,
    /// Rows of the day that have been written.
    written: u64,
    curves: Curves,
    routes: Routes,
    codes: Vec<[u8; 3]>,
    numbers: Vec<[u8; 5]>,
    /// `HHMM` by minute of the day; midnight is `2400`.
    clock: Vec<[u8; 4]>,
}

struct Curves {
    /// 10 bits: minute of the day.
    departure: Curve,
    /// 12 bits: minutes.
    delay: Curve,
    /// 10 bits: minutes.
    taxi_out: Curve,
    /// 10 bits: minutes.
    taxi_in: Curve,
    /// 10 bits: minutes more or less than usual.
    air: Curve,
}

/// What was drawn for one flight, in minutes.
struct Flight {
    scheduled: i32,
    duration: i32,
    delay: i32,
    taxi_out: i32,
    air_time: i32,
    taxi_in: i32,
    number: u32,
    tail: u32,
    /// 8 bits: who caused a delay.
    cause: u64,
    /// 16 bits: cancelled, diverted or flown.
    fate: u64,
}

impl Rows {
    pub(super) fn new(options: &Options) -> Result<Rows, WriteError> {
        let (airports, routes) = network();
        Ok(Rows {
            random: generator(options.seed),
            days: calendar::days(options.year, options.rows)?.into_iter(),
            day: None,
            written: 0,
            curves: Curves::new(),
            routes,
            codes: airports.iter().map(code).collect(),
            numbers: (0..airports.len()).map(|index| digits(airports::number(index))).collect(),
            clock: (0..DAY_MINUTES).map(clock).collect(),
        })
    }

    /// Appends the next row with its line end; `false` after the last.
    #[inline]
    pub(super) fn next_into(&mut self, line: &mut Vec<u8>) -> bool {
        while self.day.as_ref().is_none_or(|day| self.written == day.rows) {
            let Some(day) = self.days.next() else {
                return false;
            };
            self.day = Some(day);
            self.written = 0;
        }
        let random = [self.random.next_u64(), self.random.next_u64(), self.random.next_u64()];
        let (Some(day), Some(route)) = (&self.day, self.routes.pick(random[0])) else {
            return false;
        };
        let flight = self.curves.flight(route, self.written, day.rows, random[1], random[2]);
        self.write(line, day, route, &flight);
        self.written += 1;
        true
    }

    /// Every field but the first four begins with its comma.
    fn write(&self, line: &mut Vec<u8>, day: &Day, route: &Route, flight: &Flight) {
        let carrier = &carriers::ALL[route.carrier];
        line.reserve(LONGEST);
        line.extend_from_slice(day.prefix.as_bytes());
        line.extend_from_slice(carrier.code.as_bytes());
        let number = 1 + ((u64::from(flight.number) * u64::from(carrier.numbers)) >> 16);
        value(line, i32::try_from(number).unwrap_or(1));
        line.push(b',');
        let cancelled = flight.fate < CANCELLED;
        // Some flights are cancelled before an aircraft is chosen.
        if !(cancelled && flight.fate.is_multiple_of(6)) {
            line.push(b'N');
            line.extend_from_slice(itoa::Buffer::new().format(100 + flight.tail % 890).as_bytes());
            line.extend_from_slice(carrier.tail.as_bytes());
        }
        for airport in [route.origin, route.destination] {
            line.push(b',');
            match day.month {
                OCTOBER => line.extend_from_slice(&self.numbers[airport]),
                _ => line.extend_from_slice(&self.codes[airport]),
            }
        }
        self.time(line, flight.scheduled);
        if cancelled {
            self.write_cancelled(line, route, flight);
        } else {
            self.write_flown(line, route, flight);
        }
    }

    fn write_cancelled(&self, line: &mut Vec<u8>, route: &Route, flight: &Flight) {
        line.extend_from_slice(b",,,,");
        value(line, flight.duration);
        line.extend_from_slice(b",,");
        value(line, route.distance);
        line.extend_from_slice(b",,");
        self.time(line, flight.scheduled + flight.duration + route.clock);
        line.extend_from_slice(b",,,0,1,");
        // Weather, the airline, the air system; security almost never.
        line.push(match flight.fate * 1000 / CANCELLED {
            0..543 => b'B',
            543..824 => b'A',
            824..999 => b'C',
            _ => b'D',
        });
        line.extend_from_slice(b",,,,,\n");
    }

    fn write_flown(&self, line: &mut Vec<u8>, route: &Route, flight: &Flight) {
        let diverted = (CANCELLED..CANCELLED + DIVERTED).contains(&flight.fate);
        let departed = flight.scheduled + flight.delay;
        let wheels_off = departed + flight.taxi_out;
        // A diverted flight reaches its destination hours later.
        let detour = if diverted { 120 } else { 0 };
        let wheels_on = wheels_off + flight.air_time + route.clock + detour;
        let elapsed = flight.taxi_out + flight.air_time + flight.taxi_in;
        let late = flight.delay + elapsed - flight.duration;

        self.time(line, departed);
        value(line, flight.delay);
        value(line, flight.taxi_out);
        self.time(line, wheels_off);
        value(line, flight.duration);
        if diverted {
            line.extend_from_slice(b",,");
        } else {
            value(line, elapsed);
            value(line, flight.air_time);
        }
        value(line, route.distance);
        self.time(line, wheels_on);
        value(line, flight.taxi_in);
        self.time(line, flight.scheduled + flight.duration + route.clock);
        self.time(line, wheels_on + flight.taxi_in);
        if diverted {
            line.extend_from_slice(b",,1,0,,,,,,\n");
            return;
        }
        value(line, late);
        line.extend_from_slice(b",0,0,");
        if late < 15 {
            line.extend_from_slice(b",,,,,\n");
            return;
        }
        for cause in causes(late, flight) {
            value(line, cause);
        }
        line.push(b'\n');
    }

    #[inline]
    fn time(&self, line: &mut Vec<u8>, minute: i32) {
        line.push(b',');
        line.extend_from_slice(&self.clock[minute.rem_euclid(DAY_MINUTES) as usize]);
    }
}

impl Curves {
    /// Shapes seen in the year 2015.
    fn new() -> Curves {
        let departure = [(0, 1), (6, 70), (14, 300), (60, 360), (100, 400), (950, 1260), (985, 1350), (1000, 1439)];
        let delay = [
            (0, -25),
            (10, -13),
            (50, -9),
            (100, -7),
            (250, -5),
            (400, -3),
            (500, -2),
            (600, 0),
            (650, 2),
            (700, 5),
            (750, 7),
            (800, 14),
            (850, 25),
            (900, 42),
            (950, 83),
            (980, 142),
            (990, 190),
            (998, 350),
            (1000, 1300),
        ];
        let taxi_out = [(0, 3), (50, 8), (250, 11), (500, 14), (750, 19), (950, 32), (990, 50), (1000, 120)];
        let taxi_in = [(0, 1), (50, 3), (250, 4), (500, 6), (750, 9), (950, 18), (990, 30), (1000, 90)];
        let air = [(0, -14), (100, -7), (300, -3), (500, 0), (700, 3), (900, 8), (1000, 20)];
        Curves {
            departure: Curve::new(&departure, 10),
            delay: Curve::new(&delay, 12),
            taxi_out: Curve::new(&taxi_out, 10),
            taxi_in: Curve::new(&taxi_in, 10),
            air: Curve::new(&air, 10),
        }
    }

    /// The flight at `index` of the day's `rows`: departures never go back within a day.
    #[inline]
    fn flight(&self, route: &Route, index: u64, rows: u64, a: u64, b: u64) -> Flight {
        const SHARE_BITS: u32 = 20;
        let jitter = a & ((1 << SHARE_BITS) - 1);
        let share = u128::from((index << SHARE_BITS) + jitter) / u128::from(rows.max(1));
        Flight {
            scheduled: self.departure.between(share as u64, SHARE_BITS, 10),
            // Airlines plan the usual time in the air, taxiing and a little more.
            duration: route.air_time + 29 + (b & 3) as i32,
            delay: self.delay.get((a >> 20) & 0xfff),
            taxi_out: self.taxi_out.get((a >> 32) & 0x3ff),
            taxi_in: self.taxi_in.get((a >> 42) & 0x3ff),
            air_time: route.air_time + self.air.get((a >> 52) & 0x3ff),
            number: ((b >> 2) & 0xffff) as u32,
            tail: ((b >> 18) & 0xffff) as u32,
            cause: (b >> 34) & 0xff,
            fate: (b >> 42) & 0xffff,
        }
    }
}

/// Air system, security, airline, late aircraft, weather: what happened after departure is the air system's.
fn causes(late: i32, flight: &Flight) -> [i32; 5] {
    let air_system = (late - flight.delay.max(0)).clamp(0, late);
    let rest = late - air_system;
    let (airline, aircraft, weather, security) = match flight.cause {
        0..100 => (rest, 0, 0, 0),
        100..185 => (0, rest, 0, 0),
        185..240 => (rest / 2, rest - rest / 2, 0, 0),
        240..255 => (0, 0, rest, 0),
        _ => (0, 0, 0, rest),
    };
    [air_system, security, airline, aircraft, weather]
}

#[inline]
fn value(line: &mut Vec<u8>, value: i32) {
    line.push(b',');
    line.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The state is set directly, so that the sequence is the algorithm's own and no library's way to seed it.
fn generator(seed: u64) -> Pcg64Mcg {
    const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let mut random = Pcg64Mcg::new((u128::from(seed) + 1).wrapping_mul(SPREAD));
    for _ in 0..8 {
        random.next_u64();
    }
    random
}

fn code(airport: &Airport) -> [u8; 3] {
    airport.code.as_bytes().try_into().unwrap_or(*b"???")
}

fn digits(number: u32) -> [u8; 5] {
    number.to_string().as_bytes().try_into().unwrap_or(*b"00000")
}

fn clock(minute: i32) -> [u8; 4] {
    let text = if minute == 0 { String::from("2400") } else { format!("{:02}{:02}", minute / 60, minute % 60) };
    text.as_bytes().try_into().unwrap_or(*b"2400")
}
