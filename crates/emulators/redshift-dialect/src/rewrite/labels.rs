//! Names of result columns that have no alias: Redshift names them after the function, the cast or the column.

use polyglot_sql::expressions::{AggregateFunction, Alias, Expression, Identifier, Literal};
use polyglot_sql::traversal::transform_all;
use polyglot_sql::{DialectType, generate};

use super::types::type_of;
use crate::error::SqlError;

/// What an expression without a name is called.
const NAMELESS: &str = "?column?";

/// Gives every unnamed expression of every SELECT its name.
pub(super) fn labelled(tree: Expression) -> Result<Expression, SqlError> {
    let name = |node| {
        let mut select = match node {
            Expression::Select(select) => select,
            Expression::Pivot(mut pivot) => {
                pivot.expressions = std::mem::take(&mut pivot.expressions).into_iter().map(plain_average).collect();
                return Ok(Expression::Pivot(pivot));
            }
            other => return Ok(other),
        };
        let expressions = std::mem::take(&mut select.expressions);
        select.expressions = expressions.into_iter().map(named).collect();
        Ok(Expression::Select(select))
    };
    transform_all(tree, &name).map_err(|e| SqlError::unsupported(format!("this syntax: {e}")))
}

/// PIVOT takes one aggregate, so AVG stays DuckDB's there.
fn plain_average(expression: Expression) -> Expression {
    match expression {
        Expression::Avg(average) => Expression::AggregateFunction(Box::new(AggregateFunction {
            name: "avg".into(),
            args: vec![average.this],
            distinct: average.distinct,
            ..AggregateFunction::default()
        })),
        Expression::Alias(mut alias) => {
            alias.this = plain_average(alias.this);
            Expression::Alias(alias)
        }
        other => other,
    }
}

fn named(expression: Expression) -> Expression {
    match &expression {
        Expression::Alias(_) | Expression::Star(_) => expression,
        Expression::Column(column) if column.table.is_none() || column.name.name == "*" => expression,
        Expression::Table(_) | Expression::Identifier(_) | Expression::BracedWildcard(_) => expression,
        other => {
            let label = label(other).unwrap_or_else(|| NAMELESS.to_string());
            Expression::Alias(Box::new(Alias::new(expression, Identifier::quoted(label))))
        }
    }
}

/// The name of an expression, or `None` where it has none.
fn label(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Column(column) => Some(column.name.name.clone()),
        Expression::Dot(dot) => Some(dot.field.name.clone()),
        Expression::Subscript(subscript) => label(&subscript.this),
        Expression::Paren(paren) => label(&paren.this),
        Expression::Cast(cast) => {
            inherited(&cast.this).or_else(|| type_of(&cast.to).ok().map(|t| t.type_name().to_string()))
        }
        Expression::Literal(literal) => match literal.as_ref() {
            Literal::Date(_) => Some("date".into()),
            Literal::Time(_) => Some("time".into()),
            Literal::Timestamp(_) | Literal::Datetime(_) => Some("timestamp".into()),
            _ => None,
        },
        Expression::Boolean(_) => Some("bool".into()),
        Expression::AtTimeZone(_) => Some("timezone".into()),
        Expression::Case(case) => Some(case.else_.as_ref().and_then(column_name).unwrap_or_else(|| "case".into())),
        Expression::NullIf(pair) => Some(column_name(&pair.this).unwrap_or_else(|| "nullif".into())),
        Expression::WindowFunction(window) => label(&window.this),
        Expression::WithinGroup(group) => label(&group.this),
        Expression::Function(function) if function.name.eq_ignore_ascii_case("nullif") => {
            Some(function.args.first().and_then(column_name).unwrap_or_else(|| "nullif".into()))
        }
        Expression::Function(function) => Some(function_label(&function.name)),
        Expression::AggregateFunction(function) => Some(function_label(&function.name)),
        Expression::Ceil(_) => Some("ceil".into()),
        Expression::Count(_) => Some("count".into()),
        Expression::Subquery(_) | Expression::Exists(_) | Expression::In(_) | Expression::Interval(_) => None,
        other => written_name(other),
    }
}

/// The name that a cast takes over from its operand: a column's or a function's, not that of another cast.
fn inherited(operand: &Expression) -> Option<String> {
    match operand {
        Expression::Cast(cast) => inherited(&cast.this),
        Expression::Paren(paren) => inherited(&paren.this),
        Expression::Literal(_) | Expression::Boolean(_) | Expression::Case(_) => None,
        other => label(other),
    }
}

fn column_name(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Column(column) => Some(column.name.name.clone()),
        _ => None,
    }
}

/// The name of a function which the parser knows by a node of its own, from the way it is written.
fn written_name(expression: &Expression) -> Option<String> {
    const OPERATORS: [&str; 4] = ["not", "exists", "cast", "case"];
    let kind = expression.variant_name();
    let operator = matches!(
        kind,
        "and"
            | "or"
            | "add"
            | "sub"
            | "mul"
            | "div"
            | "mod"
            | "eq"
            | "neq"
            | "lt"
            | "lte"
            | "gt"
            | "gte"
            | "like"
            | "i_like"
            | "concat"
            | "not"
            | "neg"
            | "between"
            | "is_null"
            | "is_true"
            | "is_false"
            | "is"
            | "similar_to"
            | "regexp_like"
            | "bitwise_and"
            | "bitwise_or"
            | "bitwise_xor"
            | "bitwise_not"
    );
    if operator {
        return None;
    }
    let text = generate(expression, DialectType::DuckDB).ok()?;
    let name = text.split('(').next()?.to_lowercase();
    let plain = text.contains('(') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && !OPERATORS.contains(&name.as_str())).then(|| function_label(&name))
}

fn function_label(name: &str) -> String {
    let name = name.to_lowercase();
    let plain = name.strip_prefix("rs_").unwrap_or(&name);
    match plain {
        "dateadd" => "date_add",
        "datediff" => "date_diff",
        "date_part" => "pgdate_part",
        "extract" => "date_part",
        "log" => "dlog10",
        "decode" | "nvl2" => "case",
        "isnull" => "coalesce",
        "approx_count_distinct" => "count",
        "string_agg" => "listagg",
        other => other,
    }
    .to_string()
}
