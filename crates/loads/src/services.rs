use std::sync::Arc;

use pipeline::Project;

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
