//! Calls of functions: variants by type, and those with any number of arguments.

use polyglot_sql::expressions::{Case, Expression, Function, Literal, MethodCall};

use super::environment::Environment;
use super::nodes::call;
use crate::error::SqlError;
use crate::functions;
use redshift_types::RedshiftType;

/// Where DuckDB has its own functions.
const DUCKDB_SCHEMAS: [&str; 4] = ["main", "memory", "system", "temp"];

/// Rewrites a call.
pub(super) fn rewritten(mut function: Function, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    let name = function.name.to_lowercase();
    let bytes = || matches!(function.args.first().and_then(|a| environment.infer(a)), Some(RedshiftType::Varbyte(_)));
    match name.as_str() {
        "rs_array" => return Ok(call("json_array", function.args)),
        "rs_object" => return object(function.args, environment),
        "rs_decode" => return Ok(decode(function.args)),
        "rs_json_extract_path_text" => return path_text(function.args),
        "rs_len" | "rs_length" | "rs_octet_length" | "rs_substring" | "rs_concat" | "rs_to_hex" if bytes() => {
            function.name = format!("{name}_bytes");
        }
        "rs_collate" => return Ok(collated(function.args)),
        "nullif" => return Ok(null_if(function, environment)),
        // (text, precision, scale) leaves out the format
        "rs_text_to_numeric_alt" if function.args.len() == 3 => function.args.insert(1, Expression::string("")),
        "rs_trunc" if function.args.len() == 1 => {
            let dated = function.args.first().and_then(|a| environment.infer(a));
            if matches!(dated, Some(RedshiftType::Date | RedshiftType::Timestamp | RedshiftType::TimestampTz)) {
                function.name = "rs_trunc_date".into();
            }
        }
        "rs_dateadd" | "rs_datediff" | "rs_extract" | "rs_date_part" | "rs_date_trunc" => {
            let value = function.args.last().and_then(|a| environment.infer(a));
            let other = function.args.get(1).and_then(|a| environment.infer(a));
            if let Some(variant) = variant(&name, value.or(other)) {
                function.name = format!("{name}_{variant}");
            }
        }
        _ if name.starts_with("rs_") || name.starts_with("rsop_") => {}
        _ if functions::is_shared(&name) || environment.catalog.has_function(&name) => {}
        _ => return Err(SqlError::NoFunction { name }),
    }
    Ok(Expression::Function(Box::new(function)))
}

/// `schema.function(...)`: only a function that a user created is in a schema.
pub(super) fn qualified(call: MethodCall, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    let name = call.method.name.to_lowercase();
    let schema = match &call.this {
        Expression::Column(column) if column.table.is_none() => Some(column.name.name.as_str()),
        Expression::Identifier(identifier) => Some(identifier.name.as_str()),
        _ => None,
    };
    let is_users =
        schema.is_some_and(|schema| !DUCKDB_SCHEMAS.contains(&schema)) && environment.catalog.has_function(&name);
    if is_users { Ok(Expression::MethodCall(Box::new(call))) } else { Err(SqlError::NoFunction { name }) }
}

/// `COLLATE(text, 'case_insensitive')`.
fn collated(mut arguments: Vec<Expression>) -> Expression {
    let ignores_case = match arguments.pop() {
        Some(Expression::Literal(literal)) => matches!(literal.value_str(), "case_insensitive" | "ci"),
        _ => false,
    };
    match (arguments.pop(), ignores_case) {
        (Some(text), true) => call("rsop_ignoring_case", vec![text]),
        (Some(text), false) => text,
        (None, _) => Expression::null(),
    }
}

/// NULLIF compares as `=` does: without the trailing blanks of texts.
fn null_if(function: Function, environment: &Environment<'_>) -> Expression {
    let text = function.args.iter().all(|argument| environment.infer(argument).is_some_and(|known| known.is_text()));
    match <[Expression; 2]>::try_from(function.args) {
        Ok([left, right]) if text => {
            let blank = |side: &Expression| call("rtrim", vec![side.clone(), Expression::string(" ")]);
            let pair = polyglot_sql::expressions::BinaryOp::new(blank(&left), blank(&right));
            Expression::Case(Box::new(Case {
                operand: None,
                whens: vec![(Expression::Eq(Box::new(pair)), Expression::null())],
                else_: Some(left),
                comments: Vec::new(),
                inferred_type: None,
            }))
        }
        Ok([left, right]) => call("nullif", vec![left, right]),
        Err(arguments) => call("nullif", arguments),
    }
}

/// The macro for a type of time.
fn variant(name: &str, data_type: Option<RedshiftType>) -> Option<&'static str> {
    match (name, data_type?) {
        ("rs_extract", RedshiftType::TimeTz) => Some("timetz"),
        ("rs_date_trunc", RedshiftType::Time | RedshiftType::TimeTz) => None,
        (_, RedshiftType::Time | RedshiftType::TimeTz) => Some("time"),
        ("rs_dateadd" | "rs_date_trunc", RedshiftType::TimestampTz) => Some("timestamptz"),
        _ => None,
    }
}

fn object(arguments: Vec<Expression>, environment: &Environment<'_>) -> Result<Expression, SqlError> {
    use RedshiftType as T;
    for argument in &arguments {
        if let Some(refused @ (T::Date | T::Time | T::TimeTz | T::Timestamp | T::TimestampTz)) =
            environment.infer(argument)
        {
            return Err(SqlError::refused(format!("OBJECT could not convert type {} to super", refused.type_name())));
        }
    }
    Ok(call("json_object", arguments))
}

/// `DECODE(value, search, result, ..., default)`: NULL is found by NULL.
fn decode(mut arguments: Vec<Expression>) -> Expression {
    if arguments.len() < 3 {
        return call("decode", arguments);
    }
    let value = arguments.remove(0);
    let mut rest = arguments.into_iter();
    let mut whens = Vec::new();
    let mut default = None;
    while let Some(search) = rest.next() {
        match rest.next() {
            Some(result) => {
                let pair = polyglot_sql::expressions::BinaryOp::new(value.clone(), search);
                let condition = match &pair.right {
                    Expression::Null(_) => Expression::Is(Box::new(pair)),
                    _ => Expression::Eq(Box::new(pair)),
                };
                whens.push((condition, result));
            }
            None => default = Some(search),
        }
    }
    Expression::Case(Box::new(Case { operand: None, whens, else_: default, comments: Vec::new(), inferred_type: None }))
}

/// `JSON_EXTRACT_PATH_TEXT(json, name, ... [, null_if_invalid])`.
fn path_text(mut arguments: Vec<Expression>) -> Result<Expression, SqlError> {
    if arguments.len() < 2 {
        return Err(SqlError::NoFunction { name: "json_extract_path_text".into() });
    }
    let json = arguments.remove(0);
    let lenient = match arguments.last() {
        Some(Expression::Boolean(flag)) => flag.value,
        _ => false,
    };
    if matches!(arguments.last(), Some(Expression::Boolean(_))) {
        arguments.pop();
    }
    let steps = arguments.into_iter().map(|step| match step {
        Expression::Literal(literal) if matches!(literal.as_ref(), Literal::Number(_)) => {
            Expression::string(literal.value_str())
        }
        other => other,
    });
    let path = call("list_value", steps.collect());
    let flag = Expression::Boolean(polyglot_sql::expressions::BooleanLiteral { value: lenient });
    Ok(call("rsop_json_path", vec![json, path, flag]))
}
