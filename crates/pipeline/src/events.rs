//! Tracking events: the tables that take them, their columns, and what must not be stored.

use std::fmt;

mod build;

pub(crate) use build::build;

/// The columns that every table of events begins with, in their order: the event's identity, its type and its times.
pub const STANDARD_COLUMNS: [&str; 9] = [
    "message_id",
    "type",
    "event",
    "user_id",
    "anonymous_id",
    "timestamp",
    "original_timestamp",
    "sent_at",
    "received_at",
];

/// The column, the last of every table of events, that holds as JSON what has no column of its own.
pub const ATTRIBUTES_COLUMN: &str = "attributes";

/// The tracking events of a project.
#[derive(Debug, Clone, Default)]
pub struct Events {
    /// One line for people.
    pub description: String,
    /// The prefix of all keys of the events in the lake, without a `/` at its end.
    pub prefix: String,
    /// Sorted by name. No two of them take the same events.
    pub tables: Vec<EventTable>,
    /// What must not be stored. No path occurs twice or lies inside another.
    pub privacy: Vec<PrivacyRule>,
}

/// The events that one table takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTable {
    /// Lower case, `[a-z][a-z0-9_]*`, at most 60 bytes; never `mixed`, never with `other_` in front.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Which events are its rows.
    pub kind: EventKind,
    /// Sorted by name.
    pub columns: Vec<EventColumn>,
}

/// Which events a table takes, by the type of call in Segment's specification.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// Somebody did something.
    Track {
        /// Its name, exactly as the application sends it.
        event: String,
    },
    /// Who somebody is.
    Identify,
    /// A page was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
    /// Somebody belongs to a group.
    Group,
    /// Two identities are one person.
    Alias,
}

/// An attribute with a column of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventColumn {
    /// Lower case, `[a-z_][a-z0-9_]*`; never `dt`, never one of `STANDARD_COLUMNS` or `ATTRIBUTES_COLUMN`.
    pub name: String,
    /// Where the value is.
    pub path: AttributePath,
    /// The type of its values.
    pub data_type: EventColumnType,
}

/// The type of a column's values, by its name in Athena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventColumnType {
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Bigint,
    /// A floating-point number of 64 bits.
    Double,
    /// A day.
    Date,
    /// A point in time, UTC.
    Timestamp,
}

/// What must not be stored of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyRule {
    /// The attribute.
    pub path: AttributePath,
    /// How it is changed.
    pub action: PrivacyAction,
}

/// How an attribute is changed that must not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyAction {
    /// It is removed.
    Drop,
    /// Its values become their HMAC-SHA-256 under a key.
    Hash,
    /// Its values keep their shape and at most their last letters or digits.
    Mask,
}

/// Names from the top of an event with dots between, for instance `properties.post_id`. No name is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributePath(String);

impl AttributePath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the other path is this one, or lies inside it. Upper and lower case do not matter.
    pub fn contains(&self, other: &Self) -> bool {
        let head = other.0.get(..self.0.len()).is_some_and(|head| head.eq_ignore_ascii_case(&self.0));
        head && matches!(other.0.as_bytes().get(self.0.len()), None | Some(b'.'))
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EventKind {
    /// The type of call: the value of an event's `type`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Track { .. } => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
}

impl Events {
    /// The table that takes events of this type and, for `track`, of this name.
    pub fn table(&self, type_name: &str, event: Option<&str>) -> Option<&EventTable> {
        self.tables.iter().find(|table| match &table.kind {
            EventKind::Track { event: name } => type_name == "track" && event == Some(name),
            kind => kind.type_name() == type_name,
        })
    }
}

#[cfg(test)]
mod tests;
