//! One node of the tree at a time, its children already rewritten.

use polyglot_sql::expressions::{Expression, Interval, Literal};

use super::environment::Environment;
use super::nodes::call;
use super::types::cast_to;
use super::{aggregates, calls, casts, comparisons};
use crate::error::SqlError;
use crate::functions::{interval_of, literal_of};
use redshift_types::RedshiftType;

/// Rewrites a node.
pub(super) fn rewritten(node: Expression, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    refuse_foreign(&node)?;
    match node {
        Expression::Cast(cast) => casts::rewritten(cast, environment),
        Expression::Literal(literal) => typed_literal(*literal),
        Expression::Interval(interval) => interval_literal(*interval),
        Expression::Div(pair) => Ok(divided(pair.left, pair.right, environment)),
        Expression::Mod(pair) => Ok(call("rs_mod", vec![pair.left, pair.right])),
        Expression::Add(pair) => Ok(added(pair, environment)),
        Expression::Eq(_)
        | Expression::Neq(_)
        | Expression::Lt(_)
        | Expression::Lte(_)
        | Expression::Gt(_)
        | Expression::Gte(_)
        | Expression::Between(_)
        | Expression::In(_) => comparisons::rewritten(node, environment),
        Expression::BitwiseNot(unary) if is_bytes(&unary.this, environment) => Ok(call("rsop_not", vec![unary.this])),
        Expression::BitwiseAnd(pair) if is_bytes(&pair.left, environment) => {
            Ok(call("rsop_and", vec![pair.left, pair.right]))
        }
        Expression::BitwiseOr(pair) if is_bytes(&pair.left, environment) => {
            Ok(call("rsop_or", vec![pair.left, pair.right]))
        }
        Expression::AtTimeZone(zoned) => {
            let with_zone = environment.infer(&zoned.this) == Some(RedshiftType::TimestampTz);
            let name = if with_zone { "rsop_at_time_zone" } else { "rsop_zone_of" };
            Ok(call(name, vec![zoned.this, zoned.zone]))
        }
        Expression::RegexpLike(like) => Ok(call("regexp_matches", vec![like.this, like.pattern])),
        Expression::SimilarTo(similar) => comparisons::similar(*similar),
        Expression::Function(function) => calls::rewritten(*function, environment),
        Expression::MethodCall(method) => calls::qualified(*method, environment),
        Expression::Dot(dot) => Ok(comparisons::field(*dot, environment)),
        Expression::Subscript(subscript) => Ok(comparisons::element(*subscript, environment)),
        Expression::Column(column) => Ok(comparisons::attribute(*column, environment)),
        other => aggregates::rewritten(other, environment),
    }
}

/// What the parser knows from PostgreSQL and DuckDB, and Redshift does not have.
fn refuse_foreign(node: &Expression) -> Result<(), SqlError> {
    let what = match node {
        Expression::Select(select) if select.distinct_on.is_some() => "SELECT DISTINCT ON",
        Expression::Select(select) if !select.locks.is_empty() => "SELECT FOR UPDATE",
        Expression::Select(select) if select.sample.is_some() => "TABLESAMPLE",
        Expression::Insert(insert) if insert.on_conflict.is_some() => "INSERT ... ON CONFLICT",
        Expression::Insert(insert) if !insert.returning.is_empty() => "RETURNING",
        Expression::Update(update) if !update.returning.is_empty() => "RETURNING",
        Expression::Delete(delete) if !delete.returning.is_empty() => "RETURNING",
        Expression::Values(_) => "VALUES outside INSERT",
        Expression::Lambda(_) => "lambda expressions",
        _ => return Ok(()),
    };
    Err(SqlError::refused(format!("{what} is not supported")))
}

/// `DATE '...'` and its like, in any notation that Redshift accepts.
fn typed_literal(literal: Literal) -> Result<Expression, SqlError> {
    let fixed = match &literal {
        Literal::Date(text) => literal_of(text, RedshiftType::Date),
        Literal::Time(text) => literal_of(text, RedshiftType::Time),
        Literal::Timestamp(text) | Literal::Datetime(text) => literal_of(text, RedshiftType::Timestamp),
        _ => None,
    };
    let Some(fixed) = fixed else { return Ok(Expression::Literal(Box::new(literal))) };
    let text = fixed.map_err(SqlError::refused)?;
    Ok(Expression::Literal(Box::new(match literal {
        Literal::Date(_) => Literal::Date(text),
        Literal::Time(_) => Literal::Time(text),
        _ => Literal::Timestamp(text),
    })))
}

fn interval_literal(mut interval: Interval) -> Result<Expression, SqlError> {
    let text = match (&interval.this, &interval.unit) {
        (Some(Expression::Literal(literal)), None) => match literal.as_ref() {
            Literal::String(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(text) = text {
        interval.this = Some(Expression::string(interval_of(&text).map_err(SqlError::refused)?));
    }
    Ok(Expression::Interval(Box::new(interval)))
}

/// Redshift divides whole numbers as whole numbers and decimals as decimals, and fails for zero.
fn divided(left: Expression, right: Expression, environment: &Environment<'_>) -> Expression {
    use super::environment::{digits, is_integer, wider};
    let types = environment.infer(&left).zip(environment.infer(&right));
    let quotient = call("rsop_divide", vec![left, right]);
    let Some((dividend, divisor)) = types else { return quotient };
    let data_type = match (digits(dividend), digits(divisor)) {
        _ if is_integer(dividend) && is_integer(divisor) => wider(dividend, divisor),
        (Some((p1, s1)), Some((p2, s2))) => {
            let scale = (s1 + p2 + 1).saturating_sub(s2).clamp(4, 38);
            let precision = (p1 + scale).saturating_sub(s1).max(1);
            // digits that do not fit are taken from the fraction, of which four stay
            let excess = precision.saturating_sub(38);
            let scale = scale.saturating_sub(excess).max(4);
            RedshiftType::Decimal { precision: precision.min(38), scale }
        }
        _ => RedshiftType::DoublePrecision,
    };
    cast_to(quotient, data_type)
}

/// `+` joins texts and bytes.
fn added(pair: Box<polyglot_sql::expressions::BinaryOp>, environment: &Environment<'_>) -> Expression {
    let joins = |side: &Expression| {
        let text = matches!(side, Expression::Literal(literal) if matches!(literal.as_ref(), Literal::String(_)));
        text || environment.infer(side).is_some_and(|t| t.is_text() || matches!(t, RedshiftType::Varbyte(_)))
    };
    if joins(&pair.left) && joins(&pair.right) { Expression::Concat(pair) } else { Expression::Add(pair) }
}

fn is_bytes(expression: &Expression, environment: &Environment<'_>) -> bool {
    matches!(environment.infer(expression), Some(RedshiftType::Varbyte(_)))
}
