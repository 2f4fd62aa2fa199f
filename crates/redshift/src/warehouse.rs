//! Where SQL runs, and as whom.

use std::fmt;

/// A database of a warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warehouse {
    /// Where it runs, and as whom.
    pub endpoint: Endpoint,
    /// The database.
    pub database: String,
}

/// A warehouse, and who signs in there: the combinations that the Data API takes, and no other.
///
/// Rule: Redshift Data API reference, "ExecuteStatement".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A workgroup of Redshift Serverless.
    Workgroup {
        /// Its name or ARN.
        name: String,
        /// Who signs in.
        login: WorkgroupLogin,
    },
    /// A provisioned cluster.
    Cluster {
        /// Its identifier.
        identifier: String,
        /// Who signs in.
        login: ClusterLogin,
    },
}

/// Who signs in to a workgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkgroupLogin {
    /// The caller's IAM identity: `redshift-serverless:GetCredentials`.
    Identity,
    /// The user of a secret, by the secret's ARN: `secretsmanager:GetSecretValue`.
    Secret(String),
}

/// Who signs in to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterLogin {
    /// The caller's IAM identity: `redshift:GetClusterCredentialsWithIAM`.
    Identity,
    /// A user of the database, by its name: `redshift:GetClusterCredentials`.
    User(String),
    /// The user of a secret, by the secret's ARN: `secretsmanager:GetSecretValue`.
    Secret(String),
}

impl Endpoint {
    /// A workgroup, as the caller's IAM identity.
    pub fn workgroup(name: impl Into<String>) -> Self {
        Self::Workgroup { name: name.into(), login: WorkgroupLogin::Identity }
    }

    /// WorkgroupName of a request.
    pub(crate) fn workgroup_name(&self) -> Option<String> {
        match self {
            Self::Workgroup { name, .. } => Some(name.clone()),
            Self::Cluster { .. } => None,
        }
    }

    /// ClusterIdentifier of a request.
    pub(crate) fn cluster_identifier(&self) -> Option<String> {
        match self {
            Self::Workgroup { .. } => None,
            Self::Cluster { identifier, .. } => Some(identifier.clone()),
        }
    }

    /// DbUser of a request.
    pub(crate) fn db_user(&self) -> Option<String> {
        match self {
            Self::Cluster { login: ClusterLogin::User(user), .. } => Some(user.clone()),
            _ => None,
        }
    }

    /// SecretArn of a request.
    pub(crate) fn secret_arn(&self) -> Option<String> {
        match self {
            Self::Workgroup { login: WorkgroupLogin::Secret(arn), .. }
            | Self::Cluster { login: ClusterLogin::Secret(arn), .. } => Some(arn.clone()),
            _ => None,
        }
    }
}

/// Workgroup or cluster, and database.
impl fmt::Display for Warehouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Endpoint::Workgroup { name, .. } | Endpoint::Cluster { identifier: name, .. }) = &self.endpoint;
        write!(f, "{name}/{}", self.database)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WorkgroupName, ClusterIdentifier, DbUser and SecretArn of a request.
    fn fields(endpoint: &Endpoint) -> [Option<String>; 4] {
        [endpoint.workgroup_name(), endpoint.cluster_identifier(), endpoint.db_user(), endpoint.secret_arn()]
    }

    #[test]
    fn a_request_has_the_fields_of_its_endpoint() {
        let cluster = |login| Endpoint::Cluster { identifier: "c1".into(), login };
        let secret = "arn:secret".to_owned();
        let workgroup = Endpoint::Workgroup { name: "etl".into(), login: WorkgroupLogin::Secret(secret.clone()) };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(fields(&Endpoint::workgroup("etl")), [some("etl"), None, None, None]);
        assert_eq!(fields(&workgroup), [some("etl"), None, None, some("arn:secret")]);
        assert_eq!(fields(&cluster(ClusterLogin::Identity)), [None, some("c1"), None, None]);
        assert_eq!(fields(&cluster(ClusterLogin::User("loader".into()))), [None, some("c1"), some("loader"), None]);
        assert_eq!(fields(&cluster(ClusterLogin::Secret(secret))), [None, some("c1"), None, some("arn:secret")]);
    }
}
