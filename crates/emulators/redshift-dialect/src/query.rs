//! Queries and changes of rows: parsed to a tree, rewritten, and written as DuckDB's SQL.

use polyglot_sql::expressions::Expression;
use polyglot_sql::traversal::ExpressionWalk;
use polyglot_sql::{DialectType, generate, parse};

use super::catalog::Catalog;
use super::cursor::Cursor;
use super::error::SqlError;
use super::rewrite;
use super::sources::{self, relation, relations};
use super::statement::{Relation, Statement, StatementKind};
use redshift_types::RedshiftType;

/// A query in DuckDB's SQL, and the relations it reads.
pub(super) struct Translated {
    pub(super) sql: String,
    pub(super) reads: Vec<Relation>,
}

/// `SELECT ...`.
pub(super) fn select(cursor: &Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    let mut tree = parsed(cursor, 0)?;
    let into = match &mut tree {
        Expression::Select(select) => select.into.take(),
        _ => None,
    };
    let reads = relations(&tree)?;
    let sql = written(&rewrite::tree(tree, catalog)?)?;
    let Some(into) = into else {
        return Ok(Statement { kind: StatementKind::Query, sql: vec![sql], reads, writes: Vec::new() });
    };
    let Expression::Table(table) = &into.this else {
        return Err(SqlError::unsupported("SELECT INTO this target"));
    };
    let target = relation(table)?;
    let temporary = into.temporary || target.name.starts_with('#');
    let word = if temporary { "CREATE TEMPORARY TABLE" } else { "CREATE TABLE" };
    Ok(Statement {
        kind: StatementKind::CreateTableAs { temporary },
        sql: vec![format!("{word} {} AS {sql}", super::names::quoted_relation(&target))],
        reads,
        writes: vec![target],
    })
}

/// A query inside another statement.
pub(super) fn text(sql: &str, catalog: &dyn Catalog) -> Result<Translated, SqlError> {
    let cursor = Cursor::statement(sql)?;
    if !(cursor.is("select") || cursor.is("with") || cursor.is("(")) {
        return Err(cursor.unexpected());
    }
    let tree = parsed(&cursor, 0)?;
    let reads = relations(&tree)?;
    Ok(Translated { sql: written(&rewrite::tree(tree, catalog)?)?, reads })
}

/// An expression that becomes the value of a column of this type, such as a default.
pub(super) fn assigned(expression: &str, data_type: RedshiftType, catalog: &dyn Catalog) -> Result<String, SqlError> {
    let sql = format!("select {expression}");
    let Expression::Select(mut select) = parsed(&Cursor::statement(&sql)?, 0)? else {
        return Err(SqlError::unsupported(format!("the expression {expression}")));
    };
    let value = select.expressions.pop().ok_or(SqlError::Empty)?;
    written(&rewrite::assignment(value, data_type, catalog)?)
}

/// `INSERT`, `UPDATE`, `DELETE` and `MERGE`.
pub(super) fn change(cursor: &Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    let tree = parsed(cursor, 0)?;
    let (kind, target) = match &tree {
        Expression::Insert(insert) => (StatementKind::Insert, relation(&insert.table)?),
        Expression::Update(update) => (StatementKind::Update, relation(&update.table)?),
        Expression::Delete(delete) => (StatementKind::Delete, relation(&delete.table)?),
        Expression::Merge(merge) => (StatementKind::Merge, merge_target(&merge.this)?),
        _ => return Err(cursor.unexpected()),
    };
    if matches!(kind, StatementKind::Merge) && tree.dfs().any(|node| matches!(node, Expression::Subscript(_))) {
        return Err(SqlError::refused("Partial reference of SUPER column is not supported in MERGE statement."));
    }
    let mut reads = relations(&tree)?;
    if matches!(kind, StatementKind::Insert | StatementKind::Merge) {
        reads.retain(|read| *read != target);
    }
    let tree = rewrite::change(tree, catalog)?;
    let mut sql = Vec::new();
    if let Expression::Merge(merge) = &tree {
        sql.push(ambiguity_check(merge)?);
    }
    sql.push(written(&tree)?);
    Ok(Statement { kind, sql, reads, writes: vec![target] })
}

/// Fails when several rows of the source match one row of the target, as MERGE does in Redshift and not in DuckDB.
fn ambiguity_check(merge: &polyglot_sql::expressions::Merge) -> Result<String, SqlError> {
    let Some(condition) = &merge.on else { return Err(SqlError::unsupported("MERGE without ON")) };
    let (target, source) = (written(&merge.this)?, written(&merge.using)?);
    let name = match merge.this.as_ref() {
        Expression::Table(table) => table.alias.as_ref().unwrap_or(&table.name).name.clone(),
        _ => merge_target(&merge.this)?.name,
    };
    Ok(format!(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM {target} JOIN {source} ON {} GROUP BY {}.rowid HAVING count(*) > 1) \
         THEN error('Found multiple matches to update the same tuple.') END",
        written(condition)?,
        super::names::quoted(&name)
    ))
}

fn merge_target(target: &Expression) -> Result<Relation, SqlError> {
    match target {
        Expression::Table(table) => relation(table),
        Expression::Alias(alias) => merge_target(&alias.this),
        _ => Err(SqlError::unsupported("MERGE into what is no table")),
    }
}

fn parsed(cursor: &Cursor<'_>, from: usize) -> Result<Expression, SqlError> {
    let text = rewrite::tokens::normalised(cursor, from)?;
    let mut trees = on_deep_stack(|| parse(&text, DialectType::Redshift))?.map_err(|e| refusal(&e, &text, cursor))?;
    match (trees.pop(), trees.is_empty()) {
        (Some(tree), true) => {
            let tree = rewrite::arrays::unnested(tree)?;
            let text = sources::names(&tree).find_map(|name| cursor.unexpected_text(name));
            text.map_or(Ok(tree), Err)
        }
        (None, _) => Err(SqlError::Empty),
        (Some(_), false) => Err(SqlError::Multiple),
    }
}

/// Redshift's words for a parse error: the token at which it happened.
fn refusal(error: &polyglot_sql::Error, text: &str, cursor: &Cursor<'_>) -> SqlError {
    let Some(start) = error.start() else { return SqlError::unsupported(format!("this syntax: {error}")) };
    let rest: String = text.chars().skip(start).collect();
    let near: String = rest
        .split(|c: char| c.is_whitespace())
        .find(|word| !word.is_empty())
        .unwrap_or_default()
        .trim_start_matches("rs_")
        .to_string();
    if near.is_empty() {
        return SqlError::EndOfInput { position: cursor.rest().chars().count() + 1 };
    }
    SqlError::Syntax { near, position: start + 1 }
}

fn written(tree: &Expression) -> Result<String, SqlError> {
    on_deep_stack(|| generate(tree, DialectType::DuckDB))?
        .map_err(|e| SqlError::unsupported(format!("this syntax: {e}")))
}

/// The parser's recursion needs more stack than a thread has by default: a CASE in a CAST overflows 2 MiB in a build
/// without optimisation.
const STACK_BYTES: usize = 64 << 20;

/// Runs the library's recursive parts on a thread with a deep stack.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, SqlError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        thread.ok().and_then(|thread| thread.join().ok())
    })
    .ok_or_else(|| SqlError::unsupported("a statement that its parser cannot read"))
}
