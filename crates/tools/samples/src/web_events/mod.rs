//! Tracking events of a small social web app, in Segment's form, as its browsers and servers send them.

mod broken;
mod event;
mod people;

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

pub use broken::Malformed;

use event::Writer;
use people::People;

/// How many of the latest events may be sent a second time.
const REMEMBERED: usize = 64;

/// How many events, and which.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Events of distinct `messageId`; malformed ones and repetitions come on top.
    pub events: u64,
    /// Another seed gives other events of the same nature.
    pub seed: u64,
    /// When the first event happens, UTC.
    pub start: DateTime<Utc>,
    /// Events per second, on average.
    pub rate: f64,
    /// How many people use the app.
    pub people: u32,
    /// How uneven they are: with 0 all are equally active, with 1 the busiest sends as Zipf's law has it, above 1 even more.
    pub skew: f64,
    /// How wrong the clocks of devices are at most, in seconds; a device's clock stays equally wrong.
    pub clock_skew: u32,
    /// Of 1,000 events, how many are of types that the pipeline does not declare.
    pub unknown: u32,
    /// Of 1,000 events, how many are sent a second time.
    pub repeated: u32,
    /// Malformed records, per 1,000 events.
    pub malformed: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            events: 10_000,
            seed: 1,
            start: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000),
            rate: 50.0,
            people: 5_000,
            skew: 1.0,
            clock_skew: 90,
            unknown: 20,
            repeated: 5,
            malformed: 1,
        }
    }
}

/// What a record is, and its expected outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// A good event; its row belongs to this table.
    Event(&'static str),
    /// An earlier event once more, with the same `messageId`; the table has its row already.
    Repetition(&'static str),
    /// Not an event: it must be quarantined for replay.
    Malformed(Malformed),
}

/// One record of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub nature: Nature,
    /// Its bytes: JSON on one line, except in what is malformed; no line end.
    pub data: Vec<u8>,
}

/// The records, in the order in which they are sent. The same options give the same records.
pub struct Records {
    options: Options,
    random: Random,
    people: People,
    made: u64,
    due: VecDeque<Record>,
    recent: VecDeque<Record>,
    malformed: usize,
}

impl Records {
    /// All records that the options ask for.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        let mut random = Random::new(options.seed);
        let people = People::new(options, &mut random);
        let (due, recent) = (VecDeque::new(), VecDeque::with_capacity(REMEMBERED));
        Records { options: options.clone(), random, people, made: 0, due, recent, malformed: 0 }
    }

    fn make(&mut self) {
        let options = &self.options;
        // Far below 2^53 events, and the rate is a rough figure.
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        let after = (self.made as f64 * 1000.0 / options.rate.max(1e-6)) as i64;
        let time = options.start.timestamp_millis().saturating_add(after);
        let person = self.people.pick(&mut self.random);
        let mut writer = Writer::new(&mut self.random, person, time, self.made);
        let table = writer.write(options.unknown);
        let record = Record { nature: Nature::Event(table), data: writer.into_bytes() };
        self.made += 1;
        if self.random.is(self.options.repeated)
            && let Some(earlier) = self.earlier()
        {
            self.due.push_back(earlier);
        }
        if self.random.is(self.options.malformed) {
            let kind = Malformed::ALL[self.malformed % Malformed::ALL.len()];
            self.malformed += 1;
            self.due.push_back(Record { nature: Nature::Malformed(kind), data: kind.of(&record.data) });
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(record.clone());
        self.due.push_back(record);
    }

    /// One of the latest events again.
    fn earlier(&mut self) -> Option<Record> {
        let at = self.random.below(self.recent.len().max(1) as u64);
        let record = self.recent.get(usize::try_from(at).ok()?)?;
        let Nature::Event(table) = record.nature else { return None };
        Some(Record { nature: Nature::Repetition(table), data: record.data.clone() })
    }
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.due.is_empty() && self.made < self.options.events {
            self.make();
        }
        self.due.pop_front()
    }
}

/// A small generator whose sequence is specified.
pub(crate) struct Random(Pcg64Mcg);

impl Random {
    fn new(seed: u64) -> Self {
        Random(Pcg64Mcg::seed_from_u64(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The bias is below 2^-40 for the bounds that are used.
        self.next() % bound
    }

    /// From 0 to below 1.
    pub(crate) fn share(&mut self) -> f64 {
        // 53 bits are what an `f64` holds.
        #[expect(clippy::cast_precision_loss)]
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        share
    }

    /// True in so many of 1,000 cases.
    pub(crate) fn is(&mut self, of_1000: u32) -> bool {
        self.below(1000) < u64::from(of_1000)
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len() as u64);
        // Below the length of a slice.
        #[expect(clippy::cast_possible_truncation)]
        let at = at as usize;
        &of[at]
    }
}

#[cfg(test)]
mod tests;
