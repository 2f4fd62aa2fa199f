//! What a dataset is checked against.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Found};
use crate::document::Document;
use crate::model::{Table, TableRef};
use crate::problem::{Collector, nearest};

/// A dataset's place in its file, and everything that it may name.
pub(crate) struct Scope<'a, 'd> {
    pub(crate) document: &'d Document<'a>,
    pub(crate) catalog: &'d Catalog,
    /// The pipeline's files under `checks/`, by path in the pipeline: the query, or `None` when the file has errors.
    pub(crate) queries: &'d BTreeMap<String, Option<String>>,
    pub(crate) out: &'d mut Collector,
    /// The dataset's key in the file.
    pub(crate) path: String,
    /// The dataset's table, if its DDL could be read.
    pub(crate) table: Option<&'d Table>,
}

impl Scope<'_, '_> {
    pub(crate) fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    pub(crate) fn problem(&mut self, path: &str, message: impl Into<String>, help: Option<String>) {
        self.document.problem(self.out, path, message, help);
    }

    /// The column's name in lower case; reported when the dataset's table lacks it.
    pub(crate) fn column(&mut self, path: &str, name: &str) -> String {
        if let Some(table) = self.table {
            self.column_of(path, table, name);
        }
        name.to_lowercase()
    }

    pub(crate) fn column_of(&mut self, path: &str, table: &Table, name: &str) {
        if table.column(name).is_none() {
            let help = nearest(name, table.columns.iter().map(|column| column.name.as_str()));
            self.problem(path, format!("table {} has no column \"{name}\"", table.name), help);
        }
    }

    /// `schema.table`, in lower case.
    pub(crate) fn table_ref(&mut self, path: &str, text: &str) -> Option<TableRef> {
        let parts: Vec<&str> = text.split('.').collect();
        let regular = |part: &str| {
            let rest = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80);
            rest && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii())
        };
        match parts.as_slice() {
            [schema, name] if regular(schema) && regular(name) => {
                Some(TableRef { schema: schema.to_lowercase(), name: name.to_lowercase() })
            }
            _ => {
                self.problem(path, format!("\"{text}\" is no table's name"), Some("write schema.table".to_owned()));
                None
            }
        }
    }

    /// The table of that name; reported when no DDL creates it, `None` also when its DDL has errors.
    pub(crate) fn existing(&mut self, path: &str, name: &TableRef) -> Option<&'_ Table> {
        let catalog = self.catalog;
        match catalog.find(name) {
            Found::Table(table) => return Some(table),
            Found::Unreadable => {}
            Found::View(_) => {
                self.problem(path, format!("{name} is a view"), Some("name a table of tables/*.sql".to_owned()))
            }
            Found::Nothing => {
                let help =
                    catalog.nearest_table(name).or_else(|| Some("write its CREATE TABLE into tables/".to_owned()));
                self.problem(path, format!("no file in tables/ creates {name}"), help);
            }
        }
        None
    }
}
