//! `expect`: the checks of a dataset, named and counted.

use crate::document::{child, item};
use crate::model::{Check, CheckRule, HundredthsPercent};
use crate::problem::nearest;
use crate::scope::Scope;
use crate::settings::{DatasetSettings, Mode, ReferenceSettings, RowsSettings, SqlSettings};

/// A batch of the Redshift Data API takes 40 statements (API reference, `BatchExecuteStatement`), and the load's own are at most 12, in mode
/// `truncate` through a staging table: lock and two guards twice, staging table, COPY, TRUNCATE, DELETE, INSERT and the ledger's row.
const CHECKS_MAX: usize = 40 - 12;

/// The checks in the order of the file.
pub(crate) fn build(scope: &mut Scope<'_, '_>, settings: &DatasetSettings) -> Vec<Check> {
    let mut list = List { path: scope.path("expect"), scope, checks: Vec::new() };
    list.rows(&settings.expect.rows, settings.mode);
    list.columns("not_null", &settings.expect.not_null);
    list.unique(&settings.expect.unique);
    for (index, reference) in settings.expect.references.iter().enumerate() {
        list.reference(&item(&list.key("references"), index), reference);
    }
    for (column, values) in &settings.expect.accepted {
        list.accepted(&child(&list.key("accepted"), column), column, values);
    }
    for (index, sql) in settings.expect.sql.iter().enumerate() {
        list.sql(&item(&list.key("sql"), index), sql);
    }
    list.finish()
}

struct List<'s, 'a, 'd> {
    path: String,
    scope: &'s mut Scope<'a, 'd>,
    /// With the path of each.
    checks: Vec<(String, Check)>,
}

impl List<'_, '_, '_> {
    fn key(&self, key: &str) -> String {
        child(&self.path, key)
    }

    fn add(&mut self, path: &str, name: impl Into<String>, rule: CheckRule) {
        self.checks.push((path.to_owned(), Check { name: name.into(), rule }));
    }

    fn rows(&mut self, rows: &RowsSettings, mode: Mode) {
        let path = self.key("rows");
        let replaces = matches!(mode, Mode::Replace | Mode::Truncate);
        // An empty file must not empty a good table, unless the author asks for it.
        if let Some(min) = rows.min.or(replaces.then_some(1)) {
            self.add(&child(&path, "min"), "rows.min", CheckRule::RowsMin(min));
        }
        if let Some(max) = rows.max {
            let path = child(&path, "max");
            if max < rows.min.unwrap_or(1) {
                let message = format!("at most {max} rows and at least {} cannot both hold", rows.min.unwrap_or(1));
                self.scope.problem(&path, message, None);
            }
            self.add(&path, "rows.max", CheckRule::RowsMax(max));
        }
        if let Some(text) = &rows.max_drop {
            let path = child(&path, "max_drop");
            if !replaces {
                let help = "delete it: with this mode a table does not lose rows".to_owned();
                self.scope.problem(&path, "only mode = \"replace\" or \"truncate\" has max_drop", Some(help));
            }
            match hundredths(text) {
                Some(share) => self.add(&path, "rows.max_drop", CheckRule::RowsMaxDrop(share)),
                None => {
                    let help = "write a percentage from 0 to 100 with at most two decimals, such as \"10%\"".to_owned();
                    self.scope.problem(&path, format!("\"{text}\" is no share of rows"), Some(help));
                }
            }
        }
    }

    fn columns(&mut self, key: &str, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            let path = item(&self.key(key), index);
            let column = self.scope.column(&path, name);
            self.add(&path, format!("{key}({column})"), CheckRule::NotNull(column));
        }
    }

    fn unique(&mut self, lists: &[Vec<String>]) {
        for (index, names) in lists.iter().enumerate() {
            let path = item(&self.key("unique"), index);
            if names.is_empty() {
                self.scope.problem(&path, "the list names no column", None);
                continue;
            }
            let mut columns = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let path = item(&path, index);
                let column = self.scope.column(&path, name);
                if columns.contains(&column) {
                    self.scope.problem(&path, format!("the column \"{column}\" occurs twice"), None);
                }
                columns.push(column);
            }
            self.add(&path, format!("unique({})", columns.join(", ")), CheckRule::Unique(columns));
        }
    }

    fn reference(&mut self, path: &str, settings: &ReferenceSettings) {
        let column = settings.column.as_deref().map(|column| self.scope.column(&child(path, "column"), column));
        let table = settings.table.as_deref().and_then(|table| self.scope.table_ref(&child(path, "table"), table));
        if let Some(table) = &table {
            let catalog = self.scope.catalog;
            let exists = self.scope.existing(&child(path, "table"), table).is_some();
            if let (true, Some(other), Some(target)) = (exists, catalog.tables.get(table), &settings.target) {
                self.scope.column_of(&child(path, "target"), other, target);
            }
        }
        if let (Some(column), Some(table), Some(target)) = (column, table, &settings.target) {
            let name = format!("references({column})");
            self.add(path, name, CheckRule::References { column, table, target: target.to_lowercase() });
        }
    }

    fn accepted(&mut self, path: &str, column: &str, values: &[String]) {
        let column = self.scope.column(path, column);
        if values.is_empty() {
            self.scope.problem(
                path,
                "the list names no value",
                Some("delete the line, or name what is accepted".to_owned()),
            );
        }
        let name = format!("accepted({column})");
        self.add(path, name, CheckRule::Accepted { column, values: values.to_vec() });
    }

    fn sql(&mut self, path: &str, settings: &SqlSettings) {
        if let Some(name) = &settings.name {
            let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.len() > 127 {
                let help = "a rule's name is made of a-z, 0-9 and _, begins with a letter and has at most 127 bytes"
                    .to_owned();
                self.scope.problem(&child(path, "name"), format!("\"{name}\" cannot be a rule's name"), Some(help));
            }
        }
        let Some(file) = &settings.file else { return };
        let queries = self.scope.queries;
        match queries.get(file) {
            Some(Some(sql)) => {
                if let Some(name) = &settings.name {
                    self.add(&child(path, "name"), name.clone(), CheckRule::Sql { sql: sql.clone() });
                }
            }
            Some(None) => {}
            None => {
                let help = nearest(file, queries.keys().map(String::as_str));
                let help = help.or_else(|| Some("write the query into a file checks/<name>.sql".to_owned()));
                self.scope.problem(
                    &child(path, "file"),
                    format!("there is no file \"{file}\" in the pipeline's folder"),
                    help,
                );
            }
        }
    }

    fn finish(mut self) -> Vec<Check> {
        self.checks.sort_by_key(|(path, _)| self.scope.document.offset(path));
        for index in 1..self.checks.len() {
            let (before, rest) = self.checks.split_at(index);
            let (path, check) = &rest[0];
            if before.iter().any(|(_, other)| other.name == check.name) {
                let message = format!("two checks have the name {}", check.name);
                self.scope.problem(path, message, Some("delete one, or rename it".to_owned()));
            }
        }
        if self.checks.len() > CHECKS_MAX {
            let message =
                format!("there are {} checks, and at most {CHECKS_MAX} fit into one transaction", self.checks.len());
            let help = "put several rules into one query of \"sql\"".to_owned();
            self.scope.problem(&self.path, message, Some(help));
        }
        self.checks.into_iter().map(|(_, check)| check).collect()
    }
}

/// `"12.5%"` as 1250.
fn hundredths(text: &str) -> Option<HundredthsPercent> {
    let number = text.strip_suffix('%')?.trim_end();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let share = whole.parse::<u32>().ok()?.checked_mul(100)? + format!("{fraction:0<2}").parse::<u32>().ok()?;
    (share <= 10_000).then_some(share)
}
