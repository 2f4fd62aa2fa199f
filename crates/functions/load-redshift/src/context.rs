use loads::{Services, Settings, SettingsError};
use telemetry::Metrics;

/// What the function keeps between invocations.
#[derive(Debug, Clone)]
pub struct Context {
    /// The project and the clients.
    pub services: Services,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error("load-redshift cannot start")]
    Settings(#[source] SettingsError),
    /// The folder of pipelines is not there or not valid.
    #[error("load-redshift cannot start")]
    Pipelines(#[source] pipeline_folder::LoadError),
}

impl Context {
    /// Reads the environment and the pipelines, and builds every client.
    pub async fn from_env() -> Result<Self, StartError> {
        let settings = Settings::read(|name| std::env::var(name).ok()).map_err(StartError::Settings)?;
        let project = pipeline_folder::load(&settings.pipelines).map_err(StartError::Pipelines)?;
        let sdk = aws_config::load_from_env().await;
        let by_path = loads::s3_by_path(|name| std::env::var(name).ok());
        Ok(Self { services: Services::new(&settings, &sdk, by_path, project), metrics: Metrics::Stdout })
    }
}
