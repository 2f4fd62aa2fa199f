//! Rewrites of the tree where Redshift means something else than DuckDB.

mod aggregates;
pub(super) mod arrays;
mod calls;
mod casts;
mod changes;
mod comparisons;
mod environment;
mod expressions;
mod labels;
pub(super) mod tokens;

use polyglot_sql::expressions::{Expression, Function, With};
use polyglot_sql::traversal::transform_all;

use super::Catalog;
use super::error::SqlError;
use environment::Environment;
use redshift_types::RedshiftType;

/// Rewrites a query.
pub(super) fn tree(tree: Expression, catalog: &dyn Catalog) -> Result<Expression, SqlError> {
    let environment = Environment::of(&tree, catalog);
    rewritten(labels::labelled(tree)?, &environment)
}

/// Rewrites INSERT, UPDATE, DELETE or MERGE.
pub(super) fn change(tree: Expression, catalog: &dyn Catalog) -> Result<Expression, SqlError> {
    let environment = Environment::of(&tree, catalog);
    let tree = changes::assigned(tree, &environment)?;
    rewritten(labels::labelled(tree)?, &environment)
}

/// Rewrites an expression whose value is stored in a column of this type.
pub(super) fn assignment(
    value: Expression,
    data_type: RedshiftType,
    catalog: &dyn Catalog,
) -> Result<Expression, SqlError> {
    let environment = Environment::of(&value, catalog);
    rewritten(changes::assignment(value, data_type, &environment)?, &environment)
}

fn rewritten(tree: Expression, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    // the traversal carries the library's own error, so ours waits beside it
    let refusal = std::cell::RefCell::new(None);
    let result = transform_all(tree, &|node| {
        expressions::rewritten(node, environment).map_err(|error| {
            let text = error.to_string();
            refusal.borrow_mut().get_or_insert(error);
            polyglot_sql::Error::InvalidInput(text)
        })
    });
    result.map_err(|error| match refusal.into_inner() {
        Some(ours) => ours,
        None => SqlError::unsupported(format!("this syntax: {error}")),
    })
}

/// A call of a DuckDB function or macro.
fn call(name: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Function(Box::new(Function::new(name, arguments)))
}

/// The WITH clause of a node that can have one.
pub(super) fn with_clause(node: &Expression) -> Option<&With> {
    match node {
        Expression::Select(select) => select.with.as_ref(),
        Expression::Union(union) => union.with.as_ref(),
        Expression::Intersect(intersect) => intersect.with.as_ref(),
        Expression::Except(except) => except.with.as_ref(),
        Expression::Insert(insert) => insert.with.as_ref(),
        Expression::Update(update) => update.with.as_ref(),
        Expression::Delete(delete) => delete.with.as_ref(),
        _ => None,
    }
}
