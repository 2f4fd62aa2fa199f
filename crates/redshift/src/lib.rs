#![doc = include_str!("../README.md")]

mod client;
pub mod grants;
pub mod ledger;
pub mod load;
pub mod load_errors;
mod manifest;
pub mod migrate;
pub mod outcome;
pub mod sql;
mod statement;
mod statement_name;
mod transient;
mod warehouse;

pub use client::{Client, ClientError, ResultSet, Submission};
pub use manifest::{Entry, manifest};
pub use statement::{Description, Listed, StatementStatus, SubStatement};
pub use statement_name::StatementName;
pub use warehouse::{ClusterLogin, Endpoint, Warehouse, WorkgroupLogin};
