use aws_config::retry::RetryConfig;
use secrets::SecretError;
use telemetry::Metrics;

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
    /// The stream is not named.
    #[error("{STREAM_VARIABLE} is not set: it names the Kinesis stream that events are put into")]
    NoStream,
    /// Nobody could send anything.
    #[error(
        "neither {WRITE_KEYS_VARIABLE} nor {WRITE_KEYS_SECRET_VARIABLE} is set: one of them tells the write keys that are accepted"
    )]
    NoKeys,
    /// It is not clear which keys count.
    #[error("{WRITE_KEYS_VARIABLE} and {WRITE_KEYS_SECRET_VARIABLE} are both set: remove one")]
    TwoLists,
    /// The keys cannot be used.
    #[error("{WRITE_KEYS_VARIABLE} cannot be used")]
    Keys(#[source] KeysError),
    /// The secret cannot be read.
    #[error("the secret that {WRITE_KEYS_SECRET_VARIABLE} names cannot be used")]
    Secret(#[source] SecretError),
    /// The keys in the secret cannot be used.
    #[error("the secret that {WRITE_KEYS_SECRET_VARIABLE} names cannot be used")]
    SecretKeys(#[source] KeysError),
}

/// What the environment says.
#[derive(Debug)]
struct Settings {
    stream: String,
    keys: KeysFrom,
}

/// Where the keys are.
#[derive(Debug)]
enum KeysFrom {
    Environment(WriteKeys),
    Secret(String),
}

impl Context {
    /// Reads the environment, and the secret if it names one, and builds the client. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Everything that keeps the function from starting, by name.
    pub async fn from_env() -> Result<Self, StartError> {
        let settings = Settings::read(|name| std::env::var(name).ok())?;
        let config = aws_config::from_env().load().await;
        let keys = match settings.keys {
            KeysFrom::Environment(keys) => keys,
            KeysFrom::Secret(id) => secret_keys(&config, &id).await?,
        };
        // What failed is tried again here and not by the client: only the records that failed, and within a time.
        let kinesis = aws_sdk_kinesis::config::Builder::from(&config).retry_config(RetryConfig::disabled()).build();
        let client = aws_sdk_kinesis::Client::from_conf(kinesis);
        let stream = Stream { client, name: settings.stream, patience: Patience::default() };
        Ok(Self { stream, keys, metrics: Metrics::Stdout })
    }
}

async fn secret_keys(config: &aws_config::SdkConfig, id: &str) -> Result<WriteKeys, StartError> {
    let text = secrets::text(config, id).await.map_err(StartError::Secret)?;
    WriteKeys::parse(&text).map_err(StartError::SecretKeys)
}

impl Settings {
    /// Reads the variables through `lookup`; an empty one counts as absent.
    fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let variable = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let stream = variable(STREAM_VARIABLE).ok_or(StartError::NoStream)?;
        let keys = match (variable(WRITE_KEYS_VARIABLE), variable(WRITE_KEYS_SECRET_VARIABLE)) {
            (Some(_), Some(_)) => return Err(StartError::TwoLists),
            (None, None) => return Err(StartError::NoKeys),
            (Some(keys), None) => KeysFrom::Environment(WriteKeys::parse(&keys).map_err(StartError::Keys)?),
            (None, Some(id)) => KeysFrom::Secret(id.trim().to_owned()),
        };
        Ok(Self { stream: stream.trim().to_owned(), keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<String, String> {
        let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Settings::read(lookup).map(|settings| format!("{settings:?}")).map_err(|error| causes::chain(&error))
    }

    #[test]
    fn the_environment() {
        let check = |variables: &[(&str, &str)], expected: Result<&str, &str>| {
            assert_eq!(read(variables).as_deref().map_err(String::as_str), expected, "{variables:?}");
        };
        let stream = (STREAM_VARIABLE, " events ");
        let (keys, secret) = ((WRITE_KEYS_VARIABLE, "one,two"), (WRITE_KEYS_SECRET_VARIABLE, "arn:secret"));
        check(&[stream, keys], Ok(r#"Settings { stream: "events", keys: Environment(WriteKeys(2)) }"#));
        check(
            &[stream, secret, (WRITE_KEYS_VARIABLE, "")],
            Ok(r#"Settings { stream: "events", keys: Secret("arn:secret") }"#),
        );
        check(&[keys], Err("LANDFALL_STREAM is not set: it names the Kinesis stream that events are put into"));
        let neither = "neither LANDFALL_WRITE_KEYS nor LANDFALL_WRITE_KEYS_SECRET is set: one of them tells the write keys that are accepted";
        check(&[stream], Err(neither));
        check(
            &[stream, keys, secret],
            Err("LANDFALL_WRITE_KEYS and LANDFALL_WRITE_KEYS_SECRET are both set: remove one"),
        );
        let bad = "LANDFALL_WRITE_KEYS cannot be used: write key 1 has a colon, a blank, or a character beyond ASCII, and cannot be sent with Basic authentication";
        check(&[stream, (WRITE_KEYS_VARIABLE, "a:b")], Err(bad));
    }
}
