use std::path::PathBuf;

use function::{Environment, EnvironmentError};
use redshift::{ClusterLogin, Endpoint, Warehouse, WorkgroupLogin};

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
    /// `LANDFALL_WORKGROUP` or `LANDFALL_CLUSTER`, `LANDFALL_DATABASE`, and one of `LANDFALL_DB_USER` (a cluster only) and
    /// `LANDFALL_SECRET_ARN`, or neither.
    pub warehouse: Warehouse,
}

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    /// Every variable that is missing, and every combination that the Data API does not take.
    pub fn read(mut environment: Environment<'_>) -> Result<Self, EnvironmentError> {
        let lake_bucket = environment.required("LANDFALL_LAKE_BUCKET", "the bucket that Landfall writes to");
        let event_bus = environment.required("LANDFALL_EVENT_BUS", "the event bus that outcomes go to");
        let copy_role = environment.required("LANDFALL_COPY_ROLE", "`default` or the ARN of the role that COPY uses");
        let database = environment.required("LANDFALL_DATABASE", "the database of the warehouse");
        let names = Names {
            workgroup: environment.optional("LANDFALL_WORKGROUP"),
            cluster: environment.optional("LANDFALL_CLUSTER"),
            db_user: environment.optional("LANDFALL_DB_USER"),
            secret_arn: environment.optional("LANDFALL_SECRET_ARN"),
        };
        let endpoint = names.endpoint(&mut environment);
        let pipelines = environment.pipelines_folder();
        let warehouse = endpoint.map(|endpoint| Warehouse { endpoint, database });
        environment.checked_some(warehouse.map(|warehouse| Self {
            pipelines,
            lake_bucket,
            event_bus,
            copy_role,
            warehouse,
        }))
    }
}

/// What the environment names of the warehouse.
struct Names {
    workgroup: Option<String>,
    cluster: Option<String>,
    db_user: Option<String>,
    secret_arn: Option<String>,
}

impl Names {
    /// None with at least one problem.
    fn endpoint(self, environment: &mut Environment<'_>) -> Option<Endpoint> {
        let both_logins = self.db_user.is_some() && self.secret_arn.is_some();
        if both_logins {
            environment
                .problem("LANDFALL_DB_USER and LANDFALL_SECRET_ARN are both set: a secret names its user; unset one");
        }
        match (self.workgroup, self.cluster) {
            (None, None) => {
                environment.problem("set LANDFALL_WORKGROUP or LANDFALL_CLUSTER: the warehouse");
                None
            }
            (Some(_), Some(_)) => {
                environment.problem("LANDFALL_WORKGROUP and LANDFALL_CLUSTER are both set: unset one");
                None
            }
            (Some(_), None) if self.db_user.is_some() => {
                environment.problem(
                    "LANDFALL_DB_USER is set with LANDFALL_WORKGROUP: a workgroup signs in the function's own identity or a secret's \
                     user; unset it, or set LANDFALL_SECRET_ARN in its place",
                );
                None
            }
            (Some(name), None) => {
                let login = self.secret_arn.map_or(WorkgroupLogin::Identity, WorkgroupLogin::Secret);
                Some(Endpoint::Workgroup { name, login })
            }
            (None, Some(identifier)) => {
                let login = match (self.db_user, self.secret_arn) {
                    (None, None) => ClusterLogin::Identity,
                    (Some(user), None) => ClusterLogin::User(user),
                    (None, Some(arn)) => ClusterLogin::Secret(arn),
                    (Some(_), Some(_)) => return None,
                };
                Some(Endpoint::Cluster { identifier, login })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: [(&str, &str); 4] = [
        ("LANDFALL_LAKE_BUCKET", "lake"),
        ("LANDFALL_EVENT_BUS", "landfall"),
        ("LANDFALL_COPY_ROLE", "default"),
        ("LANDFALL_DATABASE", "dev"),
    ];
    const WORKGROUP: (&str, &str) = ("LANDFALL_WORKGROUP", "etl");
    const CLUSTER: (&str, &str) = ("LANDFALL_CLUSTER", "c1");
    const USER: (&str, &str) = ("LANDFALL_DB_USER", "loader");
    const SECRET: (&str, &str) = ("LANDFALL_SECRET_ARN", "arn:secret");

    fn read(set: &[(&str, &str)]) -> Result<Settings, EnvironmentError> {
        let lookup = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Settings::read(Environment::new(lookup))
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let problems = read(&[("LANDFALL_LAKE_BUCKET", ""), USER, SECRET]).unwrap_err().0;
        let names =
            ["LAKE_BUCKET", "EVENT_BUS", "COPY_ROLE", "DATABASE", "DB_USER and LANDFALL_SECRET_ARN", "WORKGROUP or"];
        assert_eq!(problems.len(), names.len(), "{problems:?}");
        for (name, problem) in names.into_iter().zip(&problems) {
            assert!(problem.contains(&format!("LANDFALL_{name}")), "{name} in {problem}");
        }
    }

    #[test]
    fn every_way_to_sign_in_is_read() {
        let check = |set: &[(&str, &str)], endpoint: Endpoint| {
            let settings = read(&[COMMON.as_slice(), set].concat()).unwrap();
            assert_eq!(settings.warehouse, Warehouse { endpoint, database: "dev".to_owned() });
            assert_eq!(settings.pipelines, PathBuf::from("/opt/pipelines"));
        };
        let cluster = |login| Endpoint::Cluster { identifier: "c1".to_owned(), login };
        let secret = WorkgroupLogin::Secret("arn:secret".to_owned());
        check(&[WORKGROUP], Endpoint::workgroup("etl"));
        check(&[WORKGROUP, SECRET], Endpoint::Workgroup { name: "etl".to_owned(), login: secret });
        check(&[CLUSTER, ("LANDFALL_DB_USER", "")], cluster(ClusterLogin::Identity));
        check(&[CLUSTER, USER], cluster(ClusterLogin::User("loader".to_owned())));
        check(&[CLUSTER, SECRET], cluster(ClusterLogin::Secret("arn:secret".to_owned())));
    }

    #[test]
    fn what_the_data_api_refuses_is_refused_at_the_start() {
        let check = |set: &[(&str, &str)], expected: &[&str]| {
            let problems = read(&[COMMON.as_slice(), set].concat()).unwrap_err().0;
            let starts: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap_or_default()).collect();
            assert_eq!(starts, expected);
        };
        let two_logins = "LANDFALL_DB_USER and LANDFALL_SECRET_ARN are both set";
        let user_of_workgroup = "LANDFALL_DB_USER is set with LANDFALL_WORKGROUP";
        check(&[], &["set LANDFALL_WORKGROUP or LANDFALL_CLUSTER"]);
        check(&[WORKGROUP, CLUSTER], &["LANDFALL_WORKGROUP and LANDFALL_CLUSTER are both set"]);
        check(&[WORKGROUP, USER], &[user_of_workgroup]);
        check(&[WORKGROUP, USER, SECRET], &[two_logins, user_of_workgroup]);
        check(&[CLUSTER, USER, SECRET], &[two_logins]);
    }
}
