//! Pieces of trees that several rewrites make or look at.

use polyglot_sql::expressions::{Expression, Function, With};

/// A call of a DuckDB function or macro.
pub(super) fn call(name: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Function(Box::new(Function::new(name, arguments)))
}

/// The WITH clause of a node that can have one.
pub(crate) fn with_clause(node: &Expression) -> Option<&With> {
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
