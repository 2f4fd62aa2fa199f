use std::path::PathBuf;
use std::sync::Arc;

use event_parquet::{Layout, Limits};
use function::{Environment, EnvironmentError, Metrics};

/// What the function keeps between invocations.
#[derive(Debug, Clone)]
pub struct Context {
    /// Reads raw objects and states, writes everything else.
    pub s3: aws_sdk_s3::Client,
    /// The bucket of all of them.
    pub bucket: String,
    /// What the keys of the events begin with, without a `/` at its end.
    pub prefix: String,
    /// The tables' columns.
    pub layout: Arc<Layout>,
    /// What one object may use.
    pub limits: Limits,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Variables are missing.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// The folder of pipelines is not there or not valid.
    #[error(transparent)]
    Pipelines(pipeline_folder::LoadError),
    /// No pipeline has tracking events.
    #[error("no pipeline in {} has [events]: write it into one pipeline.toml", .0.display())]
    NoEvents(PathBuf),
}

/// What the environment and the pipelines say.
struct Settings {
    bucket: String,
    prefix: String,
    layout: Layout,
}

impl Context {
    /// Reads the environment and the pipelines, and builds the client. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Everything that keeps the function from starting, by name.
    pub async fn from_env() -> Result<Self, StartError> {
        let settings = Settings::read(Environment::of_process())?;
        let sdk = aws_config::load_from_env().await;
        Ok(Self {
            s3: objects::client(&sdk, function::variable),
            bucket: settings.bucket,
            prefix: settings.prefix,
            layout: Arc::new(settings.layout),
            limits: Limits::new(std::env::temp_dir()),
            metrics: Metrics::Stdout,
        })
    }
}

impl Settings {
    fn read(mut environment: Environment<'_>) -> Result<Self, StartError> {
        let bucket = environment.required("LANDFALL_LAKE_BUCKET", "the bucket of the lake");
        let folder = environment.pipelines_folder();
        let (bucket, folder) = environment.checked((bucket, folder)).map_err(StartError::Environment)?;
        let project = pipeline_folder::load(&folder).map_err(StartError::Pipelines)?;
        let events = project.events().ok_or(StartError::NoEvents(folder))?;
        Ok(Self { bucket, prefix: events.prefix.clone(), layout: Layout::new(events) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment() {
        let check = |set: &[(&str, &str)], expected: &str| {
            let lookup = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            let read = Settings::read(Environment::new(lookup));
            let found = read.map_or_else(|error| error.to_string(), |read| format!("{} {}", read.bucket, read.prefix));
            assert_eq!(found, expected);
        };
        let pipelines = ("LANDFALL_PIPELINES", concat!(env!("CARGO_MANIFEST_DIR"), "/../../../pipelines"));
        let nothing = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let bucket = ("LANDFALL_LAKE_BUCKET", "lake");
        check(&[bucket, pipelines], "lake web-data");
        check(&[pipelines], "the environment is not complete: LANDFALL_LAKE_BUCKET is not set: the bucket of the lake");
        check(
            &[bucket, ("LANDFALL_PIPELINES", nothing)],
            &format!("no pipeline in {nothing} has [events]: write it into one pipeline.toml"),
        );
    }
}
