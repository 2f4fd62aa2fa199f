//! CREATE TABLE and ALTER TABLE.

mod alter;
mod attributes;
mod columns;

pub(super) use alter::alter;
pub(super) use columns::read_type;

use super::catalog::Catalog;
use super::cursor::Cursor;
use super::error::SqlError;
use super::names::{quoted, quoted_relation, text_literal};
use super::query;
use super::statement::{CreateTable, Like, Relation, Statement, StatementKind};
pub(super) use attributes::skip_table_attributes;
use columns::Items;
use redshift_types::TargetColumn;

/// `CREATE [TEMP] TABLE ...`, from its first word.
pub(super) fn create_table(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    cursor.expect(&["create"])?;
    cursor.eat(&["local"]);
    let mut temporary = cursor.eat(&["temp"]) || cursor.eat(&["temporary"]);
    cursor.expect(&["table"])?;
    let if_not_exists = cursor.eat(&["if", "not", "exists"]);
    let mut table = cursor.relation()?;
    temporary |= table.name.starts_with('#');
    if temporary {
        table.schema = None;
    }
    if cursor.are(&["(", "like"]) {
        return create_like(cursor, catalog, Target { table, temporary, if_not_exists });
    }
    let names = column_names(cursor);
    if names.is_some() || !cursor.is("(") {
        return create_as(cursor, catalog, &Target { table, temporary, if_not_exists }, names.as_deref());
    }
    let items = columns::read_items(cursor, catalog)?;
    skip_table_attributes(cursor)?;
    cursor.expect_end()?;
    Ok(Target { table, temporary, if_not_exists }.statement(items, None, catalog))
}

/// What is created.
struct Target {
    table: Relation,
    temporary: bool,
    if_not_exists: bool,
}

impl Target {
    fn head(&self) -> String {
        format!(
            "CREATE {}TABLE {}{}",
            if self.temporary { "TEMPORARY " } else { "" },
            if self.if_not_exists { "IF NOT EXISTS " } else { "" },
            quoted_relation(&self.table)
        )
    }

    fn statement(self, items: Items, like: Option<Like>, catalog: &dyn Catalog) -> Statement {
        let mut sql = Vec::new();
        let exists = catalog.columns(self.table.schema.as_deref(), &self.table.name).is_some();
        let mut definitions = Vec::new();
        for (column, extras) in items.columns.iter().zip(&items.extras) {
            let mut definition = format!("{} {}", quoted(&column.name), column.data_type.duckdb_type());
            if extras.ignores_case {
                definition.push_str(" COLLATE NOCASE");
            }
            if let Some(identity) = extras.identity {
                let sequence = Relation {
                    schema: self.table.schema.clone(),
                    name: format!("{}_{}_identity", self.table.name.trim_start_matches('#'), column.name),
                };
                if !exists {
                    sql.push(format!(
                        "CREATE OR REPLACE {}SEQUENCE {} START {} INCREMENT {} MINVALUE {}",
                        if self.temporary { "TEMPORARY " } else { "" },
                        quoted_relation(&sequence),
                        identity.seed,
                        identity.step,
                        i64::MIN + 1,
                    ));
                }
                definition.push_str(&format!(" DEFAULT nextval({})", text_literal(&quoted_relation(&sequence))));
            } else if let Some(default) = &extras.duckdb_default {
                definition.push_str(&format!(" DEFAULT {default}"));
            }
            if column.not_null {
                definition.push_str(" NOT NULL");
            }
            definitions.push(definition);
        }
        sql.push(format!("{} ({})", self.head(), definitions.join(", ")));
        let reads = like.iter().map(|like| like.parent.clone()).collect();
        Statement {
            kind: StatementKind::CreateTable(CreateTable {
                columns: items.columns,
                temporary: self.temporary,
                if_not_exists: self.if_not_exists,
                like,
            }),
            sql,
            reads,
            writes: vec![self.table],
        }
    }
}

/// `(LIKE parent [INCLUDING DEFAULTS])`: names, types and NOT NULL are taken over.
fn create_like(cursor: &mut Cursor<'_>, catalog: &dyn Catalog, target: Target) -> Result<Statement, SqlError> {
    cursor.expect(&["(", "like"])?;
    let parent = cursor.relation()?;
    let including_defaults = cursor.eat(&["including", "defaults"]);
    if !including_defaults {
        cursor.eat(&["excluding", "defaults"]);
    }
    cursor.expect(&[")"])?;
    skip_table_attributes(cursor)?;
    cursor.expect_end()?;
    let mut columns: Vec<TargetColumn> = catalog
        .definition(parent.schema.as_deref(), &parent.name)
        .ok_or_else(|| SqlError::refused(format!("relation \"{parent}\" does not exist")))?;
    let mut extras = Vec::new();
    for column in &mut columns {
        if !including_defaults || column.identity {
            column.default = None;
        }
        column.identity = false;
        extras.push(columns::Extras::with_default(column.default.as_deref(), column.data_type, catalog)?);
    }
    let like = Like { parent, including_defaults };
    Ok(target.statement(Items { columns, extras }, Some(like), catalog))
}

/// `(a, b)` before AS: names without types.
fn column_names(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let start = cursor.position();
    let mut names = Vec::new();
    if cursor.eat(&["("]) {
        while let Ok(name) = cursor.identifier() {
            names.push(name);
            if cursor.eat(&[")"]) {
                return Some(names);
            }
            if !cursor.eat(&[","]) {
                break;
            }
        }
    }
    cursor.seek(start);
    None
}

fn create_as(
    cursor: &mut Cursor<'_>,
    catalog: &dyn Catalog,
    target: &Target,
    names: Option<&[String]>,
) -> Result<Statement, SqlError> {
    skip_table_attributes(cursor)?;
    cursor.expect(&["as"])?;
    let query = query::text(cursor.rest(), catalog)?;
    let names =
        names.map(|names| format!(" ({})", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")));
    Ok(Statement {
        kind: StatementKind::CreateTableAs { temporary: target.temporary },
        sql: vec![format!("{}{} AS {}", target.head(), names.unwrap_or_default(), query.sql)],
        reads: query.reads,
        writes: vec![target.table.clone()],
    })
}
