use std::borrow::Cow;
use std::collections::BTreeMap;

use pipeline::{EventKind, Events};

use crate::names;

/// Which table an event belongs to.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Event -> table.
    tracks: BTreeMap<String, String>,
    /// Type -> table, for all types but `track`.
    types: BTreeMap<&'static str, String>,
}

impl Tables {
    /// The tables of a project's events.
    pub fn new(events: &Events) -> Self {
        let mut tables = Self::default();
        for table in &events.tables {
            match &table.kind {
                EventKind::Track { event } => _ = tables.tracks.insert(event.clone(), table.name.clone()),
                kind => _ = tables.types.insert(kind.type_name(), table.name.clone()),
            }
        }
        tables
    }

    /// The table of an event by its `type` and `event`: a declared one, or a name that begins with `other_`.
    pub fn name(&self, type_name: &str, event: Option<&str>) -> Cow<'_, str> {
        let declared = match event {
            Some(event) if type_name == "track" => self.tracks.get(event),
            _ => self.types.get(type_name),
        };
        match declared {
            Some(table) => Cow::Borrowed(table),
            None => Cow::Owned(names::undeclared(type_name, event)),
        }
    }
}
