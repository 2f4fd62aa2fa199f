use glue_catalog::Catalog;
use telemetry::Metrics;

/// The database of the tables.
pub(crate) const DATABASE_VARIABLE: &str = "LANDFALL_GLUE_DATABASE";

/// Whether Athena shall work out the partitions: `true` or `false`.
pub(crate) const PROJECTION_VARIABLE: &str = "LANDFALL_PARTITION_PROJECTION";

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

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No database.
    #[error("{DATABASE_VARIABLE} is not set: the database of the tables in the Glue Data Catalog")]
    NoDatabase,
    /// Neither yes nor no.
    #[error("{PROJECTION_VARIABLE} is {0:?}; it is true or false")]
    Projection(String),
}

impl Context {
    /// Reads the environment, and builds the clients. The variables are those of this crate's page.
    ///
    /// # Errors
    /// What is missing or wrong, by name.
    pub async fn from_env() -> Result<Self, StartError> {
        let lookup = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (database, projection) = settings(lookup)?;
        let sdk = aws_config::load_from_env().await;
        Ok(Self {
            s3: objects::client(&sdk, lookup),
            catalog: Catalog::new(aws_sdk_glue::Client::new(&sdk), database),
            projection,
            metrics: Metrics::Stdout,
        })
    }
}

/// The database, and whether there is projection.
fn settings(lookup: impl Fn(&str) -> Option<String>) -> Result<(String, bool), StartError> {
    let database = lookup(DATABASE_VARIABLE).ok_or(StartError::NoDatabase)?;
    let projection = match lookup(PROJECTION_VARIABLE).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => return Err(StartError::Projection(other.to_owned())),
    };
    Ok((database, projection))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment() {
        let check = |set: &[(&str, &str)], expected: &str| {
            let read = settings(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()));
            let found =
                read.map_or_else(|error| error.to_string(), |(name, projection)| format!("{name} {projection}"));
            assert_eq!(found, expected);
        };
        let database = (DATABASE_VARIABLE, "web");
        check(&[database], "web false");
        check(&[database, (PROJECTION_VARIABLE, "true")], "web true");
        check(
            &[database, (PROJECTION_VARIABLE, "yes")],
            "LANDFALL_PARTITION_PROJECTION is \"yes\"; it is true or false",
        );
        check(&[], "LANDFALL_GLUE_DATABASE is not set: the database of the tables in the Glue Data Catalog");
    }
}
