#![doc = include_str!("../README.md")]

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;

/// How long Secrets Manager may take at a start; Lambda gives a start 10 seconds.
const WITHIN: Duration = Duration::from_secs(8);

/// Why there is no text. To be said behind the name of the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager does not give it.
    #[error("it cannot be read: {reason}")]
    Unreadable {
        /// What Secrets Manager said, or why it could not be asked.
        reason: String,
    },
    /// It holds bytes.
    #[error("it is no text")]
    Binary,
}

/// The text of a secret; `id` is its ARN or name.
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
