//! Which tables a statement uses, and how.

use std::collections::BTreeMap;

use super::catalog::Catalog;
use super::identifiers::{PUBLIC, SYSTEM_SCHEMA};
use super::locks::Mode;
use redshift_dialect::{Relation, Statement, StatementKind};

/// The locks that a statement takes before it runs, in an order that is the same for every statement; LOCK's in the order it is written.
pub(crate) fn locks(statement: &Statement, catalog: &Catalog<'_>) -> Vec<(String, Mode)> {
    if let StatementKind::Lock { tables } = &statement.kind {
        return tables.iter().filter_map(|table| key(table, catalog)).map(|table| (table, Mode::Exclusive)).collect();
    }
    let Some(mode) = write_mode(&statement.kind) else {
        return Vec::new();
    };
    let mut found = BTreeMap::new();
    for relation in &statement.reads {
        read(relation, catalog, &mut found);
    }
    for relation in &statement.writes {
        if let Some(table) = key(relation, catalog) {
            found.insert(table, mode);
        }
    }
    found.into_iter().collect()
}

/// How a statement holds what it writes; `None` for statements that touch no table.
fn write_mode(kind: &StatementKind) -> Option<Mode> {
    match kind {
        StatementKind::Query
        | StatementKind::Explain
        | StatementKind::Unload
        | StatementKind::Analyze
        | StatementKind::Vacuum => Some(Mode::Read),
        StatementKind::Insert
        | StatementKind::Update
        | StatementKind::Delete
        | StatementKind::Merge
        | StatementKind::Copy => Some(Mode::Write),
        StatementKind::CreateTable(_)
        | StatementKind::CreateTableAs { .. }
        | StatementKind::CreateView { .. }
        | StatementKind::AlterAddColumn(_)
        | StatementKind::AlterDropColumn { .. }
        | StatementKind::AlterRename { .. }
        | StatementKind::AlterRenameColumn { .. }
        | StatementKind::AlterColumnType { .. }
        | StatementKind::AlterStorage
        | StatementKind::AlterAppend(_)
        | StatementKind::Drop { .. }
        | StatementKind::Truncate
        | StatementKind::Refresh => Some(Mode::Exclusive),
        _ => None,
    }
}

/// A read of a view reads what the view reads.
fn read(relation: &Relation, catalog: &Catalog<'_>, found: &mut BTreeMap<String, Mode>) {
    let Some(table) = key(relation, catalog) else { return };
    if found.contains_key(&table) {
        return;
    }
    found.insert(table, Mode::Read);
    if let Some(view) = catalog.view(relation.schema.as_deref(), &relation.name) {
        for (schema, name) in view.relations {
            read(&Relation::in_schema(schema, name), catalog, found);
        }
    }
}

/// The name that a table is locked by; `None` for temporary and system tables, which nobody shares or changes.
pub(crate) fn key(relation: &Relation, catalog: &Catalog<'_>) -> Option<String> {
    if relation.name.starts_with('#') {
        return None;
    }
    let schema = match (&relation.schema, catalog.find(relation)) {
        (_, Some(table)) if table.temporary || table.schema == SYSTEM_SCHEMA => return None,
        (_, Some(table)) => table.schema,
        (Some(schema), None) => schema.clone(),
        (None, None) => catalog.search_path.first().map_or(PUBLIC, String::as_str).to_owned(),
    };
    Some(format!("{schema}.{}", relation.name))
}
