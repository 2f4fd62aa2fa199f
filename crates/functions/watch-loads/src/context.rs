use function::Metrics;
use loads::{Services, StartError};

/// What the function keeps between invocations.
#[derive(Debug, Clone)]
pub struct Context {
    /// The project and the clients.
    pub services: Services,
    /// Where metrics go.
    pub metrics: Metrics,
}

impl Context {
    /// Reads the environment and the pipelines, and builds every client. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Every variable that is missing or not valid, or every problem of the pipelines.
    pub async fn from_env() -> Result<Self, StartError> {
        Ok(Self { services: Services::from_env().await?, metrics: Metrics::Stdout })
    }
}
