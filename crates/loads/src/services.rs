use std::sync::Arc;

use aws_config::SdkConfig;
use function::{Environment, EnvironmentError};
use pipeline::Project;

use crate::settings::Settings;
use crate::store::Store;

/// What a load needs: the project and the clients, each built once.
#[derive(Debug, Clone)]
pub struct Services {
    /// The validated pipelines.
    pub project: Arc<Project>,
    /// Reads the landing bucket.
    pub s3: aws_sdk_s3::Client,
    /// Writes the lake.
    pub store: Store,
    /// The warehouse.
    pub warehouse: redshift::Client,
    /// Takes the outcomes.
    pub events: aws_sdk_eventbridge::Client,
    /// The name of the event bus for outcomes.
    pub bus: String,
    /// `default`, or the ARN of the role that the warehouse assumes to read S3.
    pub copy_role: String,
}

/// Why a function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Variables are missing or wrong.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// The folder of pipelines is not there or not valid.
    #[error(transparent)]
    Pipelines(pipeline_folder::LoadError),
}

impl Services {
    /// Reads the environment and the pipelines, and builds every client, once.
    ///
    /// # Errors
    /// Everything that is missing or not valid, by name.
    pub async fn from_env() -> Result<Self, StartError> {
        let settings = Settings::read(Environment::of_process()).map_err(StartError::Environment)?;
        let project = pipeline_folder::load(&settings.pipelines).map_err(StartError::Pipelines)?;
        let sdk = aws_config::load_from_env().await;
        Ok(Self::new(&settings, &sdk, objects::client(&sdk, function::variable), project))
    }

    /// Builds every other client.
    pub fn new(settings: &Settings, sdk: &SdkConfig, s3: aws_sdk_s3::Client, project: Project) -> Self {
        Self {
            project: Arc::new(project),
            store: Store::new(s3.clone(), &settings.lake_bucket),
            s3,
            warehouse: redshift::Client::new(aws_sdk_redshiftdata::Client::new(sdk), settings.warehouse.clone()),
            events: aws_sdk_eventbridge::Client::new(sdk),
            bus: settings.event_bus.clone(),
            copy_role: settings.copy_role.clone(),
        }
    }
}
