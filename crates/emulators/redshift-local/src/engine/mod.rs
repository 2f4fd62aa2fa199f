//! The warehouse behind the API: one DuckDB database, its sessions, its locks and its statements.

pub(crate) mod catalog;
pub(crate) mod columns;
mod copying;
mod ddl;
mod definitions;
mod enforce;
mod errors;
mod events;
mod execution;
mod functions;
pub(crate) mod history;
pub(crate) mod identifiers;
mod locks;
mod names;
mod open;
mod outcome;
mod plan;
mod privileges;
pub(crate) mod results;
mod run;
mod session;
pub(crate) mod sessions;
mod settings;
mod shutdown;
mod stops;
mod system;
mod transactions;
mod values;
mod views;
mod warehouse;
mod worker;

pub use open::OpenError;
pub(crate) use shutdown::{cancel, close};
pub(crate) use warehouse::Engine;
pub(crate) use worker::start;
