//! `[events]` of a `pipeline.toml`, checked.

use crate::document::{Document, child, item};
use crate::problem::{Collector, similar};
use crate::settings::{EventColumnSetting, EventColumnSettings, EventTableSettings, EventType, PrivacySettings};

use super::{
    ATTRIBUTES_COLUMN, AttributePath, EventColumn, EventColumnType, EventKind, EventTable, Events, PrivacyAction,
    PrivacyRule, STANDARD_COLUMNS,
};

/// The name becomes a part of keys in S3 and a table in Glue; Glue takes 255 bytes, a prefix of Firehose 512.
const TABLE_NAME_BYTES_MAX: usize = 60;

/// With area, table and day behind it, the whole stays far below Firehose's 512 bytes.
const PREFIX_BYTES_MAX: usize = 60;

/// Where records go whose events belong to several tables.
const MIXED: &str = "mixed";

/// The beginning of the names of undeclared tables.
const UNDECLARED: &str = "other_";

/// The partition of every table; a column of this name would be a second one.
const PARTITION: &str = "dt";

/// The fields of Segment's specification.
const FIELDS: [&str; 20] = [
    "anonymousId",
    "category",
    "channel",
    "context",
    "event",
    "groupId",
    "integrations",
    "messageId",
    "name",
    "originalTimestamp",
    "previousId",
    "projectId",
    "properties",
    "receivedAt",
    "sentAt",
    "timestamp",
    "traits",
    "type",
    "userId",
    "version",
];

/// Without them an event has no table, no time or no identity.
const NEEDED: [&str; 7] = ["event", "messageId", "originalTimestamp", "receivedAt", "sentAt", "timestamp", "type"];

/// The events of a pipeline, if it has any; problems are reported.
pub(crate) fn build(document: &Document<'_>, out: &mut Collector) -> Option<Events> {
    let settings = document.settings.events.as_ref()?;
    let mut scope = Scope { document, out };
    let privacy = privacy(&mut scope, &settings.privacy);
    if settings.tables.as_ref().is_some_and(|tables| tables.is_empty()) {
        let help = Some("write [events.tables.<name>]".to_owned());
        scope.problem("events.tables", "the events have no table", help);
    }
    let prefix = prefix(&mut scope, &settings.prefix);
    let mut tables: Vec<EventTable> = Vec::new();
    for (name, settings) in settings.tables.iter().flatten() {
        let path = child("events.tables", name);
        let table = table(&mut scope, &path, name, settings, &privacy);
        let Some(table) = table else { continue };
        if let Some(other) = tables.iter().find(|other| other.kind == table.kind) {
            let (key, events) = match &table.kind {
                EventKind::Track { event } => ("event", format!("the event \"{event}\"")),
                kind => ("type", format!("the type \"{}\"", kind.type_name())),
            };
            let message = format!("the table \"{}\" takes {events} already", other.name);
            scope.problem(&child(&path, key), message, Some("delete one of the tables".to_owned()));
        }
        tables.push(table);
    }
    Some(Events { description: settings.description.clone().unwrap_or_default(), prefix, tables, privacy })
}

/// A part of keys, of ARNs in policies and of Firehose's expressions: nothing in it may need quoting.
fn prefix(scope: &mut Scope<'_, '_>, text: &str) -> String {
    let is_sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if text.is_empty() || text.len() > PREFIX_BYTES_MAX || !text.chars().all(is_sound) {
        let help = format!("write 1 to {PREFIX_BYTES_MAX} of a-z, 0-9, - and _, such as \"web-data\"");
        scope.problem("events.prefix", format!("{text:?} cannot be the prefix of keys"), Some(help));
    }
    text.to_owned()
}

struct Scope<'a, 'd> {
    document: &'d Document<'a>,
    out: &'d mut Collector,
}

impl Scope<'_, '_> {
    fn problem(&mut self, path: &str, message: impl Into<String>, help: Option<String>) {
        self.document.problem(self.out, path, message, help);
    }
}

fn table(
    scope: &mut Scope<'_, '_>,
    path: &str,
    name: &str,
    settings: &EventTableSettings,
    privacy: &[PrivacyRule],
) -> Option<EventTable> {
    table_name(scope, path, name);
    let kind = kind(scope, path, settings);
    let mut columns: Vec<EventColumn> = Vec::new();
    for (name, column_settings) in &settings.columns {
        let path = child(&child(path, "columns"), name);
        columns.extend(column(scope, &path, name, column_settings, settings.kind, privacy));
    }
    Some(EventTable {
        name: name.to_owned(),
        description: settings.description.clone().unwrap_or_default(),
        kind: kind?,
        columns,
    })
}

fn table_name(scope: &mut Scope<'_, '_>, path: &str, name: &str) {
    if !is_name(name) || name.starts_with('_') {
        let help = "a table's name is made of a-z, 0-9 and _, and begins with a letter".to_owned();
        scope.problem(path, format!("\"{name}\" cannot be a table's name"), Some(help));
    } else if name.len() > TABLE_NAME_BYTES_MAX {
        let message = format!("the name has {} bytes, and at most {TABLE_NAME_BYTES_MAX} fit", name.len());
        scope.problem(path, message, None);
    } else if name == MIXED || name.starts_with(UNDECLARED) {
        let message = format!("\"{name}\" is reserved for events that belong to no table");
        scope.problem(path, message, Some("rename the table".to_owned()));
    }
}

fn kind(scope: &mut Scope<'_, '_>, path: &str, settings: &EventTableSettings) -> Option<EventKind> {
    let event_path = child(path, "event");
    let kind = match settings.kind? {
        EventType::Track => return track(scope, path, settings.event.as_deref()),
        EventType::Identify => EventKind::Identify,
        EventType::Page => EventKind::Page,
        EventType::Screen => EventKind::Screen,
        EventType::Group => EventKind::Group,
        EventType::Alias => EventKind::Alias,
    };
    if scope.document.has(&event_path) {
        let help = Some("delete it, or set type = \"track\"".to_owned());
        scope.problem(&event_path, "only type = \"track\" has an event", help);
    }
    Some(kind)
}

fn track(scope: &mut Scope<'_, '_>, path: &str, event: Option<&str>) -> Option<EventKind> {
    let path = child(path, "event");
    let help = Some("write the name that the application sends, such as event = \"Post Created\"".to_owned());
    match event {
        // A value of another type is reported already.
        None if scope.document.has(&path) => None,
        None => {
            scope.problem(&path, "type = \"track\" needs an event", help);
            None
        }
        Some(event) if event.trim().is_empty() || event.trim() != event => {
            scope.problem(&path, format!("{event:?} cannot be an event's name"), help);
            None
        }
        Some(event) => Some(EventKind::Track { event: event.to_owned() }),
    }
}

fn column(
    scope: &mut Scope<'_, '_>,
    path: &str,
    name: &str,
    settings: &EventColumnSettings,
    table_type: Option<EventType>,
    privacy: &[PrivacyRule],
) -> Option<EventColumn> {
    if !is_name(name) {
        let lower = name.to_lowercase();
        let help = match is_name(&lower) {
            true => format!("write {lower}"),
            false => "a column's name is made of a-z, 0-9 and _, and does not begin with a digit".to_owned(),
        };
        scope.problem(path, format!("\"{name}\" cannot be a column's name"), Some(help));
    } else if name == PARTITION {
        let help = Some("rename the column".to_owned());
        scope.problem(path, format!("\"{PARTITION}\" is the partition of every table"), help);
    } else if STANDARD_COLUMNS.contains(&name) || name == ATTRIBUTES_COLUMN {
        let help = Some("delete it, or rename the column".to_owned());
        scope.problem(path, format!("every table has a column \"{name}\" already"), help);
    }
    let attribute = match &settings.path {
        Some(text) => attribute(scope, &child(path, "path"), text)?,
        None if scope.document.has(&child(path, "path")) => return None,
        None => default_path(scope, path, name, table_type?)?,
    };
    let data_type = data_type(settings.kind?);
    check_privacy(scope, path, &attribute, data_type, privacy);
    Some(EventColumn { name: name.to_owned(), path: attribute, data_type })
}

fn default_path(scope: &mut Scope<'_, '_>, path: &str, name: &str, table_type: EventType) -> Option<AttributePath> {
    let parent = match table_type {
        EventType::Track | EventType::Page | EventType::Screen => "properties",
        EventType::Identify | EventType::Group => "traits",
        EventType::Alias => {
            let help = Some("write path = \"previousId\", for instance".to_owned());
            scope.problem(path, "a column of type = \"alias\" needs a path", help);
            return None;
        }
    };
    Some(AttributePath(format!("{parent}.{name}")))
}

/// A column of what is not stored would be NULL for ever, and a hash is a text.
fn check_privacy(
    scope: &mut Scope<'_, '_>,
    path: &str,
    attribute: &AttributePath,
    data_type: EventColumnType,
    privacy: &[PrivacyRule],
) {
    let Some(rule) = privacy.iter().find(|rule| rule.path.contains(attribute)) else { return };
    match rule.action {
        PrivacyAction::Drop => {
            let message = format!("{attribute} is not stored: events.privacy.drop has \"{}\"", rule.path);
            scope.problem(path, message, Some("delete the column or the rule".to_owned()));
        }
        PrivacyAction::Hash | PrivacyAction::Mask if data_type != EventColumnType::String => {
            let message = format!("{attribute} is text once events.privacy has changed it");
            scope.problem(&child(path, "type"), message, Some("write type = \"string\"".to_owned()));
        }
        PrivacyAction::Hash | PrivacyAction::Mask => {}
    }
}

fn privacy(scope: &mut Scope<'_, '_>, settings: &PrivacySettings) -> Vec<PrivacyRule> {
    let lists = [
        ("drop", PrivacyAction::Drop, &settings.drop),
        ("hash", PrivacyAction::Hash, &settings.hash),
        ("mask", PrivacyAction::Mask, &settings.mask),
    ];
    let mut rules: Vec<PrivacyRule> = Vec::new();
    for (key, action, texts) in lists {
        for (index, text) in texts.iter().enumerate() {
            let path = item(&child("events.privacy", key), index);
            let Some(attribute) = attribute(scope, &path, text) else { continue };
            if NEEDED.iter().any(|needed| needed.eq_ignore_ascii_case(text)) {
                let help = Some("delete the rule".to_owned());
                scope.problem(&path, format!("\"{text}\" is needed to identify the event and its time"), help);
            }
            let other = rules.iter().find(|o| o.path.contains(&attribute) || attribute.contains(&o.path));
            if let Some(other) = other {
                let message = match other.path.as_str().eq_ignore_ascii_case(text) {
                    true => format!("\"{text}\" has a rule already"),
                    false => format!("\"{text}\" and \"{}\" are about the same attributes", other.path),
                };
                scope.problem(&path, message, Some("keep one of the rules".to_owned()));
            }
            rules.push(PrivacyRule { path: attribute, action });
        }
    }
    rules
}

fn attribute(scope: &mut Scope<'_, '_>, path: &str, text: &str) -> Option<AttributePath> {
    let is_bad = |name: &str| {
        name.is_empty() || name.trim() != name || name.contains(|c: char| c.is_control() || "[]*$\"".contains(c))
    };
    if text.split('.').any(is_bad) {
        let help = "write the names from the top of the event, with dots between: properties.post_id".to_owned();
        scope.problem(path, format!("{text:?} is no path"), Some(help));
        return None;
    }
    let first = text.split('.').next().unwrap_or_default();
    let known = FIELDS.iter().any(|field| field.eq_ignore_ascii_case(first));
    if let (false, Some(field)) = (known, similar(first, &FIELDS)) {
        let help = Some(format!("did you mean \"{field}{}\"?", &text[first.len()..]));
        scope.problem(path, format!("an event has no \"{first}\""), help);
        return None;
    }
    Some(AttributePath(text.to_owned()))
}

/// `[a-z_][a-z0-9_]*`
fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    letters && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
}

fn data_type(setting: EventColumnSetting) -> EventColumnType {
    match setting {
        EventColumnSetting::String => EventColumnType::String,
        EventColumnSetting::Boolean => EventColumnType::Boolean,
        EventColumnSetting::Int => EventColumnType::Int,
        EventColumnSetting::Bigint => EventColumnType::Bigint,
        EventColumnSetting::Double => EventColumnType::Double,
        EventColumnSetting::Date => EventColumnType::Date,
        EventColumnSetting::Timestamp => EventColumnType::Timestamp,
    }
}
