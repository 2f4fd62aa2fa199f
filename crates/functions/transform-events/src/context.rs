use std::path::PathBuf;

use function::secrets::{SecretError, SecretText};
use function::{Environment, EnvironmentError, Metrics};

use crate::privacy::PrivacyKey;
use crate::rules::{Rules, RulesError};

/// The key of the hashes; needed when a rule hashes.
pub const PRIVACY_KEY_VARIABLE: &str = "LANDFALL_PRIVACY_KEY";

/// The ARN of the secret that holds the key of the hashes, in place of the variable.
pub const PRIVACY_KEY_SECRET_VARIABLE: &str = "LANDFALL_PRIVACY_KEY_SECRET";

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
    /// Variables are wrong.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// The folder of pipelines is not there or not valid.
    #[error(transparent)]
    Pipelines(pipeline_folder::LoadError),
    /// No pipeline has tracking events.
    #[error("no pipeline in {} has [events]: write it into one pipeline.toml", .0.display())]
    NoEvents(PathBuf),
    /// The rules lack their key.
    #[error("neither {PRIVACY_KEY_VARIABLE} nor {PRIVACY_KEY_SECRET_VARIABLE} is set")]
    NoKey(#[source] RulesError),
    /// The key cannot be used.
    #[error("{from} cannot be used")]
    Key {
        /// Where it is.
        from: SecretText,
        /// Why not.
        #[source]
        source: RulesError,
    },
    /// The secret cannot be read.
    #[error("{from} cannot be used")]
    Secret {
        /// Which one.
        from: SecretText,
        /// Why not.
        #[source]
        source: SecretError,
    },
}

/// What the environment says.
#[derive(Debug)]
struct Settings {
    pipelines: PathBuf,
    key: Option<SecretText>,
}

impl Context {
    /// Reads the environment, the secret if it names one, and the pipelines. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Everything that keeps the function from starting, by name.
    pub async fn from_env() -> Result<Self, StartError> {
        let settings = Settings::read(Environment::of_process()).map_err(StartError::Environment)?;
        Self::start(settings).await
    }

    async fn start(settings: Settings) -> Result<Self, StartError> {
        let project = pipeline_folder::load(&settings.pipelines).map_err(StartError::Pipelines)?;
        let events = project.events().ok_or(StartError::NoEvents(settings.pipelines))?;
        let rules = match settings.key {
            None => Rules::new(events, None).map_err(StartError::NoKey)?,
            Some(from) => {
                let key = privacy_key(&from).await?;
                Rules::new(events, Some(key)).map_err(|source| StartError::Key { from, source })?
            }
        };
        Ok(Self { rules, metrics: Metrics::Stdout })
    }
}

async fn privacy_key(from: &SecretText) -> Result<PrivacyKey, StartError> {
    let text = from.read(async { aws_config::from_env().load().await }).await;
    let text = text.map_err(|source| StartError::Secret { from: from.clone(), source })?;
    Ok(PrivacyKey::new(match from {
        SecretText::Variable { .. } => text,
        // Without the end of its line, which an editor adds: another key would give other hashes, and nobody would see why.
        SecretText::Secret { .. } => text.trim_end_matches(['\r', '\n']).to_owned(),
    }))
}

impl Settings {
    fn read(mut environment: Environment<'_>) -> Result<Self, EnvironmentError> {
        let pipelines = environment.pipelines_folder();
        let text = environment.variable(PRIVACY_KEY_VARIABLE);
        let secret = environment.variable(PRIVACY_KEY_SECRET_VARIABLE);
        let key = SecretText::optional(&mut environment, text, secret);
        environment.checked(Self { pipelines, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../pipelines");

    async fn start(folder: &str, variables: &[(&str, &str)]) -> Result<Context, String> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| *value);
            found.or((name == "LANDFALL_PIPELINES").then_some(folder)).map(str::to_owned)
        };
        let started = match Settings::read(Environment::new(lookup)) {
            Ok(settings) => Context::start(settings).await,
            Err(error) => Err(StartError::Environment(error)),
        };
        started.map_err(|error| crate::messages(&error))
    }

    #[tokio::test]
    async fn the_projects_pipelines_need_a_key() {
        let key = (PRIVACY_KEY_VARIABLE, "0123456789abcdef0123456789abcdef");
        let context = start(PIPELINES, &[key]).await.unwrap();
        assert!(!format!("{context:?}").contains("0123456789abcdef"), "a key must not be shown");
        let needed = "neither LANDFALL_PRIVACY_KEY nor LANDFALL_PRIVACY_KEY_SECRET is set: \
                      a rule hashes \"context.traits.email\", and there is no key";
        assert_eq!(start(PIPELINES, &[]).await.unwrap_err(), needed);
        assert_eq!(start(PIPELINES, &[(PRIVACY_KEY_VARIABLE, "")]).await.unwrap_err(), needed);
        let short = "LANDFALL_PRIVACY_KEY cannot be used: the key has 5 bytes, and at least 32 are needed";
        assert_eq!(start(PIPELINES, &[(PRIVACY_KEY_VARIABLE, "short")]).await.unwrap_err(), short);
        let both = "the environment is not complete: LANDFALL_PRIVACY_KEY and LANDFALL_PRIVACY_KEY_SECRET are both set: remove one";
        assert_eq!(start(PIPELINES, &[key, (PRIVACY_KEY_SECRET_VARIABLE, "arn:key")]).await.unwrap_err(), both);
    }

    #[tokio::test]
    async fn a_folder_without_events_is_named() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let expected = format!("no pipeline in {folder} has [events]: write it into one pipeline.toml");
        assert_eq!(start(folder, &[]).await.unwrap_err(), expected);
        assert_eq!(
            start("/nowhere", &[]).await.unwrap_err(),
            "the pipelines cannot be read: there is no folder of pipelines at /nowhere"
        );
    }
}
