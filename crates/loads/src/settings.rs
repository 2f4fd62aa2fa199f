use std::path::PathBuf;

use redshift::Warehouse;

/// What the environment says about the loads, read once at the start of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `LANDFALL_PIPELINES`: the folder of pipelines; `/opt/pipelines`, where the layer puts it, if absent.
    pub pipelines: PathBuf,
    /// `LANDFALL_LAKE_BUCKET`: the bucket that Landfall writes to.
    pub lake_bucket: String,
    /// `LANDFALL_EVENT_BUS`: the event bus that outcomes go to, name or ARN.
    pub event_bus: String,
    /// `LANDFALL_COPY_ROLE`: `default`, or the ARN of the role that the warehouse assumes to read S3.
    pub copy_role: String,
    /// `LANDFALL_WORKGROUP` or `LANDFALL_CLUSTER`, `LANDFALL_DATABASE`, `LANDFALL_DB_USER` (optional) and
    /// `LANDFALL_SECRET_ARN` (optional).
    pub warehouse: Warehouse,
}

/// What is wrong with the environment. All of it is reported at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment is not complete: {}", .0.join("; "))]
pub struct SettingsError(pub Vec<String>);

impl Settings {
    /// Reads the variables through `lookup`; an empty one counts as absent.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        let optional = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let mut required = |name: &str, what: &str| {
            optional(name).unwrap_or_else(|| {
                problems.push(format!("{name} is not set: {what}"));
                String::new()
            })
        };
        let settings = Self {
            pipelines: optional("LANDFALL_PIPELINES").unwrap_or_else(|| "/opt/pipelines".to_owned()).into(),
            lake_bucket: required("LANDFALL_LAKE_BUCKET", "the bucket that Landfall writes to"),
            event_bus: required("LANDFALL_EVENT_BUS", "the event bus that outcomes go to"),
            copy_role: required("LANDFALL_COPY_ROLE", "`default` or the ARN of the role that COPY uses"),
            warehouse: Warehouse {
                workgroup: optional("LANDFALL_WORKGROUP"),
                cluster: optional("LANDFALL_CLUSTER"),
                database: required("LANDFALL_DATABASE", "the database of the warehouse"),
                db_user: optional("LANDFALL_DB_USER"),
                secret_arn: optional("LANDFALL_SECRET_ARN"),
            },
        };
        match (&settings.warehouse.workgroup, &settings.warehouse.cluster) {
            (None, None) => problems.push("LANDFALL_WORKGROUP or LANDFALL_CLUSTER must be set".to_owned()),
            (Some(_), Some(_)) => {
                problems.push("LANDFALL_WORKGROUP and LANDFALL_CLUSTER are both set: keep one".to_owned())
            }
            _ => {}
        }
        if problems.is_empty() { Ok(settings) } else { Err(SettingsError(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let error = read(&[("LANDFALL_LAKE_BUCKET", "")]).unwrap_err().to_string();
        for name in ["LAKE_BUCKET", "EVENT_BUS", "COPY_ROLE", "DATABASE", "WORKGROUP or LANDFALL_CLUSTER"] {
            assert!(error.contains(&format!("LANDFALL_{name}")), "{name} in {error}");
        }
    }

    #[test]
    fn one_warehouse_and_no_more() {
        let common = [
            ("LANDFALL_LAKE_BUCKET", "lake"),
            ("LANDFALL_EVENT_BUS", "landfall"),
            ("LANDFALL_COPY_ROLE", "default"),
            ("LANDFALL_DATABASE", "dev"),
            ("LANDFALL_WORKGROUP", "etl"),
        ];
        let settings = read(&common).unwrap();
        assert_eq!(settings.pipelines, PathBuf::from("/opt/pipelines"));
        assert_eq!(settings.warehouse.workgroup.as_deref(), Some("etl"));
        let both = [common.as_slice(), &[("LANDFALL_CLUSTER", "c1")]].concat();
        assert!(read(&both).unwrap_err().to_string().contains("both set"));
    }
}
