//! Casts: Redshift accepts other texts than DuckDB, and refuses some that DuckDB takes.

use polyglot_sql::expressions::{Cast, DataType, Expression, Literal};

use super::environment::{Environment, digits};
use super::nodes::call;
use super::types::{duckdb_type, type_of};
use crate::error::SqlError;
use crate::functions::literal_of;
use redshift_types::RedshiftType;

/// Rewrites a cast whose operand is rewritten.
pub(super) fn rewritten(mut cast: Box<Cast>, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    if matches!(cast.to, DataType::Interval { .. }) {
        return Ok(call("rsop_interval", vec![cast.this]));
    }
    let target = type_of(&cast.to)?;
    let source = environment.infer(&cast.this);
    if source == Some(RedshiftType::Super) && target != RedshiftType::Super {
        return Ok(from_super(cast, target));
    }
    if target == RedshiftType::Boolean && matches!(source, Some(RedshiftType::Decimal { .. })) {
        return Err(SqlError::refused("cannot cast type numeric to boolean"));
    }
    if matches!(target, RedshiftType::Real | RedshiftType::DoublePrecision | RedshiftType::Decimal { .. }) {
        cast.to = duckdb_type(target);
        return Ok(Expression::Cast(cast));
    }
    let plain = source.and_then(digits).is_some() && digits(target).is_some();
    if plain {
        return Ok(Expression::Cast(cast));
    }
    to(cast.this, source, target)
}

/// A value as another type, by the macro for that type.
pub(super) fn to(
    value: Expression,
    source: Option<RedshiftType>,
    target: RedshiftType,
) -> Result<Expression, SqlError> {
    use RedshiftType as T;
    if let Expression::Literal(literal) = &value
        && let Literal::String(text) = literal.as_ref()
        && let Some(fixed) = literal_of(text, target)
    {
        return Ok(Expression::Cast(Box::new(Cast {
            this: Expression::string(fixed.map_err(SqlError::refused)?),
            to: duckdb_type(target),
            trailing_comments: Vec::new(),
            double_colon_syntax: false,
            format: None,
            default: None,
            inferred_type: None,
        })));
    }
    let name = match target {
        T::SmallInt => "rsop_int2",
        T::Integer => "rsop_int4",
        T::BigInt => "rsop_int8",
        T::Boolean => "rsop_bool",
        T::Date => "rsop_date",
        T::Timestamp => "rsop_timestamp",
        T::TimestampTz => "rsop_timestamptz",
        T::Time => "rsop_time",
        T::TimeTz => "rsop_timetz",
        T::Char(bytes) | T::Varchar(bytes) => {
            let text = if matches!(source, Some(T::Varbyte(_))) { call("decode", vec![value]) } else { value };
            let name = if matches!(target, T::Char(_)) { "rsop_char" } else { "rsop_varchar" };
            return Ok(call(name, vec![text, Expression::number(i64::from(bytes))]));
        }
        T::Super => match source {
            Some(T::Super) => return Ok(value),
            Some(T::Date | T::Time | T::TimeTz | T::Timestamp | T::TimestampTz) => {
                let name = source.map_or("", |t| t.type_name());
                return Err(SqlError::refused(format!("cannot cast type {name} to super")));
            }
            _ => "rsop_super",
        },
        T::Varbyte(_) => match source {
            Some(T::Varbyte(_)) => return Ok(value),
            Some(T::SmallInt) => "rsop_varbyte_int2",
            Some(T::Integer) => "rsop_varbyte_int4",
            Some(T::BigInt) => "rsop_varbyte_int8",
            Some(T::Char(bytes)) => {
                let width = Expression::number(i64::from(bytes));
                return Ok(call("rsop_varbyte", vec![call("rpad", vec![value, width, Expression::string(" ")])]));
            }
            _ => "rsop_varbyte",
        },
        T::Real | T::DoublePrecision | T::Decimal { .. } => return Ok(value),
    };
    Ok(call(name, vec![value]))
}

/// What does not fit is NULL.
fn from_super(mut cast: Box<Cast>, target: RedshiftType) -> Expression {
    if target == RedshiftType::Boolean {
        return call("rsop_super_bool", vec![cast.this]);
    }
    let text = call("json_extract_string", vec![cast.this, Expression::string("$")]);
    match target {
        RedshiftType::Char(bytes) | RedshiftType::Varchar(bytes) => {
            call("rsop_varchar", vec![text, Expression::number(i64::from(bytes))])
        }
        RedshiftType::Varbyte(_) => call("encode", vec![text]),
        _ => {
            cast.this = text;
            cast.to = duckdb_type(target);
            Expression::TryCast(cast)
        }
    }
}
