//! Clients, and the suite that an S3 must pass.

pub(crate) mod objects;
pub(crate) mod suite;
