//! Secret texts: in a variable itself, or in a secret of Secrets Manager.

use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;

use crate::environment::{Environment, Variable};

/// How long Secrets Manager may take at a start; Lambda gives a start 10 seconds.
const WITHIN: Duration = Duration::from_secs(8);

/// Why there is no text. To be written behind the name of the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager does not give it.
    #[error("it cannot be read: {reason}")]
    Unreadable {
        /// Secrets Manager's answer, or why there is none.
        reason: String,
    },
    /// It holds bytes.
    #[error("it is no text")]
    Binary,
}

/// Where a secret text is. Shown, it is named and never repeated.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretText {
    /// In a variable.
    Variable {
        /// The variable.
        name: &'static str,
        /// Exactly its value.
        text: String,
    },
    /// In a secret of Secrets Manager.
    Secret {
        /// The variable that names the secret.
        name: &'static str,
        /// The secret's ARN or name.
        id: String,
    },
}

impl SecretText {
    /// The one of two variables that is set: `text` holds the text, `secret` the ARN of a secret with it. `what` describes it to whoever
    /// must set one.
    pub fn required(environment: &mut Environment<'_>, text: Variable, secret: Variable, what: &str) -> Self {
        let none = Self::Variable { name: text.name, text: String::new() };
        if text.value.is_none() && secret.value.is_none() {
            environment.problem(format!("neither {} nor {} is set: {what}", text.name, secret.name));
        }
        Self::optional(environment, text, secret).unwrap_or(none)
    }

    /// The one of two variables that is set, or none. Two are one too many.
    pub fn optional(environment: &mut Environment<'_>, text: Variable, secret: Variable) -> Option<Self> {
        match (text.value, secret.value) {
            (None, None) => None,
            (Some(value), None) => Some(Self::Variable { name: text.name, text: value }),
            (None, Some(id)) => Some(Self::Secret { name: secret.name, id: id.trim().to_owned() }),
            (Some(_), Some(_)) => {
                environment.problem(format!("{} and {} are both set: remove one", text.name, secret.name));
                None
            }
        }
    }

    /// The text. `config` is awaited only where a secret must be read.
    ///
    /// # Errors
    /// The secret cannot be read in time, or is binary.
    pub async fn read(&self, config: impl Future<Output = SdkConfig>) -> Result<String, SecretError> {
        match self {
            Self::Variable { text, .. } => Ok(text.clone()),
            Self::Secret { id, .. } => text(&config.await, id).await,
        }
    }
}

/// For errors: the name of the variable, or of the secret.
impl fmt::Display for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable { name, .. } => f.write_str(name),
            Self::Secret { name, .. } => write!(f, "the secret that {name} names"),
        }
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretText({self})")
    }
}

/// The text of a secret; `id` is its ARN or name. Its version `AWSCURRENT` is taken.
///
/// # Errors
/// When it cannot be read in time, or is binary.
pub async fn text(config: &SdkConfig, id: &str) -> Result<String, SecretError> {
    let timeouts = TimeoutConfig::builder().operation_timeout(WITHIN).build();
    let client = Client::from_conf(Builder::from(config).timeout_config(timeouts).build());
    let secret = client.get_secret_value().secret_id(id).send().await;
    let secret = secret.map_err(|error| SecretError::Unreadable { reason: causes::service(&error) })?;
    secret.secret_string.ok_or(SecretError::Binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_two_variables_has_it() {
        let check = |text: Option<&str>, secret: Option<&str>, expected: &str| {
            let mut environment = Environment::new(|name| {
                let value = if name == "KEY" { text } else { secret };
                value.map(str::to_owned)
            });
            let (text, secret) = (environment.variable("KEY"), environment.variable("KEY_SECRET"));
            let found = SecretText::optional(&mut environment, text, secret);
            let shown = match environment.checked(found) {
                Ok(found) => format!("{found:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(shown, expected);
        };
        check(None, Some(" "), "None");
        check(Some("open sesame"), None, "Some(SecretText(KEY))");
        check(None, Some("arn:key "), "Some(SecretText(the secret that KEY_SECRET names))");
        check(Some("a"), Some("b"), "the environment is not complete: KEY and KEY_SECRET are both set: remove one");
    }

    #[test]
    fn one_that_is_needed_is_named_with_what_it_is() {
        let mut environment = Environment::new(|_| None);
        let (text, secret) = (environment.variable("KEY"), environment.variable("KEY_SECRET"));
        let found = SecretText::required(&mut environment, text, secret, "the key of the door");
        let error = environment.checked(found).unwrap_err().to_string();
        assert_eq!(error, "the environment is not complete: neither KEY nor KEY_SECRET is set: the key of the door");
    }
}
