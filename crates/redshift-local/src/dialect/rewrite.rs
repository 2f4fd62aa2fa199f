//! Rewrites of the tree where Redshift means something else than DuckDB.

pub(super) mod tokens;

use polyglot_sql::expressions::{Expression, With};

use super::Catalog;
use super::error::SqlError;
use crate::types::RedshiftType;

/// Rewrites a query.
pub(super) fn tree(tree: Expression, _catalog: &dyn Catalog) -> Result<Expression, SqlError> {
    Ok(tree)
}

/// Rewrites INSERT, UPDATE, DELETE or MERGE.
pub(super) fn change(tree: Expression, _catalog: &dyn Catalog) -> Result<Vec<Expression>, SqlError> {
    Ok(vec![tree])
}

/// Rewrites an expression whose value is stored in a column of this type.
pub(super) fn assignment(
    value: Expression,
    _data_type: RedshiftType,
    _catalog: &dyn Catalog,
) -> Result<Expression, SqlError> {
    Ok(value)
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
