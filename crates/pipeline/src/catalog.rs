//! All tables and views of the pipelines, by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Table, TableRef};
use crate::problem::{nearest, similar};
use crate::query::ViewColumns;

/// The tables and views that the SQL files create.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) tables: BTreeMap<TableRef, Table>,
    pub(crate) views: ViewColumns,
    /// Names whose files have errors: what they contain is not known, and no reason for more messages.
    pub(crate) unreadable: BTreeSet<TableRef>,
    /// Whether a file had errors before its name was understood: then any unknown name may be its.
    pub(crate) nameless: bool,
}

/// What a name stands for.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Table(&'a Table),
    /// A view with its columns, if all of them are known.
    View(Option<&'a Vec<String>>),
    /// Its file has errors.
    Unreadable,
    Nothing,
}

impl Catalog {
    pub(crate) fn find(&self, name: &TableRef) -> Found<'_> {
        if let Some(table) = self.tables.get(name) {
            Found::Table(table)
        } else if let Some(columns) = self.views.get(name) {
            Found::View(columns.as_ref())
        } else if self.nameless || self.unreadable.contains(name) {
            Found::Unreadable
        } else {
            Found::Nothing
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &TableRef> {
        self.tables.keys().chain(self.views.keys()).chain(&self.unreadable)
    }

    /// The help for a table that a query names and no file creates; `None` when it exists or may exist outside of the pipelines.
    pub(crate) fn why_unknown(&self, name: &TableRef) -> Option<Option<String>> {
        if !matches!(self.find(name), Found::Nothing) || is_system(&name.schema) {
            return None;
        }
        let names: Vec<String> = self.names().map(TableRef::to_string).collect();
        if self.names().any(|known| known.schema == name.schema) {
            return Some(nearest(&name.to_string(), names.iter().map(String::as_str)));
        }
        // Another schema may hold tables that something else fills, unless it looks like a slip of the pen.
        let schemas: Vec<&str> = self.names().map(|known| known.schema.as_str()).collect();
        similar(&name.schema, &schemas)?;
        Some(nearest(&name.to_string(), names.iter().map(String::as_str)))
    }

    /// `did you mean`, for a table that must have a file in `tables/`.
    pub(crate) fn nearest_table(&self, name: &TableRef) -> Option<String> {
        let names: Vec<String> = self.tables.keys().map(TableRef::to_string).collect();
        nearest(&name.to_string(), names.iter().map(String::as_str))
    }
}

/// The ledger and Redshift's own tables may be read.
fn is_system(schema: &str) -> bool {
    schema == "landfall" || schema == "information_schema" || schema.starts_with("pg_")
}
