//! Statements that create, change and drop tables and views.

use super::catalog::column_comment;
use super::definitions::Definitions;
use super::enforce::qualified;
use super::errors::Failure;
use super::execution::Execution;
use super::identifiers::{identifier, quoted};
use super::outcome::Outcome;
use super::views::{self, NewView};
use redshift_dialect::{AlterAppend, ObjectKind, Relation, StatementKind};
use redshift_types::{RedshiftType, TargetColumn};

/// Runs a statement of DDL; `text` is the statement as it was written.
pub(crate) fn run(execution: &mut Execution<'_>, definitions: &Definitions, text: &str) -> Result<Outcome, Failure> {
    let statement = execution.statement;
    match (&statement.kind, statement.writes.first()) {
        (StatementKind::CreateTable(create), Some(target)) => {
            let existed = create.if_not_exists && execution.catalog().find(target).is_some();
            execution.execute()?;
            if !existed {
                declare(execution, target, &create.columns)?;
            }
        }
        (StatementKind::CreateTableAs { .. }, Some(target)) => return create_table_as(execution, definitions, target),
        (StatementKind::CreateView { .. }, _) => create_view(execution, definitions, text)?,
        (StatementKind::AlterAddColumn(column), Some(target)) => {
            execution.execute()?;
            declare(execution, target, std::slice::from_ref(column))?;
            if column.not_null {
                let table = qualified(&execution.existing(target)?);
                execution
                    .run(&format!("alter table {table} alter column {} set not null", identifier(&column.name)))?;
            }
        }
        (StatementKind::AlterColumnType { column, data_type }, Some(target)) => {
            resize(execution, target, column, *data_type)?
        }
        (StatementKind::AlterAppend(append), _) => return append_rows(execution, append),
        (StatementKind::AlterStorage, Some(target)) => {
            execution.existing(target)?;
        }
        (StatementKind::Drop { object, cascade, .. }, _) => drop_objects(execution, *object, *cascade)?,
        _ => {
            execution.execute()?;
        }
    }
    Ok(Outcome::default())
}

/// Keeps the declared types of columns.
fn declare(execution: &Execution<'_>, target: &Relation, columns: &[TargetColumn]) -> Result<(), Failure> {
    let name = qualified(&execution.existing(target)?);
    for column in columns {
        let sql =
            format!("comment on column {name}.{} is {}", identifier(&column.name), quoted(&column_comment(column)));
        execution.run(&sql)?;
    }
    Ok(())
}

/// A table from a query: a column that comes from a table by its own name keeps that column's type.
fn create_table_as(
    execution: &mut Execution<'_>,
    definitions: &Definitions,
    target: &Relation,
) -> Result<Outcome, Failure> {
    execution.session.begin(true)?;
    views::resolve(definitions, execution.session, &execution.statement.reads, execution.context())?;
    let sources = execution.sources();
    let existed = execution.catalog().find(target).is_some();
    let rows = execution.execute()?;
    if !existed {
        let mut columns = execution.existing(target)?.columns;
        for column in &mut columns {
            let same = |source: &TargetColumn| {
                source.name == column.name && source.data_type.duckdb_type() == column.data_type.duckdb_type()
            };
            if let Some(source) = sources.iter().flat_map(|table| &table.columns).find(|source| same(source)) {
                column.data_type = source.data_type;
            }
        }
        declare(execution, target, &columns)?;
    }
    Ok(Outcome::changed(rows))
}

fn create_view(execution: &mut Execution<'_>, definitions: &Definitions, text: &str) -> Result<(), Failure> {
    let statement = execution.statement;
    let StatementKind::CreateView { or_replace, late_binding, relations, .. } = &statement.kind else { return Ok(()) };
    execution.session.begin(true)?;
    if !late_binding {
        views::resolve(definitions, execution.session, &statement.reads, execution.context())?;
    }
    let new = NewView { or_replace: *or_replace, late_binding: *late_binding, relations, text };
    views::create(&execution.catalog(), statement, &new, execution.context())
}

/// Changes the size of a VARCHAR column; never below what it holds.
fn resize(
    execution: &mut Execution<'_>,
    target: &Relation,
    column: &str,
    data_type: RedshiftType,
) -> Result<(), Failure> {
    execution.session.begin(true)?;
    let table = execution.existing(target)?;
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
    let longest = execution.session.connection.query_row(&sql, [], |row| row.get(0));
    let longest: i64 = longest.map_err(|error| execution.failed(&error))?;
    if longest > i64::from(bytes) {
        return Err(Failure::error(format!(
            "target varchar size {bytes} is smaller than the existing data in column \"{column}\" ({longest} bytes)"
        )));
    }
    declare(execution, target, &[TargetColumn { data_type, ..declared.clone() }])
}

/// Moves all rows of one table to another.
fn append_rows(execution: &mut Execution<'_>, append: &AlterAppend) -> Result<Outcome, Failure> {
    execution.session.begin(true)?;
    let (target, source) = (execution.existing(&append.target)?, execution.existing(&append.source)?);
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
    let insert = format!("insert into {} ({common}) select {common} from {}", qualified(&target), qualified(&source));
    let rows = execution.changed(&insert)?;
    execution.changed(&format!("delete from {}", qualified(&source)))?;
    Ok(Outcome::changed(rows))
}

fn drop_objects(execution: &mut Execution<'_>, object: ObjectKind, cascade: bool) -> Result<(), Failure> {
    execution.session.begin(true)?;
    for relation in execution.statement.writes.iter().filter(|_| object != ObjectKind::Schema) {
        let catalog = execution.catalog();
        let found = catalog.find(relation).filter(|table| !table.temporary);
        let Some(schema) = found.map(|table| table.schema) else { continue };
        if cascade {
            let dropped = views::drop_dependents(&catalog, &schema, &relation.name);
            dropped.map_err(|error| execution.failed(&error))?;
        } else if !catalog.dependents(&schema, &relation.name).is_empty() {
            let kind = if object == ObjectKind::Table { "table" } else { "view" };
            return Err(Failure::error(format!(
                "cannot drop {kind} {relation} because other objects depend on it\n  Hint: Use DROP ... CASCADE to drop the dependent objects too."
            )));
        }
    }
    execution.execute().map(|_| ())
}
