//! Aggregates: result types, ordered-set aggregates, LISTAGG, and all of them as window functions.

use polyglot_sql::expressions::{
    AggFunc, AggregateFunction, BinaryOp, CountFunc, Expression, ListAggFunc, Ordered, Over, WindowFunction,
    WithinGroup,
};

use super::environment::{Environment, is_integer};
use super::nodes::call;
use super::types::cast_to;
use crate::error::SqlError;
use redshift_types::RedshiftType;

/// Rewrites a node that is, or holds, an aggregate.
pub(super) fn rewritten(node: Expression, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    Ok(match node {
        Expression::Sum(sum) => match environment.infer(&sum.this) {
            Some(known) if is_integer(known) => cast_to(Expression::Sum(sum), RedshiftType::BigInt),
            _ => Expression::Sum(sum),
        },
        Expression::Avg(average) => averaged(average, environment),
        Expression::ListAgg(list) => joined(*list, Vec::new()),
        Expression::WithinGroup(group) => ordered_set(*group)?,
        Expression::WindowFunction(window) => windowed(window.this, &window.over),
        other => other,
    })
}

/// AVG of whole numbers is a whole number, and of decimals a decimal of the same scale; both are cut, not rounded.
fn averaged(average: Box<AggFunc>, environment: &Environment<'_>) -> Expression {
    let total = Expression::Sum(average.clone());
    let count = Expression::Count(Box::new(CountFunc {
        this: Some(average.this.clone()),
        star: false,
        distinct: average.distinct,
        filter: average.filter.clone(),
        ignore_nulls: None,
        original_name: None,
        inferred_type: None,
    }));
    match environment.infer(&average.this) {
        Some(known) if is_integer(known) => {
            let quotient = Expression::Div(Box::new(BinaryOp::new(cast_to(total, RedshiftType::BigInt), count)));
            cast_to(quotient, RedshiftType::BigInt)
        }
        Some(RedshiftType::Decimal { scale, .. }) => {
            // in units of the last place: whole numbers, whose division cuts
            let scale_factor = Expression::number(10_i64.pow(u32::from(scale.min(18))));
            let units = Expression::Mul(Box::new(BinaryOp::new(total, scale_factor.clone())));
            let units = cast_to(units, RedshiftType::Decimal { precision: 38, scale: 0 });
            let quotient = call("trunc", vec![Expression::Div(Box::new(BinaryOp::new(units, count)))]);
            let value = Expression::Div(Box::new(BinaryOp::new(quotient, scale_factor)));
            cast_to(value, RedshiftType::Decimal { precision: 38, scale })
        }
        _ => Expression::Avg(average),
    }
}

/// LISTAGG leaves out NULL and takes any type.
fn joined(list: ListAggFunc, order: Vec<Ordered>) -> Expression {
    let order_by = if order.is_empty() { list.order_by.unwrap_or_default() } else { order };
    let text = cast_to(list.this, RedshiftType::Varchar(65_535));
    let separator = list.separator.unwrap_or_else(|| Expression::string(""));
    let aggregate = |name: &str, args: Vec<Expression>| {
        Expression::AggregateFunction(Box::new(AggregateFunction {
            name: name.to_string(),
            args,
            filter: list.filter.clone(),
            order_by: order_by.clone(),
            ..AggregateFunction::default()
        }))
    };
    if list.distinct {
        let values = call("rsop_distinct_in_order", vec![aggregate("list", vec![text])]);
        return call("array_to_string", vec![values, separator]);
    }
    aggregate("string_agg", vec![text, separator])
}

fn ordered_set(group: WithinGroup) -> Result<Expression, SqlError> {
    let (name, fraction) = match group.this {
        Expression::ListAgg(list) => return Ok(joined(*list, group.order_by)),
        // the child was rewritten already, without the order
        Expression::AggregateFunction(mut list) if list.name == "string_agg" => {
            list.order_by = group.order_by;
            return Ok(Expression::AggregateFunction(list));
        }
        Expression::Function(mut joined) if joined.name == "array_to_string" => {
            if let Some(Expression::Function(values)) = joined.args.first_mut()
                && let Some(Expression::AggregateFunction(list)) = values.args.first_mut()
            {
                list.order_by = group.order_by;
            }
            return Ok(Expression::Function(joined));
        }
        Expression::AggregateFunction(function) => (function.name.to_lowercase(), function.args.into_iter().next()),
        Expression::PercentileCont(function) => ("percentile_cont".to_string(), Some(function.this)),
        Expression::PercentileDisc(function) => ("percentile_disc".to_string(), Some(function.this)),
        other => return Ok(Expression::WithinGroup(Box::new(WithinGroup { this: other, order_by: group.order_by }))),
    };
    let duckdb = match name.as_str() {
        "percentile_cont" => "quantile_cont",
        "percentile_disc" | "approximate_percentile_disc" => "quantile_disc",
        _ => return Err(SqlError::unsupported(format!("{} WITHIN GROUP", name.to_uppercase()))),
    };
    let (Some(fraction), Some(order)) = (fraction, group.order_by.into_iter().next()) else {
        return Err(SqlError::unsupported(format!("{} without a fraction and an order", name.to_uppercase())));
    };
    let fraction =
        if order.desc { Expression::Sub(Box::new(BinaryOp::new(Expression::number(1), fraction))) } else { fraction };
    Ok(call(duckdb, vec![order.this, fraction]))
}

/// Moves OVER to the aggregates inside what an aggregate became.
fn windowed(expression: Expression, over: &Over) -> Expression {
    match expression {
        Expression::Cast(mut cast) => {
            cast.this = windowed(cast.this, over);
            Expression::Cast(cast)
        }
        Expression::Div(mut pair) => {
            pair.left = windowed(pair.left, over);
            pair.right = windowed(pair.right, over);
            Expression::Div(pair)
        }
        Expression::Mul(mut pair) => {
            pair.left = windowed(pair.left, over);
            Expression::Mul(pair)
        }
        Expression::Literal(_) => expression,
        Expression::Function(mut function)
            if matches!(function.name.as_str(), "trunc" | "array_to_string" | "rsop_distinct_in_order") =>
        {
            if let Some(first) = function.args.first_mut() {
                *first = windowed(std::mem::replace(first, Expression::null()), over);
            }
            Expression::Function(function)
        }
        Expression::Function(mut function) if function.name.eq_ignore_ascii_case("ratio_to_report") => {
            let part = function.args.pop().unwrap_or_else(Expression::null);
            let part = cast_to(part, RedshiftType::DoublePrecision);
            let sum = call("sum", vec![part.clone()]);
            call("rsop_divide", vec![part, windowed(sum, over)])
        }
        this => Expression::WindowFunction(Box::new(WindowFunction {
            this,
            over: over.clone(),
            keep: None,
            inferred_type: None,
        })),
    }
}
