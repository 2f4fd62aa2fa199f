//! Statements that create, change and drop tables and views.

use super::catalog::{Catalog, column_comment, identifier, quoted};
use super::enforce::qualified;
use super::errors::{Context, Failure};
use super::run::{Outcome, Run, relation_names};
use super::views::{self, NewView};
use redshift_dialect::{AlterAppend, ObjectKind, Relation, Statement, StatementKind};
use redshift_types::{RedshiftType, TargetColumn};

/// Runs a statement of DDL.
pub(crate) fn run(run: &mut Run<'_>, statement: &Statement, text: &str) -> Result<Outcome, Failure> {
    let target = statement.writes.first();
    match (&statement.kind, target) {
        (StatementKind::CreateTable(create), Some(target)) => {
            let existed = create.if_not_exists && run.table(target).is_some();
            run.execute(statement)?;
            if !existed {
                declare(run, target, &create.columns, statement)?;
            }
        }
        (StatementKind::CreateTableAs { .. }, Some(target)) => return create_table_as(run, statement, target),
        (StatementKind::CreateView { .. }, _) => create_view(run, statement, text)?,
        (StatementKind::AlterAddColumn(column), Some(target)) => {
            run.execute(statement)?;
            declare(run, target, std::slice::from_ref(column), statement)?;
            if column.not_null {
                let column = identifier(&column.name);
                alter(run, target, &format!("alter column {column} set not null"), statement)?;
            }
        }
        (StatementKind::AlterColumnType { column, data_type }, Some(target)) => {
            resize(run, statement, target, column, *data_type)?
        }
        (StatementKind::AlterAppend(append), _) => return append_rows(run, statement, append),
        (StatementKind::AlterStorage, Some(target)) => {
            existing(run, target)?;
        }
        (StatementKind::Drop { object, cascade, .. }, _) => drop_objects(run, statement, *object, *cascade)?,
        _ => {
            run.execute(statement)?;
        }
    }
    Ok(Outcome::default())
}

/// Keeps the declared types of columns.
fn declare(run: &Run<'_>, target: &Relation, columns: &[TargetColumn], statement: &Statement) -> Result<(), Failure> {
    let table = existing(run, target)?;
    let name = qualified(&table);
    for column in columns {
        let sql =
            format!("comment on column {name}.{} is {}", identifier(&column.name), quoted(&column_comment(column)));
        run.session.connection.execute_batch(&sql).map_err(|error| run.failed(&error, statement))?;
    }
    Ok(())
}

/// A table from a query: a column that comes from a table by its own name keeps that column's type.
fn create_table_as(run: &mut Run<'_>, statement: &Statement, target: &Relation) -> Result<Outcome, Failure> {
    run.session.begin(true)?;
    let context_names = relation_names(statement);
    let context = Context { relations: &context_names, query_id: run.query_id };
    views::resolve(run.engine, run.session, &statement.reads, context)?;
    let sources: Vec<_> = statement.reads.iter().filter_map(|relation| run.table(relation)).collect();
    let existed = run.table(target).is_some();
    let rows = run.execute(statement)?;
    if !existed {
        let created = existing(run, target)?;
        let mut columns = created.columns;
        for column in &mut columns {
            let same = |source: &TargetColumn| {
                source.name == column.name && source.data_type.duckdb_type() == column.data_type.duckdb_type()
            };
            if let Some(source) = sources.iter().flat_map(|table| &table.columns).find(|source| same(source)) {
                column.data_type = source.data_type;
            }
        }
        declare(run, target, &columns, statement)?;
    }
    Ok(Outcome::changed(rows))
}

fn create_view(run: &mut Run<'_>, statement: &Statement, text: &str) -> Result<(), Failure> {
    let StatementKind::CreateView { or_replace, late_binding, relations, .. } = &statement.kind else { return Ok(()) };
    run.session.begin(true)?;
    let path = run.session.search_path();
    let catalog = Catalog { connection: &run.session.connection, search_path: &path };
    let names = relation_names(statement);
    let context = Context { relations: &names, query_id: run.query_id };
    if !late_binding {
        views::resolve(run.engine, run.session, &statement.reads, context)?;
    }
    let new = NewView { or_replace: *or_replace, late_binding: *late_binding, relations, text };
    views::create(run.session, &catalog, statement, &new, context)
}

/// Changes the size of a VARCHAR column; never below what it holds.
fn resize(
    run: &mut Run<'_>,
    statement: &Statement,
    target: &Relation,
    column: &str,
    data_type: RedshiftType,
) -> Result<(), Failure> {
    run.session.begin(true)?;
    let table = existing(run, target)?;
    let Some(declared) = table.columns.iter().find(|known| known.name == column) else {
        return Err(Failure::error(format!("column \"{column}\" of relation \"{}\" does not exist", target.name)));
    };
    if !matches!(declared.data_type, RedshiftType::Varchar(_)) {
        return Err(Failure::error(format!(
            "cannot alter type of column \"{column}\": only VARCHAR columns can change their size"
        )));
    }
    if declared.default.is_some() {
        return Err(Failure::error(format!("cannot alter type of column \"{column}\": it has a default")));
    }
    let bytes = data_type.length().unwrap_or_default();
    let sql = format!("select coalesce(max(strlen({})), 0) from {}", identifier(column), qualified(&table));
    let longest: i64 =
        run.session.connection.query_row(&sql, [], |row| row.get(0)).map_err(|error| run.failed(&error, statement))?;
    if longest > i64::from(bytes) {
        return Err(Failure::error(format!(
            "target varchar size {bytes} is smaller than the existing data in column \"{column}\" ({longest} bytes)"
        )));
    }
    declare(run, target, &[TargetColumn { data_type, ..declared.clone() }], statement)
}

/// Moves all rows of one table to another.
fn append_rows(run: &mut Run<'_>, statement: &Statement, append: &AlterAppend) -> Result<Outcome, Failure> {
    run.session.begin(true)?;
    let (target, source) = (existing(run, &append.target)?, existing(run, &append.source)?);
    let has = |columns: &[TargetColumn], wanted: &TargetColumn| {
        columns.iter().any(|column| column.name == wanted.name && column.data_type == wanted.data_type)
    };
    if !append.ignore_extra && source.columns.iter().any(|column| !has(&target.columns, column)) {
        return Err(Failure::error(
            "ALTER TABLE APPEND: the source table has columns that the target lacks; IGNOREEXTRA discards them",
        ));
    }
    if !append.fill_target && target.columns.iter().any(|column| !has(&source.columns, column)) {
        return Err(Failure::error(
            "ALTER TABLE APPEND: the target table has columns that the source lacks; FILLTARGET fills them",
        ));
    }
    let common: Vec<String> = target
        .columns
        .iter()
        .filter(|column| has(&source.columns, column))
        .map(|column| identifier(&column.name))
        .collect();
    let common = common.join(", ");
    let connection = &run.session.connection;
    let insert = format!("insert into {} ({common}) select {common} from {}", qualified(&target), qualified(&source));
    let rows = connection.execute(&insert, []).map_err(|error| run.failed(&error, statement))?;
    let empty = format!("delete from {}", qualified(&source));
    connection.execute(&empty, []).map_err(|error| run.failed(&error, statement))?;
    Ok(Outcome::changed(rows))
}

fn drop_objects(run: &mut Run<'_>, statement: &Statement, object: ObjectKind, cascade: bool) -> Result<(), Failure> {
    run.session.begin(true)?;
    let path = run.session.search_path();
    for relation in &statement.writes {
        if object == ObjectKind::Schema {
            continue;
        }
        let catalog = Catalog { connection: &run.session.connection, search_path: &path };
        let found = run.table(relation).filter(|table| !table.temporary);
        let Some(schema) = found.map(|table| table.schema) else { continue };
        if cascade {
            let dropped = views::drop_dependents(run.session, &catalog, &schema, &relation.name);
            dropped.map_err(|error| run.failed(&error, statement))?;
        } else if !catalog.dependents(&schema, &relation.name).is_empty() {
            let kind = if object == ObjectKind::Table { "table" } else { "view" };
            return Err(Failure::error(format!(
                "cannot drop {kind} {relation} because other objects depend on it\n  Hint: Use DROP ... CASCADE to drop the dependent objects too."
            )));
        }
    }
    run.execute(statement).map(|_| ())
}

fn alter(run: &Run<'_>, target: &Relation, change: &str, statement: &Statement) -> Result<(), Failure> {
    let table = existing(run, target)?;
    let sql = format!("alter table {} {change}", qualified(&table));
    run.session.connection.execute_batch(&sql).map_err(|error| run.failed(&error, statement))
}

fn existing(run: &Run<'_>, relation: &Relation) -> Result<super::catalog::Table, Failure> {
    run.table(relation).ok_or_else(|| Failure::error(format!("relation \"{relation}\" does not exist")))
}
