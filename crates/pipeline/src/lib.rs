#![doc = include_str!("../README.md")]

mod catalog;
mod checks;
mod dataset;
mod ddl;
mod document;
mod events;
mod key;
mod model;
mod order;
mod problem;
mod project;
mod query;
mod reference;
mod scope;
mod settings;
mod sql;
mod view;

pub use events::{
    ATTRIBUTES_COLUMN, AttributePath, EventColumn, EventColumnType, EventKind, EventTable, Events, PrivacyAction,
    PrivacyRule, STANDARD_COLUMNS,
};
pub use key::{KeyPattern, KeyPatternError};
pub use model::*;
pub use problem::{Problem, Problems};
pub use reference::reference;

/// A file of a folder of pipelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the folder of pipelines, with `/`: for instance `flights/pipeline.toml`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Reads and validates all pipelines of a folder.
///
/// # Errors
/// Everything that is wrong, sorted by file and line.
pub fn parse(files: &[SourceFile]) -> Result<Project, Problems> {
    project::parse(files, &[])
}

/// As [`parse`], where some files of the folder could not be read: why, each at its path. What they would contain is no reason for more
/// problems, and they hide none.
///
/// # Errors
/// Everything that is wrong, sorted by file and line.
pub fn parse_with_unread(files: &[SourceFile], unread: &[Problem]) -> Result<Project, Problems> {
    project::parse(files, unread)
}
