use std::path::PathBuf;

use pipeline::Project;
use telemetry::Metrics;

use crate::privacy::PrivacyKey;
use crate::rules::{Rules, RulesError};

/// The folder of pipelines; `/opt/pipelines`, where the layer puts it, if absent.
pub const PIPELINES_VARIABLE: &str = "LANDFALL_PIPELINES";

/// The key of the hashes; needed when a rule hashes.
pub const PRIVACY_KEY_VARIABLE: &str = "LANDFALL_PRIVACY_KEY";

/// What the function keeps between invocations.
#[derive(Debug)]
pub struct Context {
    /// Which table an event belongs to, and what must not be kept of it.
    pub rules: Rules,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of pipelines is not there or not valid.
    #[error(transparent)]
    Pipelines(pipeline_folder::LoadError),
    /// No pipeline has tracking events.
    #[error("no pipeline in {} has [events]: write it into one pipeline.toml", .0.display())]
    NoEvents(PathBuf),
    /// The rules lack their key.
    #[error("{PRIVACY_KEY_VARIABLE} cannot be used")]
    PrivacyKey(#[source] RulesError),
}

impl Context {
    /// Reads the environment and the pipelines. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Everything that keeps the function from starting, by name.
    pub fn from_env() -> Result<Self, StartError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the variables through `lookup`; an empty one counts as absent.
    ///
    /// # Errors
    /// As `from_env`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let variable = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let folder: PathBuf = variable(PIPELINES_VARIABLE).unwrap_or_else(|| "/opt/pipelines".to_owned()).into();
        let project = pipeline_folder::load(&folder).map_err(StartError::Pipelines)?;
        let key = variable(PRIVACY_KEY_VARIABLE).map(PrivacyKey::new);
        let rules = rules(&project, key).ok_or(StartError::NoEvents(folder))?.map_err(StartError::PrivacyKey)?;
        Ok(Self { rules, metrics: Metrics::Stdout })
    }
}

fn rules(project: &Project, key: Option<PrivacyKey>) -> Option<Result<Rules, RulesError>> {
    project.events().map(|events| Rules::new(events, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../pipelines");

    fn start(folder: &str, key: Option<&str>) -> Result<Context, String> {
        let lookup = |name: &str| match name {
            PIPELINES_VARIABLE => Some(folder.to_owned()),
            _ => key.map(str::to_owned),
        };
        Context::read(lookup).map_err(|error| crate::messages(&error))
    }

    #[test]
    fn the_projects_pipelines_need_a_key() {
        let context = start(PIPELINES, Some("0123456789abcdef0123456789abcdef")).unwrap();
        assert!(!format!("{context:?}").contains("0123456789abcdef"), "a key must not be shown");
        let needed = "LANDFALL_PRIVACY_KEY cannot be used: a rule hashes \"context.traits.email\", and there is no key";
        assert_eq!(start(PIPELINES, None).unwrap_err(), needed);
        assert_eq!(start(PIPELINES, Some("")).unwrap_err(), needed);
        let short = "LANDFALL_PRIVACY_KEY cannot be used: the key has 5 bytes, and at least 32 are needed";
        assert_eq!(start(PIPELINES, Some("short")).unwrap_err(), short);
    }

    #[test]
    fn a_folder_without_events_is_named() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let expected = format!("no pipeline in {folder} has [events]: write it into one pipeline.toml");
        assert_eq!(start(folder, None).unwrap_err(), expected);
        assert_eq!(
            start("/nowhere", None).unwrap_err(),
            "the pipelines cannot be read: there is no folder of pipelines at /nowhere"
        );
    }
}
