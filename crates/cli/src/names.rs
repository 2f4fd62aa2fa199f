//! What things are called in the embedded cloud.

/// The region.
pub(crate) const REGION: &str = "us-east-1";

/// The warehouse's workgroup, as a person's commands know it: its admin.
pub(crate) const WORKGROUP: &str = "local";

/// The warehouse's cluster, as the functions know it: a user with the grants that loads need.
pub(crate) const CLUSTER: &str = "local";

/// The functions' user.
pub(crate) const FUNCTIONS_USER: &str = "IAMR:landfall-load-redshift";

/// The warehouse's database.
pub(crate) const DATABASE: &str = "dev";
