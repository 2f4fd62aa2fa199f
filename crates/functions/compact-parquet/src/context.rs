use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use function::{Environment, EnvironmentError, Metrics};
use glue_catalog::Catalog;

/// Tells the time in seconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What the function keeps between invocations.
#[derive(Clone)]
pub struct Context {
    /// The lake.
    pub s3: aws_sdk_s3::Client,
    /// The tables.
    pub catalog: Catalog,
    /// What the environment says.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// What the environment says, read once at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `LANDFALL_LAKE_BUCKET`: the bucket of the files.
    pub bucket: String,
    /// `LANDFALL_GLUE_DATABASE`: the database of the tables.
    pub database: String,
    /// `LANDFALL_COMPACTION_DELAY_MINUTES`: how long after its end (UTC) a day is left alone; 120 if absent.
    pub delay: Duration,
    /// `LANDFALL_COMPACTION_HORIZON_DAYS`: older days are left alone, unless their compaction is under way; 30 if absent.
    pub horizon: Duration,
    /// `LANDFALL_COMPACTION_SECONDS`: how long one invocation works; less than the function's timeout; 780 if absent.
    pub budget: Duration,
    /// `LANDFALL_COMPACTION_FILE_MIB`: about how large merged files are; 128 if absent.
    pub file_bytes: u64,
    /// Where temporary files go.
    pub folder: PathBuf,
}

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    /// Everything that is missing or no number.
    pub fn read(mut environment: Environment<'_>) -> Result<Self, EnvironmentError> {
        let settings = Self {
            bucket: environment.required("LANDFALL_LAKE_BUCKET", "the bucket of the lake"),
            database: environment
                .required("LANDFALL_GLUE_DATABASE", "the database of the tables in the Glue Data Catalog"),
            delay: Duration::from_secs(environment.number("LANDFALL_COMPACTION_DELAY_MINUTES", 120, 10_000) * 60),
            horizon: Duration::from_secs(environment.number("LANDFALL_COMPACTION_HORIZON_DAYS", 30, 10_000) * 86_400),
            budget: Duration::from_secs(environment.number("LANDFALL_COMPACTION_SECONDS", 780, 880)),
            file_bytes: environment.number("LANDFALL_COMPACTION_FILE_MIB", 128, 400) << 20,
            folder: std::env::temp_dir(),
        };
        environment.checked(settings)
    }
}

impl Context {
    /// Reads the environment, and builds the clients. The variables are those of this crate's page.
    ///
    /// # Errors
    /// Everything that is missing or wrong, by name.
    pub async fn from_env() -> Result<Self, EnvironmentError> {
        let settings = Settings::read(Environment::of_process())?;
        let sdk = aws_config::load_from_env().await;
        Ok(Self {
            s3: objects::client(&sdk, function::variable),
            catalog: Catalog::new(aws_sdk_glue::Client::new(&sdk), &settings.database),
            settings,
            clock: Arc::new(now),
            metrics: Metrics::Stdout,
        })
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment() {
        let read = |set: &[(&str, &str)]| {
            let lookup = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            Settings::read(Environment::new(lookup))
        };
        let required = [("LANDFALL_LAKE_BUCKET", "lake"), ("LANDFALL_GLUE_DATABASE", "web")];
        let settings = read(&required).unwrap();
        assert_eq!(
            (settings.file_bytes, settings.delay.as_secs(), settings.horizon.as_secs()),
            (128 << 20, 7200, 2_592_000)
        );
        let wrong = read(&[("LANDFALL_COMPACTION_FILE_MIB", "0"), ("LANDFALL_COMPACTION_SECONDS", "x")]).unwrap_err();
        assert_eq!(wrong.0.len(), 4, "{wrong}");
        assert!(
            wrong.to_string().contains("LANDFALL_COMPACTION_FILE_MIB is \"0\": set a whole number from 1 to 400"),
            "{wrong}"
        );
    }
}
