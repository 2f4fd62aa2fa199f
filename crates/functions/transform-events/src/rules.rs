use event_lake::Tables;
use pipeline::{Events, PrivacyAction};

use crate::privacy::{KEY_BYTES_MIN, Privacy, PrivacyKey};

/// Which table an event belongs to, and what must not be kept of it.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) tables: Tables,
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
        Ok(Self { tables: Tables::new(events), privacy: Privacy::new(&events.privacy, key.as_ref()) })
    }
}
