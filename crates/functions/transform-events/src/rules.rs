use std::borrow::Cow;
use std::collections::BTreeMap;

use pipeline::{EventKind, Events, PrivacyAction};

use crate::privacy::{KEY_BYTES_MIN, Privacy, PrivacyKey};
use crate::table;

/// Which table an event belongs to, and what must not be kept of it.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Event -> table.
    tracks: BTreeMap<String, String>,
    /// Type -> table, for all types but `track`.
    types: BTreeMap<&'static str, String>,
    pub(crate) privacy: Privacy,
}

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// A rule hashes without a key.
    #[error("a rule hashes \"{0}\", and there is no key")]
    NoKey(String),
    /// The key is weaker than the hash.
    #[error("the key has {0} bytes, and at least {KEY_BYTES_MIN} are needed")]
    ShortKey(usize),
}

impl Rules {
    /// The rules of a project's events. The key is needed only when a rule hashes.
    ///
    /// # Errors
    /// When the key is missing or too short.
    pub fn new(events: &Events, key: Option<PrivacyKey>) -> Result<Self, RulesError> {
        if let Some(rule) = events.privacy.iter().find(|rule| rule.action == PrivacyAction::Hash) {
            match key.as_ref().map(PrivacyKey::len) {
                None => return Err(RulesError::NoKey(rule.path.to_string())),
                Some(bytes) if bytes < KEY_BYTES_MIN => return Err(RulesError::ShortKey(bytes)),
                Some(_) => {}
            }
        }
        let (mut tracks, mut types) = (BTreeMap::new(), BTreeMap::new());
        for table in &events.tables {
            match &table.kind {
                EventKind::Track { event } => _ = tracks.insert(event.clone(), table.name.clone()),
                kind => _ = types.insert(kind.type_name(), table.name.clone()),
            }
        }
        Ok(Self { tracks, types, privacy: Privacy::new(&events.privacy, key.as_ref()) })
    }

    /// The table of an event: a declared one, or a name that begins with `other_`.
    pub(crate) fn table(&self, type_name: &str, event: Option<&str>) -> Cow<'_, str> {
        let declared = match event {
            Some(event) if type_name == "track" => self.tracks.get(event),
            _ => self.types.get(type_name),
        };
        match declared {
            Some(table) => Cow::Borrowed(table),
            None => Cow::Owned(table::undeclared(type_name, event)),
        }
    }
}
