//! Comparisons and patterns, and paths into SUPER values.

use polyglot_sql::expressions::{BinaryOp, Column, DotAccess, Expression, Literal, SimilarToExpr, Subscript, UnaryOp};

use super::casts;
use super::environment::Environment;
use super::nodes::call;
use crate::error::SqlError;
use redshift_types::RedshiftType;

/// Rewrites a comparison: texts are compared without their trailing blanks, and text literals beside dates and times
/// are read as Redshift reads them.
pub(super) fn rewritten(node: Expression, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    let compare = |pair: BinaryOp, equality: bool| -> Result<BinaryOp, SqlError> {
        let types = (environment.infer(&pair.left), environment.infer(&pair.right));
        let mut left = beside(pair.left, types.1)?;
        let mut right = beside(pair.right, types.0)?;
        let text = |data_type: Option<RedshiftType>, side: &Expression| {
            data_type.map_or_else(|| is_text_literal(side), |known| known.is_text())
        };
        if equality && text(types.0, &left) && text(types.1, &right) {
            left = without_trailing_blanks(left);
            right = without_trailing_blanks(right);
        }
        Ok(BinaryOp::new(left, right))
    };
    Ok(match node {
        Expression::Eq(pair) => Expression::Eq(Box::new(compare(*pair, true)?)),
        Expression::Neq(pair) => Expression::Neq(Box::new(compare(*pair, true)?)),
        Expression::Lt(pair) => Expression::Lt(Box::new(compare(*pair, false)?)),
        Expression::Lte(pair) => Expression::Lte(Box::new(compare(*pair, false)?)),
        Expression::Gt(pair) => Expression::Gt(Box::new(compare(*pair, false)?)),
        Expression::Gte(pair) => Expression::Gte(Box::new(compare(*pair, false)?)),
        Expression::Between(mut between) => {
            let data_type = environment.infer(&between.this);
            between.low = beside(between.low, data_type)?;
            between.high = beside(between.high, data_type)?;
            Expression::Between(between)
        }
        Expression::In(mut list) => {
            let data_type = environment.infer(&list.this);
            let values = std::mem::take(&mut list.expressions);
            list.expressions = values.into_iter().map(|value| beside(value, data_type)).collect::<Result<_, _>>()?;
            if data_type.is_some_and(|known| known.is_text())
                && list.expressions.iter().all(is_text_literal)
                && list.query.is_none()
            {
                list.this = without_trailing_blanks(list.this);
                let values = std::mem::take(&mut list.expressions);
                list.expressions = values.into_iter().map(without_trailing_blanks).collect();
            }
            Expression::In(list)
        }
        other => other,
    })
}

fn is_text_literal(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(literal) if matches!(literal.as_ref(), Literal::String(_)))
}

/// A text literal takes the type of what it is compared with.
fn beside(value: Expression, other: Option<RedshiftType>) -> Result<Expression, SqlError> {
    use RedshiftType as T;
    match other {
        Some(data_type @ (T::Date | T::Timestamp | T::TimestampTz | T::Time | T::TimeTz | T::Boolean | T::Super))
            if is_text_literal(&value) =>
        {
            // a timestamp in a comparison with a date stays a timestamp
            let data_type = match (data_type, &value) {
                (T::Date, Expression::Literal(literal)) if literal.value_str().contains(':') => T::Timestamp,
                _ => data_type,
            };
            casts::to(value, None, data_type)
        }
        _ => Ok(value),
    }
}

fn without_trailing_blanks(value: Expression) -> Expression {
    match value {
        Expression::Literal(literal) => Expression::string(literal.value_str().trim_end_matches(' ')),
        other => call("rtrim", vec![other, Expression::string(" ")]),
    }
}

/// `SIMILAR TO`: SQL's wildcards in a regular expression that matches the whole text.
pub(super) fn similar(similar: SimilarToExpr) -> Result<Expression, SqlError> {
    let Expression::Literal(literal) = &similar.pattern else {
        return Err(SqlError::unsupported("SIMILAR TO with a pattern that is no literal"));
    };
    let mut pattern = String::new();
    for c in literal.value_str().chars() {
        match c {
            '%' => pattern.push_str(".*"),
            '_' => pattern.push('.'),
            '.' | '^' | '$' => pattern.extend(['\\', c]),
            other => pattern.push(other),
        }
    }
    let matched = call("regexp_full_match", vec![similar.this, Expression::string(pattern)]);
    Ok(if similar.not { Expression::Not(Box::new(UnaryOp { this: matched, inferred_type: None })) } else { matched })
}

/// `column.attribute` of a SUPER column, which the parser takes for `table.column`.
pub(super) fn attribute(column: Column, environment: &Environment<'_>) -> Expression {
    let Some(table) = column.table.as_ref().filter(|table| !environment.has(&table.name, &column.name.name)) else {
        return Expression::Column(Box::new(column));
    };
    if environment.column(None, &table.name) != Some(RedshiftType::Super) {
        return Expression::Column(Box::new(column));
    }
    let path = field_path(&column.name.name);
    call("json_extract", vec![Expression::column(table.name.clone()), Expression::string(path)])
}

/// `value.attribute` of a SUPER value.
pub(super) fn field(dot: DotAccess, environment: &Environment<'_>) -> Expression {
    if environment.infer(&dot.this) == Some(RedshiftType::Super) {
        let path = field_path(&dot.field.name);
        return call("json_extract", vec![dot.this, Expression::string(path)]);
    }
    Expression::Dot(Box::new(dot))
}

/// `value[position]` of a SUPER value.
pub(super) fn element(subscript: Subscript, environment: &Environment<'_>) -> Expression {
    match (&subscript.index, environment.infer(&subscript.this)) {
        (Expression::Literal(index), Some(RedshiftType::Super)) => {
            let path = match index.as_ref() {
                Literal::Number(position) => format!("$[{position}]"),
                other => field_path(other.value_str()),
            };
            call("json_extract", vec![subscript.this, Expression::string(path)])
        }
        _ => Expression::Subscript(Box::new(subscript)),
    }
}

fn field_path(name: &str) -> String {
    format!("$.\"{}\"", name.replace('"', "\\\""))
}
