//! Athena's SQL, which is Trino's, as DuckDB's. The library translates; what it does not know, or translates to something that answers
//! otherwise, goes to a macro of `macros.sql`.

use polyglot_sql::expressions::{Alias, DataType, Expression, Function, Identifier};
use polyglot_sql::traversal::transform_all;
use polyglot_sql::{DialectType, generate, transpile};

use crate::error::Error;

/// The macros, which every connection is given.
pub(crate) const MACROS: &str = include_str!("macros.sql");

/// Functions that are macros under a name of their own.
const MACRO_FUNCTIONS: [&str; 6] =
    ["json_parse", "json_format", "json_array_get", "json_size", "to_iso8601", "at_timezone"];

/// A query as DuckDB's SQL.
pub(crate) fn query(tree: &Expression) -> Result<String, Error> {
    let syntax = |error: polyglot_sql::Error| Error::Syntax { message: error.to_string() };
    let tree = transform_all(tree.clone(), &|node| Ok(rewritten(node))).map_err(syntax)?;
    let text = generate(&tree, DialectType::Trino).map_err(syntax)?;
    let mut translated = transpile(&text, DialectType::Trino, DialectType::DuckDB).map_err(syntax)?;
    translated.pop().ok_or_else(|| Error::Syntax { message: "the statement is empty".to_owned() })
}

/// The query with names for those of its columns that have none: `_col1` is the second one, as in Trino. Behind a `*` no place is known.
pub(crate) fn named(tree: Expression) -> Expression {
    match tree {
        Expression::Select(mut select) => {
            let is_star = |item: &Expression| match item {
                Expression::Column(column) => column.name.name == "*",
                item => matches!(item, Expression::Star(_) | Expression::BracedWildcard(_)),
            };
            let known = select.expressions.iter().position(is_star).unwrap_or(select.expressions.len());
            let items = std::mem::take(&mut select.expressions).into_iter().enumerate();
            let with_name = |(place, item): (usize, Expression)| match item {
                item @ (Expression::Column(_) | Expression::Dot(_) | Expression::Alias(_)) => item,
                item if place < known => {
                    Expression::Alias(Box::new(Alias::new(item, Identifier::quoted(format!("_col{place}")))))
                }
                item => item,
            };
            select.expressions = items.map(with_name).collect();
            Expression::Select(select)
        }
        // The first query names the columns of all.
        Expression::Union(mut union) => {
            union.left = named(union.left.clone());
            Expression::Union(union)
        }
        other => other,
    }
}

/// An expression as DuckDB's SQL.
pub(crate) fn expression(tree: &Expression) -> Result<String, Error> {
    let select = polyglot_sql::expressions::Select { expressions: vec![tree.clone()], ..Default::default() };
    let text = query(&Expression::Select(Box::new(select)))?;
    Ok(text.strip_prefix("SELECT ").unwrap_or(&text).to_owned())
}

fn rewritten(node: Expression) -> Expression {
    match node {
        Expression::JsonExtractScalar(f) if !f.arrow_syntax => call("athena_json_extract_scalar", vec![f.this, f.path]),
        Expression::JsonExtract(f) if !f.arrow_syntax => call("athena_json_extract", vec![f.this, f.path]),
        Expression::JsonArrayLength(f) => call("athena_json_array_length", vec![f.this]),
        Expression::ElementAt(f) => call("athena_element_at", vec![f.this, f.expression]),
        Expression::AtTimeZone(f) => call("athena_at_timezone", vec![f.this, f.zone]),
        // A cast of JSON to text takes the text out of its quotes.
        Expression::Cast(cast) => match (&cast.this, &cast.to) {
            (Expression::Function(f), DataType::VarChar { .. }) if f.name == "athena_json_extract" => {
                call("athena_json_extract_scalar", f.args.clone())
            }
            _ => Expression::Cast(cast),
        },
        Expression::Function(mut f) => {
            let name = f.name.to_lowercase();
            if MACRO_FUNCTIONS.contains(&name.as_str()) {
                f.name = format!("athena_{name}");
            }
            // The second argument is a maximum error, which DuckDB's estimate does not take.
            if name == "approx_distinct" {
                f.args.truncate(1);
            }
            if name == "transform" {
                f.name = "list_transform".to_owned();
            }
            Expression::Function(f)
        }
        other => other,
    }
}

fn call(name: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Function(Box::new(Function::new(name, arguments)))
}
