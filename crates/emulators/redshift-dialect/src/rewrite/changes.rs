//! Values on their way into columns: what an assignment converts in Redshift and not in DuckDB.

use polyglot_sql::expressions::{Expression, Literal};
use polyglot_sql::traversal::contains_subquery;

use super::casts;
use super::environment::Environment;
use crate::error::SqlError;
use redshift_types::RedshiftType;

/// Rewrites the values of INSERT and UPDATE.
pub(super) fn assigned(tree: Expression, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    match tree {
        Expression::Insert(mut insert) => {
            if insert.values.len() > 1 && insert.values.iter().flatten().any(contains_subquery) {
                return Err(SqlError::refused("can't use subqueries in multi-row VALUES"));
            }
            let types: Vec<Option<RedshiftType>> = if insert.columns.is_empty() {
                environment.target.iter().map(|(_, data_type)| Some(*data_type)).collect()
            } else {
                insert.columns.iter().map(|column| target_type(environment, &column.name)).collect()
            };
            for row in &mut insert.values {
                for (value, data_type) in row.iter_mut().zip(&types) {
                    let taken = std::mem::replace(value, Expression::null());
                    *value = match data_type {
                        Some(data_type) => assignment(taken, *data_type, environment)?,
                        None => taken,
                    };
                }
            }
            Ok(Expression::Insert(insert))
        }
        Expression::Update(mut update) => {
            for (column, value) in &mut update.set {
                if let Some(data_type) = target_type(environment, &column.name) {
                    let taken = std::mem::replace(value, Expression::null());
                    *value = assignment(taken, data_type, environment)?;
                }
            }
            Ok(Expression::Update(update))
        }
        other => Ok(other),
    }
}

fn target_type(environment: &Environment<'_>, name: &str) -> Option<RedshiftType> {
    environment.target.iter().find(|(column, _)| column == name).map(|(_, data_type)| *data_type)
}

/// A value as a column of this type takes it.
pub(super) fn assignment(
    value: Expression,
    data_type: RedshiftType,
    environment: &Environment<'_>,
) -> Result<Expression, SqlError> {
    use RedshiftType as T;
    let literal = matches!(&value, Expression::Literal(literal) if matches!(literal.as_ref(), Literal::String(_)));
    let source = environment.infer(&value);
    let is_text = literal || source.is_some_and(|known| known.is_text());
    match data_type {
        T::Date
        | T::Timestamp
        | T::TimestampTz
        | T::Time
        | T::TimeTz
        | T::Boolean
        | T::SmallInt
        | T::Integer
        | T::BigInt
            if is_text =>
        {
            casts::to(value, source, data_type)
        }
        T::Super if literal || source.is_some_and(|known| known != T::Super) => casts::to(value, source, data_type),
        _ => Ok(value),
    }
}
