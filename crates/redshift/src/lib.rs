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
mod statement_name;

pub use client::{Client, ClientError, Description, ResultSet, SubStatement, Submission, Warehouse};
pub use manifest::{Entry, manifest};
pub use statement_name::StatementName;
