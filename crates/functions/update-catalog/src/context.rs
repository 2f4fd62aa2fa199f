use function::{Environment, EnvironmentError, Metrics};
use glue_catalog::Catalog;

/// What the function keeps between invocations. It remembers no table: somebody may drop one.
#[derive(Debug, Clone)]
pub struct Context {
    /// Reads the files' footers and the states of compaction.
    pub s3: aws_sdk_s3::Client,
    /// The tables.
    pub catalog: Catalog,
    /// Whether tables get the parameters of partition projection.
    pub projection: bool,
    /// Where metrics go.
    pub metrics: Metrics,
}

impl Context {
    /// Reads the environment, and builds the clients. The variables are those of this crate's page.
    ///
    /// # Errors
    /// What is missing or wrong, by name.
    pub async fn from_env() -> Result<Self, EnvironmentError> {
        let settings = Settings::read(Environment::of_process())?;
        let sdk = aws_config::load_from_env().await;
        Ok(Self {
            s3: objects::client(&sdk, function::variable),
            catalog: Catalog::new(aws_sdk_glue::Client::new(&sdk), settings.database),
            projection: settings.projection,
            metrics: Metrics::Stdout,
        })
    }
}

/// What the environment says.
#[derive(Debug, PartialEq, Eq)]
struct Settings {
    /// The database of the tables.
    database: String,
    /// Whether Athena works out the partitions.
    projection: bool,
}

impl Settings {
    fn read(mut environment: Environment<'_>) -> Result<Self, EnvironmentError> {
        let settings = Self {
            database: environment
                .required("LANDFALL_GLUE_DATABASE", "the database of the tables in the Glue Data Catalog"),
            projection: environment.flag("LANDFALL_PARTITION_PROJECTION"),
        };
        environment.checked(settings)
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
            let found =
                read.map_or_else(|error| error.to_string(), |read| format!("{} {}", read.database, read.projection));
            assert_eq!(found, expected);
        };
        let database = ("LANDFALL_GLUE_DATABASE", "web");
        let projection = |value| ("LANDFALL_PARTITION_PROJECTION", value);
        check(&[database], "web false");
        check(&[database, projection("true")], "web true");
        check(
            &[projection("yes")],
            "the environment is not complete: LANDFALL_GLUE_DATABASE is not set: the database of the tables in the Glue Data Catalog; \
             LANDFALL_PARTITION_PROJECTION is \"yes\": set `true` or `false`",
        );
    }
}
