use std::path::PathBuf;
use std::sync::Arc;

use event_parquet::{Layout, Limits};
use telemetry::Metrics;

/// The bucket of raw and transformed objects.
pub(crate) const BUCKET_VARIABLE: &str = "LANDFALL_LAKE_BUCKET";

/// The folder of pipelines; `/opt/pipelines`, where the layer puts it, if absent.
pub(crate) const PIPELINES_VARIABLE: &str = "LANDFALL_PIPELINES";

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
    /// No bucket.
    #[error("{BUCKET_VARIABLE} is not set: it names the bucket of the lake")]
    NoBucket,
    /// The folder of pipelines is not there or not valid.
    #[error(transparent)]
    Pipelines(pipeline_folder::LoadError),
    /// No pipeline has tracking events.
    #[error("no pipeline in {} has [events]: write it into one pipeline.toml", .0.display())]
    NoEvents(PathBuf),
}

/// What the environment says.
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
        let lookup = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let settings = settings(lookup)?;
        let sdk = aws_config::load_from_env().await;
        Ok(Self {
            s3: objects::client(&sdk, lookup),
            bucket: settings.bucket,
            prefix: settings.prefix,
            layout: Arc::new(settings.layout),
            limits: Limits::new(std::env::temp_dir()),
            metrics: Metrics::Stdout,
        })
    }
}

fn settings(lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, StartError> {
    let bucket = lookup(BUCKET_VARIABLE).ok_or(StartError::NoBucket)?;
    let folder: PathBuf = lookup(PIPELINES_VARIABLE).unwrap_or_else(|| "/opt/pipelines".to_owned()).into();
    let project = pipeline_folder::load(&folder).map_err(StartError::Pipelines)?;
    let events = project.events().ok_or(StartError::NoEvents(folder))?;
    Ok(Settings { bucket, prefix: events.prefix.clone(), layout: Layout::new(events) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment() {
        let check = |set: &[(&str, &str)], expected: &str| {
            let read = settings(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()));
            let found = read.map_or_else(|error| error.to_string(), |read| format!("{} {}", read.bucket, read.prefix));
            assert_eq!(found, expected);
        };
        let pipelines = (PIPELINES_VARIABLE, concat!(env!("CARGO_MANIFEST_DIR"), "/../../../pipelines"));
        let nothing = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let bucket = (BUCKET_VARIABLE, "lake");
        check(&[bucket, pipelines], "lake web-data");
        check(&[pipelines], "LANDFALL_LAKE_BUCKET is not set: it names the bucket of the lake");
        check(
            &[bucket, (PIPELINES_VARIABLE, nothing)],
            &format!("no pipeline in {nothing} has [events]: write it into one pipeline.toml"),
        );
    }
}
