//! All files together: each is read, then held against the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::dataset;
use crate::ddl::{self, TableFile};
use crate::document::{Document, child};
use crate::events;
use crate::model::{Dataset, LoadMode, Pipeline, Project, Table, TableRef, View};
use crate::problem::{Collector, Problem, Problems, Text};
use crate::query;
use crate::scope::Scope;
use crate::sql::{SqlError, Statement};
use crate::view::{self, ViewFile};
use crate::{SourceFile, order};

/// One folder, read but not yet held against the others.
#[derive(Default)]
struct Folder<'a> {
    document: Option<Document<'a>>,
    has_definition: bool,
    tables: Vec<TableFile>,
    views: Vec<ViewFile<'a>>,
    /// The queries of `checks/` by path in the folder: their text, or `None` when the file has errors.
    queries: BTreeMap<String, Option<String>>,
    query_names: Vec<(Statement<'a>, query::Names)>,
    /// The first file, for messages about the folder.
    first: Option<Text<'a>>,
}

/// Reads and validates all files.
pub(crate) fn parse(files: &[SourceFile], unread: &[Problem]) -> Result<Project, Problems> {
    let mut out = Collector::default();
    let (mut folders, mut catalog) = (BTreeMap::new(), Catalog::default());
    for problem in unread {
        unread_file(problem, &mut folders, &mut catalog, &mut out);
    }
    for file in files {
        read_file(Text { path: &file.path, text: &file.text }, &mut folders, &mut catalog, &mut out);
    }
    let mut pipelines = Vec::new();
    let mut placed = Vec::new();
    for (name, folder) in &folders {
        check_sql(folder, &catalog, &mut out);
        let datasets = datasets(name, folder, &catalog, &mut out);
        pipelines.push(Pipeline {
            name: (*name).to_owned(),
            description: folder.document.as_ref().and_then(|d| d.settings.description.clone()).unwrap_or_default(),
            datasets: datasets.clone(),
            tables: ordered_tables(folder),
            views: ordered_views(folder, &mut out),
            events: folder.document.as_ref().and_then(|document| events::build(document, &mut out)),
        });
        placed.extend(datasets.into_iter().zip(std::iter::repeat(folder)));
    }
    check_names(&folders, &mut out);
    check_one_has_events(&folders, &mut out);
    check_pairs(&placed, &mut out);
    match out.finish() {
        Some(problems) => Err(problems),
        None => Ok(Project { pipelines }),
    }
}

/// Reports a file that could not be read, and remembers what may be in it.
fn unread_file<'a>(
    problem: &'a Problem,
    folders: &mut BTreeMap<&'a str, Folder<'a>>,
    catalog: &mut Catalog,
    out: &mut Collector,
) {
    out.take(problem.clone());
    match problem.file.split('/').collect::<Vec<_>>().as_slice() {
        [name, "pipeline.toml"] => folders.entry(name).or_default().has_definition = true,
        [_, "tables" | "views", _] => catalog.nameless = true,
        [name, "checks", file] => _ = folders.entry(name).or_default().queries.insert(format!("checks/{file}"), None),
        _ => {}
    }
}

fn read_file<'a>(
    file: Text<'a>,
    folders: &mut BTreeMap<&'a str, Folder<'a>>,
    catalog: &mut Catalog,
    out: &mut Collector,
) {
    let parts: Vec<&str> = file.path.split('/').collect();
    let Some(name) = parts.first().filter(|_| parts.len() > 1) else {
        out.add(&file, 0, "the file is in no pipeline's folder", Some("move it to <pipeline>/".to_owned()));
        return;
    };
    let folder = folders.entry(name).or_default();
    folder.first.get_or_insert(file);
    match parts.as_slice() {
        [name, "pipeline.toml"] => {
            check_pipeline_name(name, &file, out);
            folder.has_definition = true;
            folder.document = Document::read(file, out);
        }
        [_, "tables", _] => read_table(file, folder, catalog, out),
        [_, "views", _] => read_view(file, folder, catalog, out),
        [_, "checks", name] => {
            let query = read_query(file).map_err(|error| error.report(&file, out)).ok();
            let text = query.as_ref().map(|(statement, _)| statement.bare_text());
            folder.queries.insert(format!("checks/{name}"), text);
            folder.query_names.extend(query);
        }
        _ => {
            let help = "SQL files of a pipeline are in tables/, views/ or checks/".to_owned();
            out.add(&file, 0, "nothing reads this file", Some(help));
        }
    }
}

fn read_table<'a>(file: Text<'a>, folder: &mut Folder<'a>, catalog: &mut Catalog, out: &mut Collector) {
    match ddl::read(file, out) {
        Ok(table) => {
            let name = table.table.name.clone();
            if !is_taken(&name, &file, catalog, out) {
                catalog.tables.insert(name, table.table.clone());
                folder.tables.push(table);
            }
        }
        Err(name) => not_read(name, catalog),
    }
}

fn read_view<'a>(file: Text<'a>, folder: &mut Folder<'a>, catalog: &mut Catalog, out: &mut Collector) {
    match view::read(file, out) {
        Ok(view) => {
            let name = view.view.name.clone();
            if !is_taken(&name, &file, catalog, out) {
                catalog.views.insert(name, view.columns.clone());
                folder.views.push(view);
            }
        }
        Err(name) => not_read(name, catalog),
    }
}

fn not_read(name: Option<TableRef>, catalog: &mut Catalog) {
    catalog.nameless |= name.is_none();
    catalog.unreadable.extend(name);
}

fn is_taken(name: &TableRef, file: &Text<'_>, catalog: &Catalog, out: &mut Collector) -> bool {
    let taken = catalog.tables.contains_key(name) || catalog.views.contains_key(name);
    if taken {
        let other = catalog.tables.get(name).map_or_else(|| "a view".to_owned(), |table| table.path.clone());
        out.add(
            file,
            0,
            format!("{name} is created twice, also by {other}"),
            Some("delete one, or rename it".to_owned()),
        );
    }
    taken
}

/// The query of a check: one SELECT of one number.
fn read_query(file: Text<'_>) -> Result<(Statement<'_>, query::Names), SqlError> {
    let statement = Statement::read(file)?;
    let mut cursor = statement.cursor();
    if !cursor.take_words("select") && !cursor.take_words("with") {
        return Err(cursor.expected("SELECT").help("a check is a query that counts the rows which break its rule"));
    }
    let names = query::read(&statement, &statement.tokens)?;
    match names.width {
        Some(1) => Ok((statement, names)),
        _ => Err(SqlError::new(cursor.offset(), "a check's query has one column")
            .help("write SELECT COUNT(*) FROM ... WHERE <the rule is broken>")),
    }
}

fn check_pipeline_name(name: &str, file: &Text<'_>, out: &mut Collector) {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        let help = "a pipeline's folder is named with a-z, 0-9, - and _, a letter first".to_owned();
        out.add(file, 0, format!("\"{name}\" cannot be a pipeline's name"), Some(help));
    }
}

/// What the SQL files of a folder name.
fn check_sql(folder: &Folder<'_>, catalog: &Catalog, out: &mut Collector) {
    for view in &folder.views {
        view.names.check(&view.statement, catalog, out);
    }
    for (statement, names) in &folder.query_names {
        names.check(statement, catalog, out);
    }
}

fn datasets(name: &str, folder: &Folder<'_>, catalog: &Catalog, out: &mut Collector) -> Vec<Dataset> {
    let Some(document) = &folder.document else {
        if let (Some(first), false) = (&folder.first, folder.has_definition) {
            let help = format!("write {name}/pipeline.toml, or delete the folder");
            out.add(first, 0, format!("the folder \"{name}\" has no pipeline.toml"), Some(help));
        }
        return Vec::new();
    };
    if !document.has("datasets") && !document.has("events") {
        let help = "write [datasets.<name>] or [events]".to_owned();
        document.problem(out, "", "the pipeline has neither datasets nor events", Some(help));
    }
    if document.settings.datasets.as_ref().is_some_and(BTreeMap::is_empty) {
        document.problem(out, "datasets", "the pipeline has no dataset", Some("write [datasets.<name>]".to_owned()));
    }
    let mut datasets = Vec::new();
    let mut used = BTreeSet::new();
    for (dataset, settings) in document.settings.datasets.iter().flatten() {
        used.extend(settings.expect.sql.iter().filter_map(|sql| sql.file.as_deref()));
        let path = child("datasets", dataset);
        let mut scope = Scope { document, catalog, queries: &folder.queries, out, path, table: None };
        datasets.extend(dataset::build(&mut scope, name, dataset, settings));
    }
    for file in folder.queries.keys().filter(|file| !used.contains(file.as_str())) {
        let path = format!("{name}/{file}");
        let help = format!("name it in \"expect.sql\" of a dataset, with file = \"{file}\", or delete it");
        out.add(&Text { path: &path, text: "" }, 0, "no check uses this file", Some(help));
    }
    datasets
}

/// Names are unique in all pipelines: locks, the ledger and alarms carry them.
fn check_names(folders: &BTreeMap<&str, Folder<'_>>, out: &mut Collector) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (pipeline, folder) in folders {
        let Some(document) = &folder.document else { continue };
        for name in document.settings.datasets.iter().flatten().map(|(name, _)| name) {
            if let Some(other) = seen.insert(name, pipeline) {
                let message = format!("the pipeline \"{other}\" has a dataset \"{name}\" already");
                document.problem(out, &child("datasets", name), message, Some("rename one of them".to_owned()));
            }
        }
    }
}

/// One stream of events feeds one set of tables.
fn check_one_has_events(folders: &BTreeMap<&str, Folder<'_>>, out: &mut Collector) {
    let mut first = None;
    for (pipeline, folder) in folders {
        let Some(document) = folder.document.as_ref().filter(|document| document.has("events")) else { continue };
        match first {
            None => first = Some(pipeline),
            Some(other) => {
                let message = format!("the pipeline \"{other}\" has events already, and one pipeline has all of them");
                document.problem(out, "events", message, Some("move these tables there".to_owned()));
            }
        }
    }
}

/// What two datasets cannot share: a key, and a table that one of them replaces.
fn check_pairs(datasets: &[(Dataset, &Folder<'_>)], out: &mut Collector) {
    for (index, (dataset, folder)) in datasets.iter().enumerate() {
        let Some(document) = &folder.document else { continue };
        let path = child("datasets", dataset.name.as_str());
        for (other, _) in &datasets[..index] {
            if let Some(key) = dataset.key.overlap(&other.key) {
                let message = format!("the dataset \"{}\" also takes the key \"{key}\"", other.name);
                let help = format!("\"{}\" and \"{}\" must differ in their text", dataset.key, other.key);
                document.problem(out, &child(&path, "key"), message, Some(help));
            }
            if dataset.table == other.table && (replaces_all(dataset) || replaces_all(other)) {
                let message = format!(
                    "the dataset \"{}\" loads {} too, and one of them replaces all rows",
                    other.name, other.table
                );
                let help = "give each its own table, or use mode = \"append\", \"merge\" or a slice in both".to_owned();
                document.problem(out, &child(&path, "table"), message, Some(help));
            }
        }
    }
}

fn replaces_all(dataset: &Dataset) -> bool {
    match &dataset.mode {
        LoadMode::Replace { slice } => slice.is_empty(),
        LoadMode::Truncate => true,
        LoadMode::Append | LoadMode::Merge { .. } => false,
    }
}

/// What is referenced comes first; a circle of foreign keys, which Redshift does not enforce, stays in the order of names.
fn ordered_tables(folder: &Folder<'_>) -> Vec<Table> {
    let reads = |table: &TableFile| table.references.iter().map(|(name, _)| name.clone()).collect();
    let (order, circle) = order::by_dependency(&folder.tables, |table| table.table.name.clone(), reads);
    order.into_iter().chain(circle).map(|table| table.table.clone()).collect()
}

fn ordered_views(folder: &Folder<'_>, out: &mut Collector) -> Vec<View> {
    let (order, circle) =
        order::by_dependency(&folder.views, |view| view.view.name.clone(), |view| view.names.reads().collect());
    for view in &circle {
        let message = format!("the view {} reads itself, through {} views", view.view.name, circle.len());
        out.add(&view.statement.file, 0, message, None);
    }
    order.into_iter().map(|view| view.view.clone()).collect()
}

#[cfg(test)]
pub(crate) mod tests;
