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
pub(super) mod nodes;
pub(super) mod tokens;
mod types;

use polyglot_sql::expressions::Expression;
use polyglot_sql::traversal::transform_all;

use super::catalog::Catalog;
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
