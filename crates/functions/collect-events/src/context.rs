use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use function::secrets::{SecretError, SecretText};
use function::{Environment, EnvironmentError, Metrics};

use crate::keys::{KeysError, WriteKeys};
use crate::stream::{Patience, Stream};

/// The Kinesis stream that events are put into.
pub const STREAM_VARIABLE: &str = "LANDFALL_STREAM";

/// The write keys that are accepted, separated by commas.
pub const WRITE_KEYS_VARIABLE: &str = "LANDFALL_WRITE_KEYS";

/// The ARN of the secret that holds the write keys, in place of the variable.
pub const WRITE_KEYS_SECRET_VARIABLE: &str = "LANDFALL_WRITE_KEYS_SECRET";

/// What the function keeps between invocations.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where events go.
    pub stream: Stream,
    /// Who may send them.
    pub keys: WriteKeys,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Variables are missing or wrong.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// The secret cannot be read.
    #[error("{from} cannot be used")]
    Secret {
        /// Which one.
        from: SecretText,
        /// Why not.
        #[source]
        source: SecretError,
    },
    /// The keys cannot be used.
    #[error("{from} cannot be used")]
    Keys {
        /// Where they are.
        from: SecretText,
        /// Why not.
        #[source]
        source: KeysError,
    },
}

/// What the environment says.
#[derive(Debug)]
struct Settings {
    stream: String,
    keys: SecretText,
}

impl Context {
    /// Reads the environment, and the secret if it names one, and builds the client. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Everything that keeps the function from starting, by name.
    pub async fn from_env() -> Result<Self, StartError> {
        let settings = Settings::read(Environment::of_process()).map_err(StartError::Environment)?;
        let config = aws_config::from_env().load().await;
        let keys = write_keys(settings.keys, &config).await?;
        // What failed is tried again here and not by the client: only the records that failed, and within a time.
        let kinesis = aws_sdk_kinesis::config::Builder::from(&config).retry_config(RetryConfig::disabled()).build();
        let client = aws_sdk_kinesis::Client::from_conf(kinesis);
        let stream = Stream { client, name: settings.stream, patience: Patience::default() };
        Ok(Self { stream, keys, metrics: Metrics::Stdout })
    }
}

async fn write_keys(from: SecretText, config: &SdkConfig) -> Result<WriteKeys, StartError> {
    match from.read(async { config.clone() }).await {
        Ok(text) => WriteKeys::parse(&text).map_err(|source| StartError::Keys { from, source }),
        Err(source) => Err(StartError::Secret { from, source }),
    }
}

impl Settings {
    fn read(mut environment: Environment<'_>) -> Result<Self, EnvironmentError> {
        let stream = environment.required(STREAM_VARIABLE, "the Kinesis stream that events are put into");
        let text = environment.variable(WRITE_KEYS_VARIABLE);
        let secret = environment.variable(WRITE_KEYS_SECRET_VARIABLE);
        let keys = SecretText::required(&mut environment, text, secret, "the write keys that are accepted");
        environment.checked(Self { stream, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream and where the keys are, or what is wrong.
    async fn read(variables: &[(&str, &str)]) -> String {
        let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let settings = match Settings::read(Environment::new(lookup)) {
            Ok(settings) => settings,
            Err(error) => return error.to_string(),
        };
        let shown = format!("{settings:?}");
        if matches!(settings.keys, SecretText::Secret { .. }) {
            return shown;
        }
        let keys = write_keys(settings.keys, &SdkConfig::builder().build()).await;
        keys.map_or_else(|error| causes::chain(&error), |keys| format!("{shown} {keys:?}"))
    }

    #[tokio::test]
    async fn the_environment() {
        let stream = (STREAM_VARIABLE, " events ");
        let (keys, secret) = ((WRITE_KEYS_VARIABLE, "one,two"), (WRITE_KEYS_SECRET_VARIABLE, " arn:secret\n"));
        let shown = r#"Settings { stream: "events", keys: SecretText(LANDFALL_WRITE_KEYS) } WriteKeys(2)"#;
        assert_eq!(read(&[stream, keys]).await, shown);
        let named =
            r#"Settings { stream: "events", keys: SecretText(the secret that LANDFALL_WRITE_KEYS_SECRET names) }"#;
        assert_eq!(read(&[stream, (WRITE_KEYS_VARIABLE, " "), secret]).await, named);
        let nothing = "the environment is not complete: LANDFALL_STREAM is not set: the Kinesis stream that events are put into; \
                       neither LANDFALL_WRITE_KEYS nor LANDFALL_WRITE_KEYS_SECRET is set: the write keys that are accepted";
        assert_eq!(read(&[]).await, nothing);
        let both = "the environment is not complete: LANDFALL_WRITE_KEYS and LANDFALL_WRITE_KEYS_SECRET are both set: remove one";
        assert_eq!(read(&[stream, keys, secret]).await, both);
        let bad = "LANDFALL_WRITE_KEYS cannot be used: write key 1 has a colon, a blank, or a character beyond ASCII, and cannot be sent with Basic authentication";
        assert_eq!(read(&[stream, (WRITE_KEYS_VARIABLE, "a:b")]).await, bad);
    }
}
