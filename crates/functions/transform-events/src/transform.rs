use std::borrow::Cow;
use std::fmt::Display;
use std::str::Utf8Error;

use event_lake::{Instant, MIXED, time};
use json_members::text;
use sha2::{Digest, Sha256};

use crate::edits::{self, Edited};
use crate::members::{self, Doubtful, Member, push_name};
use crate::privacy::close;
use crate::rules::Rules;
use crate::{stamp, surrogates};

/// A record of a Kinesis stream holds 1 MiB (API reference, `PutRecord`), and so does what becomes of it.
pub const RECORD_BYTES_MAX: usize = 1_048_576;

/// How many hexadecimal digits of a digest make a `messageId`; Segment takes 100 characters.
const MESSAGE_ID_DIGITS: usize = 32;

/// A record of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a, O = &'a str> {
    /// What names the record in its stream, the same at each delivery. It is asked for only when an event has no id.
    pub origin: O,
    /// Its bytes.
    pub data: &'a [u8],
    /// When the stream took it.
    pub arrival: Option<Instant>,
}

/// What becomes of a record.
#[derive(Debug)]
pub enum Decision {
    /// It is delivered.
    Ok(Lines),
    /// There is nothing in it.
    Dropped,
    /// It is kept as it came, where it can be replayed.
    Failed(Reason),
}

/// The events of one record, ready to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// One JSON object per line; each line ends with a newline and has no other.
    pub text: String,
    /// How many.
    pub events: usize,
    /// The table that they belong to: lower case, `[a-z][a-z0-9_]*`.
    pub table: String,
    /// The day, UTC, as `2015-12-10`.
    pub date: String,
}

/// Why a record is kept as it came. None of them repeats a part of it.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// Its `data` is missing, or is no text.
    #[error("the record has no data")]
    NoData,
    /// Its `data` is no base64.
    #[error("the record's data is no base64")]
    NotBase64,
    /// It is larger than a stream's records are.
    #[error("the record has {bytes} bytes, and at most {RECORD_BYTES_MAX} fit")]
    TooLarge {
        /// Its size, before or after the transformation.
        bytes: usize,
    },
    /// It is no text.
    #[error("the record is not UTF-8")]
    NotUtf8(#[source] Utf8Error),
    /// Something in it is no object.
    #[error("at byte {offset} of the record there is no JSON object")]
    NotAnObject {
        /// From 0.
        offset: usize,
    },
    /// An object in it cannot be read.
    #[error("event {index} of the record is no JSON that can be read")]
    NotJson {
        /// From 0.
        index: usize,
        /// Why not.
        source: serde_json::Error,
    },
    /// An event does not say what it is.
    #[error("event {index} of the record has no type")]
    NoType {
        /// From 0.
        index: usize,
    },
    /// Neither the event nor the stream says when it was.
    #[error("event {index} of the record has no time")]
    NoTime {
        /// From 0.
        index: usize,
    },
    /// The answer to Firehose is full.
    #[error("the answer to Firehose has no room left for the record's {bytes} bytes")]
    NoRoom {
        /// Its size in the answer.
        bytes: usize,
    },
}

/// Decides what becomes of a record. The same record always becomes the same.
///
/// A record may hold several objects, one after another. All of them are delivered, or none: a part would come twice when the rest is replayed.
pub fn transform<O: Display>(rules: &Rules, record: &Record<'_, O>) -> Decision {
    match lines(rules, record) {
        Ok(Some(lines)) => Decision::Ok(lines),
        Ok(None) => Decision::Dropped,
        Err(reason) => Decision::Failed(reason),
    }
}

fn lines<O: Display>(rules: &Rules, record: &Record<'_, O>) -> Result<Option<Lines>, Reason> {
    fits(record.data.len())?;
    // The one is quicker, the other tells where.
    let text = simdutf8::basic::from_utf8(record.data)
        .or_else(|_| std::str::from_utf8(record.data))
        .map_err(Reason::NotUtf8)?;
    let text = without_halves(text);
    // Some producers on Windows begin with a byte order mark.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut out = String::with_capacity(text.len() + 256);
    let mut places: Vec<Place<'_>> = Vec::new();
    let mut at = start;
    while let Some(blanks) = text.as_bytes()[at..].iter().position(|byte| !b" \t\r\n".contains(byte)) {
        at += blanks;
        let index = places.len();
        let (object, length) = object(rules, &text[at..], index, at)?;
        let read = last_of_each(&object.members);
        let event = Event { rules, record, object, read, index };
        places.push(event.write(&mut out)?);
        at += length;
    }
    fits(out.len())?;
    let Some(first) = places.first() else { return Ok(None) };
    let is_mixed = places.iter().any(|place| place.table != first.table || place.date != first.date);
    let (table, date) = match is_mixed {
        true => (MIXED.to_owned(), first.arrival.date()),
        false => (first.table.clone().into_owned(), first.date.clone()),
    };
    Ok(Some(Lines { text: out, events: places.len(), table, date }))
}

fn fits(bytes: usize) -> Result<(), Reason> {
    if bytes > RECORD_BYTES_MAX { Err(Reason::TooLarge { bytes }) } else { Ok(()) }
}

fn without_halves(text: &str) -> Cow<'_, str> {
    let escapes = memchr::memchr_iter(b'\\', text.as_bytes());
    let may_have_halves = escapes
        .map(|at| &text.as_bytes()[at..])
        .any(|escape| escape.starts_with(b"\\ud") || escape.starts_with(b"\\uD"));
    if may_have_halves { surrogates::repair(text) } else { Cow::Borrowed(text) }
}

/// The object that the text begins with, and its length.
fn object<'a>(rules: &Rules, text: &'a str, index: usize, offset: usize) -> Result<(Edited<'a>, usize), Reason> {
    if !text.starts_with('{') {
        return Err(Reason::NotAnObject { offset });
    }
    match edits::read(&rules.privacy, text) {
        Ok(read) => Ok(read),
        Err(Doubtful) => members::first_object(text)
            .map(|(members, length)| (Edited::unplanned(members), length))
            .map_err(|source| Reason::NotJson { index, source }),
    }
}

fn last_of_each(members: &[Member<'_>]) -> [Option<usize>; READ.len()] {
    let mut read = [None; READ.len()];
    for (at, (name, _)) in members.iter().enumerate() {
        if let Some(field) = field(name) {
            read[field] = Some(at);
        }
    }
    read
}

/// Where an event belongs.
struct Place<'r> {
    table: Cow<'r, str>,
    date: String,
    /// The best that is known of its arrival.
    arrival: Instant,
}

/// One object of a record.
struct Event<'r, 'a, O> {
    rules: &'r Rules,
    record: &'a Record<'a, O>,
    object: Edited<'a>,
    /// Where the members are that the function reads, in the order of `READ`.
    read: [Option<usize>; READ.len()],
    index: usize,
}

/// The fields that the function reads. Where one occurs twice, the last counts, as in most readers of JSON, and only it is written.
const READ: [&str; 7] = ["type", "event", "timestamp", "originalTimestamp", "sentAt", "receivedAt", "messageId"];
const TYPE: usize = 0;
const EVENT: usize = 1;
const TIMESTAMP: usize = 2;
const ORIGINAL: usize = 3;
const SENT: usize = 4;
const RECEIVED: usize = 5;
const MESSAGE_ID: usize = 6;

fn field(name: &str) -> Option<usize> {
    READ.iter().position(|read| *read == name)
}

/// The times of an event, as it is delivered.
struct Times<'e> {
    timestamp: Instant,
    arrival: Instant,
    /// JSON, for fields that the event lacks.
    original: Option<Cow<'e, str>>,
    received: Option<Cow<'e, str>>,
}

impl<'r, O: Display> Event<'r, '_, O> {
    /// Appends the event as one line.
    fn write(&self, out: &mut String) -> Result<Place<'r>, Reason> {
        let type_name = self.text(TYPE).ok_or(Reason::NoType { index: self.index })?;
        let table = self.rules.tables.name(&type_name, self.text(EVENT).as_deref());
        let times = self.times().ok_or(Reason::NoTime { index: self.index })?;
        let start = out.len();
        self.write_fields(out, &times).map_err(|source| Reason::NotJson { index: self.index, source })?;
        // Between the tokens of JSON a newline is a blank, and inside its texts there is none.
        if memchr::memchr2(b'\n', b'\r', &out.as_bytes()[start..]).is_some() {
            let line = out.split_off(start);
            out.push_str(&line.replace(['\n', '\r'], " "));
        }
        out.push('\n');
        let date = stamp::filed_under(times.timestamp, times.arrival);
        Ok(Place { table, date, arrival: times.arrival })
    }

    fn write_fields(&self, out: &mut String, times: &Times<'_>) -> Result<(), serde_json::Error> {
        let start = out.len();
        out.push('{');
        let id = self.value(MESSAGE_ID).filter(|id| is_id(id));
        for (at, member) in self.object.members.iter().enumerate() {
            let field = field(&member.0);
            let is_replaced = match field {
                Some(TIMESTAMP) => true,
                Some(MESSAGE_ID) => id.is_none(),
                Some(ORIGINAL) => times.original.is_some(),
                Some(RECEIVED) => times.received.is_some(),
                _ => false,
            };
            if is_replaced || field.is_some_and(|field| self.read[field] != Some(at)) {
                continue;
            }
            if self.write_member(out, at)? {
                out.push(',');
            }
        }
        for (name, json) in [(ORIGINAL, &times.original), (RECEIVED, &times.received)] {
            if let Some(json) = json {
                for part in ["\"", READ[name], "\":", json, ","] {
                    out.push_str(part);
                }
            }
        }
        for part in ["\"", READ[TIMESTAMP], "\":\""] {
            out.push_str(part);
        }
        stamp::push(out, times.timestamp);
        out.push('"');
        if id.is_none() {
            let id = self.message_id(&out[start..]);
            out.push_str(&format!(",\"{}\":\"{id}\"", READ[MESSAGE_ID]));
        }
        close(out, '}');
        Ok(())
    }

    /// Appends a member with what the rules leave of it; `false` when nothing is left.
    fn write_member(&self, out: &mut String, at: usize) -> Result<bool, serde_json::Error> {
        let (privacy, member) = (&self.rules.privacy, &self.object.members[at]);
        if !self.object.is_planned(at) {
            return privacy.write_member(out, member, &privacy.for_member(&member.0));
        }
        push_name(out, &member.0);
        out.push(':');
        self.object.write_value(out, at, privacy).map(|()| true)
    }

    /// From what is delivered, so that the digest betrays nothing that was removed, and from the record's place in the stream, so that two
    /// equal events stay two.
    fn message_id(&self, line: &str) -> String {
        let mut digest = Sha256::new();
        for part in [&self.record.origin.to_string(), &self.index.to_string(), line] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        format!("landfall-{}", &hex::encode(digest.finalize())[..MESSAGE_ID_DIGITS])
    }

    fn times(&self) -> Option<Times<'_>> {
        let read = |field| self.value(field).and_then(|json| time::parse(&text(json).unwrap_or(json.into())));
        let (sent, received_field) = (read(SENT), read(RECEIVED));
        let received = received_field.or(self.record.arrival);
        // A client's `timestamp` is its `originalTimestamp`, unless an earlier station has told them apart.
        let first = if self.value(ORIGINAL).is_some() { ORIGINAL } else { TIMESTAMP };
        let original = read(first);
        let timestamp = time::corrected(original.or(sent), sent, received)?;
        let original_json = match (self.value(ORIGINAL), self.value(TIMESTAMP), self.value(SENT)) {
            (Some(_), _, _) => None,
            (None, Some(timestamp), _) => Some(Cow::Borrowed(timestamp)),
            (None, None, Some(sent_json)) if sent.is_some() => Some(Cow::Borrowed(sent_json)),
            (None, None, _) => Some(quoted(timestamp)),
        };
        // The first station that knows it writes it; what cannot be read is nobody's.
        let received_json = if received_field.is_some() { None } else { self.record.arrival.map(quoted) };
        let arrival = self.record.arrival.or(received_field).unwrap_or(timestamp);
        Some(Times { timestamp, arrival, original: original_json, received: received_json })
    }

    /// A text that is not blank.
    fn text(&self, field: usize) -> Option<Cow<'_, str>> {
        text(self.value(field)?).filter(|text| !text.trim().is_empty())
    }

    /// The field's JSON; null is as good as absent.
    fn value(&self, field: usize) -> Option<&str> {
        self.read[field].map(|at| self.object.members[at].1).filter(|json| *json != "null")
    }
}

/// A time as JSON.
fn quoted(time: Instant) -> Cow<'static, str> {
    let mut json = String::with_capacity(26);
    json.push('"');
    stamp::push(&mut json, time);
    json.push('"');
    Cow::Owned(json)
}

/// A text that is not blank, or a number.
fn is_id(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'"') => text(json).is_some_and(|id| !id.trim().is_empty()),
        first => first.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-'),
    }
}

#[cfg(test)]
mod tests;
