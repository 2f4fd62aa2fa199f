//! What a statement reads from: tables by their names, and nothing else. DuckDB would take a text in FROM for a file's name.

use std::collections::BTreeSet;

use polyglot_sql::expressions::{Expression, TableRef};
use polyglot_sql::traversal::ExpressionWalk;

use super::error::SqlError;
use super::rewrite::nodes::with_clause;
use super::statement::Relation;

/// The names of a tree's tables, as they are written. The parser takes a text for a name as well.
pub(super) fn names(tree: &Expression) -> impl Iterator<Item = &str> {
    tree.dfs().filter_map(|node| match node {
        Expression::Table(table) => Some(table.name.name.as_str()),
        _ => None,
    })
}

/// The relations which a tree names, without its common table expressions. Each of these hides a relation of its name only where it can be
/// seen: in what follows it in its WITH, and in the query that the WITH belongs to.
pub(super) fn relations(tree: &Expression) -> Result<Vec<Relation>, SqlError> {
    let mut found = BTreeSet::new();
    collect(tree, &BTreeSet::new(), &mut found)?;
    Ok(found.into_iter().collect())
}

fn collect(node: &Expression, hidden: &BTreeSet<String>, found: &mut BTreeSet<Relation>) -> Result<(), SqlError> {
    let mut visible = hidden.clone();
    let mut bodies = Vec::new();
    if let Some(with) = with_clause(node) {
        if with.recursive {
            visible.extend(with.ctes.iter().map(|cte| cte.alias.name.clone()));
        }
        for cte in &with.ctes {
            collect(&cte.this, &visible, found)?;
            bodies.push(&raw const cte.this);
            visible.insert(cte.alias.name.clone());
        }
    }
    let mut add = |table: &TableRef| {
        let relation = relation(table)?;
        if relation.schema.is_some() || !visible.contains(&relation.name) {
            found.insert(relation);
        }
        Ok(())
    };
    match node {
        Expression::Table(table) => add(table)?,
        Expression::Update(update) => [&update.table].into_iter().chain(&update.extra_tables).try_for_each(add)?,
        Expression::Delete(delete) => [&delete.table].into_iter().chain(&delete.using).try_for_each(add)?,
        _ => {}
    }
    let children = node.children();
    children
        .into_iter()
        .filter(|child| !bodies.contains(&std::ptr::from_ref(*child)))
        .try_for_each(|child| collect(child, &visible, found))
}

/// The relation of a table's name. The engine has taken its own database's name away: what is left is another database.
pub(super) fn relation(table: &TableRef) -> Result<Relation, SqlError> {
    if let Some(database) = &table.catalog {
        return Err(SqlError::no_database(&database.name));
    }
    Ok(Relation { schema: table.schema.as_ref().map(|schema| schema.name.clone()), name: table.name.name.clone() })
}
