//! From a body's text to its events: which of them can be one, and what they share.

use std::borrow::Cow;

use json_members::{Fault, text};

use crate::members::{Listing, Member, Object, value};
use crate::refusal::{Reason, Refusal, RefusedEvent};

/// The bytes of one event, as it came: Segment's 32 KB.
pub const EVENT_BYTES_MAX: usize = 32 << 10;

/// The bytes of a batch's body, decompressed: Segment's 500 KB.
pub const BATCH_BYTES_MAX: usize = 500 << 10;

/// The events of one batch: Segment's limit.
pub const BATCH_EVENTS_MAX: usize = 2_500;

/// The object that a body is.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// An event of the type that the path names.
    Event(&'static str, Object<'a>),
    /// A list of events, and what is said of all of them.
    Batch(Listing<'a>),
}

/// What is to be done with a body.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The type of a single event, from its path; events of a batch have their own.
    pub(crate) path_type: Option<&'static str>,
    pub(crate) events: Vec<Object<'a>>,
    pub(crate) shared: Shared<'a>,
    pub(crate) refused: Vec<RefusedEvent>,
}

/// What a batch says of all its events.
#[derive(Debug, Default)]
pub(crate) struct Shared<'a> {
    pub(crate) context: Option<Object<'a>>,
    pub(crate) integrations: Option<Object<'a>>,
    pub(crate) sent_at: Option<&'a str>,
}

impl<'a> Body<'a> {
    /// The body is one event.
    pub(crate) fn event(path_type: &'static str, text: &'a str) -> Result<Self, Refusal> {
        let text = trimmed(text);
        Object::read(text).map(|object| Self::Event(path_type, object)).map_err(|fault| not_json(text, fault))
    }

    /// The body is a batch.
    pub(crate) fn batch(text: &'a str) -> Result<Self, Refusal> {
        let text = trimmed(text);
        Listing::read(text, "batch").map(Self::Batch).map_err(|fault| not_json(text, fault))
    }

    /// The key that the body itself names.
    pub(crate) fn write_key(&self) -> Option<Cow<'a, str>> {
        let members = match self {
            Self::Event(_, object) => &object.members,
            Self::Batch(listing) => &listing.members,
        };
        value(members, "writeKey").and_then(text)
    }

    /// What is an object with a type is an event, and what is not costs the others of its batch nothing.
    pub(crate) fn plan(self) -> Result<Plan<'a>, Refusal> {
        let (items, members) = match self {
            Self::Event(path_type, event) => {
                let (shared, refused) = (Shared::default(), Vec::new());
                return Ok(Plan { path_type: Some(path_type), events: vec![event], shared, refused });
            }
            Self::Batch(listing) => (listing.items.ok_or(Refusal::NoBatch)?, listing.members),
        };
        if items.len() > BATCH_EVENTS_MAX {
            return Err(Refusal::TooMany { events: items.len(), max: BATCH_EVENTS_MAX });
        }
        let shared = Shared::read(&members)?;
        let (mut events, mut refused) = (Vec::with_capacity(items.len()), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            match event(item) {
                Ok(event) => events.push(event),
                Err(reason) => refused.push(RefusedEvent { index, reason }),
            }
        }
        Ok(Plan { path_type: None, events, shared, refused })
    }
}

/// Without a byte order mark, which some clients on Windows send, and blanks.
fn trimmed(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii()
}

/// Where in the text the fault is: its line, and the byte in the line, each from 1.
fn not_json(text: &str, fault: Fault) -> Refusal {
    let before = &text.as_bytes()[..fault.at().min(text.len())];
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    Refusal::NotJson { line, column }
}

impl<'a> Shared<'a> {
    fn read(members: &[Member<'a>]) -> Result<Self, Refusal> {
        let object = |name| value(members, name).and_then(|value| Object::read(value).ok());
        let (context, integrations) = (object("context"), object("integrations"));
        let bytes: usize = [&context, &integrations].into_iter().flatten().map(|object| object.text.len()).sum();
        if bytes > EVENT_BYTES_MAX {
            return Err(Refusal::SharedTooLarge { max: EVENT_BYTES_MAX });
        }
        let sent_at = value(members, "sentAt").filter(|value| *value != "null");
        Ok(Shared { context, integrations, sent_at })
    }
}

fn event(text: &str) -> Result<Object<'_>, Reason> {
    if text.len() > EVENT_BYTES_MAX {
        return Err(Reason::TooLarge);
    }
    let event = Object::read(text).map_err(|_| Reason::NotAnObject)?;
    match event.value("type") {
        Some(name) if name.starts_with('"') && name != "\"\"" => Ok(event),
        _ => Err(Reason::NoType),
    }
}
