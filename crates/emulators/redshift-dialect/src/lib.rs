#![doc = include_str!("../README.md")]

mod catalog;
mod commands;
mod cursor;
mod error;
mod functions;
mod names;
mod privileges;
mod query;
mod rewrite;
mod sources;
mod statement;
mod tables;
#[cfg(test)]
mod tests;
mod translate;
mod user_functions;
mod views;

pub use catalog::Catalog;
pub use error::SqlError;
pub use functions::{Answer, MACROS, SCALARS, SETTINGS, ScalarFunction};
pub use statement::{
    AlterAppend, CreateTable, Grant, GrantObjects, Grantee, Identity, Like, ObjectKind, Relation, Statement,
    StatementKind,
};
pub use translate::translate;
