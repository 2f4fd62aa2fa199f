//! Which table and day an event belongs to.

use std::borrow::Cow;

use event_lake::{Instant, MIXED};
use json_members::unescape;

use crate::layout::{Columns, EVENT, Layout, TYPE};
use crate::rejected::Reason;
use crate::rows::Event;
use crate::scan::Member;
use crate::source::Source;
use crate::values::{DAY_MS, Scalar};

/// Files the events of one source.
pub(crate) struct Filing<'a> {
    layout: &'a Layout,
    place: Option<(&'a str, &'a str)>,
    /// The days, since 1970, of the last event and of its arrival, and the one that it was filed under.
    recent: (i64, i64),
    date: String,
}

impl<'a> Filing<'a> {
    pub(crate) fn new(source: &'a Source, layout: &'a Layout) -> Self {
        let place = source.place.as_ref().filter(|(table, _)| table != MIXED);
        let place = place.map(|(table, date)| (table.as_str(), date.as_str()));
        Self { layout, place, recent: (i64::MIN, i64::MIN), date: String::new() }
    }

    /// How deep columns lie in the events that may come.
    pub(crate) fn levels(&self) -> u32 {
        self.place.map_or(self.layout.levels, |(table, _)| self.layout.columns(table).plan.levels)
    }

    /// The table: that of the source, or the one of the event's type and name.
    pub(crate) fn table(&self, text: &[u8], members: &[Member], scratch: &mut Vec<u8>) -> Result<Cow<'a, str>, Reason> {
        if let Some((table, _)) = self.place {
            return Ok(Cow::Borrowed(table));
        }
        let [type_name, event] = top_texts(text, members, [TYPE, EVENT], scratch);
        Ok(self.layout.tables.name(&type_name.ok_or(Reason::NoType)?, event.as_deref()))
    }

    /// The day: that of the source, or the event's own; with a wrong clock, that of its arrival.
    pub(crate) fn date(&mut self, columns: &Columns, event: &Event<'_>, scratch: &mut Vec<u8>) -> Result<&str, Reason> {
        if let Some((_, date)) = self.place {
            return Ok(date);
        }
        let mut read = |entry| {
            let (json, member) = event.value(entry)?;
            Scalar::read(json, member.value_escaped, scratch)?.millis()
        };
        let received = read(columns.received_at);
        let time = read(columns.timestamp).or(received).ok_or(Reason::NoTime)?;
        let arrival = received.unwrap_or(time);
        let days = (time.div_euclid(DAY_MS), arrival.div_euclid(DAY_MS));
        // Whether a clock is wrong depends on the hour only when the event's day is later than that of its arrival.
        if self.recent != days || days.0 > days.1 {
            let (time, arrival) = (Instant::from_millis(time), Instant::from_millis(arrival));
            let (Some(time), Some(arrival)) = (time, arrival) else { return Err(Reason::NoTime) };
            self.date = time.filed_under(arrival);
            self.recent = days;
        }
        Ok(&self.date)
    }
}

/// The last text of each of these names at the top of an event, if it is not blank.
fn top_texts<'a, const N: usize>(
    text: &'a [u8],
    members: &[Member],
    names: [&str; N],
    scratch: &mut Vec<u8>,
) -> [Option<Cow<'a, str>>; N] {
    let mut found = [None; N];
    let mut at = 0;
    while let Some(member) = members.get(at) {
        let mut key = &text[member.key.0 as usize..member.key.1 as usize];
        if member.key_escaped {
            scratch.clear();
            key = if unescape(key, scratch).is_some() { scratch } else { b"" };
        }
        if let Some(name) = names.iter().position(|name| name.as_bytes() == key) {
            found[name] = Some(member);
        }
        at = member.next as usize;
    }
    found.map(|member| not_blank(text, member?))
}

fn not_blank<'a>(text: &'a [u8], member: &Member) -> Option<Cow<'a, str>> {
    let json = &text[member.value.0 as usize..member.value.1 as usize];
    let inner = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let value = if member.value_escaped {
        let mut value = Vec::new();
        unescape(inner, &mut value)?;
        Cow::Owned(String::from_utf8(value).ok()?)
    } else {
        Cow::Borrowed(std::str::from_utf8(inner).ok()?)
    };
    (!value.trim().is_empty()).then_some(value)
}
