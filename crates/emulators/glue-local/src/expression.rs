//! `Expression` of `GetPartitions`: a condition on partition keys, in the SQL that the Glue API reference lists: comparisons, `AND`, `OR`,
//! `NOT`, `IN`, `BETWEEN`, `LIKE` and `IS NULL`.
//!
//! Numbers are compared as numbers, everything else as text; dates and times written as ISO 8601 writes them then follow in their order.

use std::cmp::Ordering;

use regex::Regex;
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use crate::refusal::Refusal;

/// Types whose values are compared as numbers.
const NUMBERS: [&str; 6] = ["int", "bigint", "long", "tinyint", "smallint", "decimal"];

/// A condition on the values of partition keys.
#[derive(Debug)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// A key's value is less than, equal to or greater than a literal: any of these.
    Is(Key, Vec<Ordering>, String),
    Like(Key, Regex),
    Always(bool),
}

/// A partition key: its place among the keys, and how its values compare.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    place: usize,
    numeric: bool,
}

impl Filter {
    /// Reads an expression over the keys: names and types.
    pub(crate) fn read(expression: &str, keys: &[(String, String)]) -> Result<Self, Refusal> {
        let unreadable =
            |error: &dyn std::fmt::Display| Refusal::invalid(format!("Unsupported expression '{expression}': {error}"));
        let mut parser =
            Parser::new(&GenericDialect {}).try_with_sql(expression).map_err(|error| unreadable(&error))?;
        let tree = parser.parse_expr().map_err(|error| unreadable(&error))?;
        let rest = parser.peek_token();
        if rest.token != sqlparser::tokenizer::Token::EOF {
            return Err(unreadable(&format!("{rest} is one too many")));
        }
        condition(&tree, keys)
    }

    /// Whether a partition of these values is meant.
    pub(crate) fn accepts(&self, values: &[String]) -> bool {
        let value = |key: &Key| values.get(key.place).map(String::as_str).unwrap_or_default();
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.accepts(values)),
            Self::Any(filters) => filters.iter().any(|filter| filter.accepts(values)),
            Self::Not(filter) => !filter.accepts(values),
            Self::Is(key, orders, literal) => {
                compared(value(key), literal, key.numeric).is_some_and(|order| orders.contains(&order))
            }
            Self::Like(key, pattern) => pattern.is_match(value(key)),
            Self::Always(answer) => *answer,
        }
    }
}

fn condition(tree: &Expr, keys: &[(String, String)]) -> Result<Filter, Refusal> {
    let negate = |filter: Filter, negated: bool| if negated { Filter::Not(Box::new(filter)) } else { filter };
    match tree {
        Expr::Nested(inner) => condition(inner, keys),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(Filter::Not(Box::new(condition(expr, keys)?))),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            Ok(Filter::All(vec![condition(left, keys)?, condition(right, keys)?]))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            Ok(Filter::Any(vec![condition(left, keys)?, condition(right, keys)?]))
        }
        Expr::BinaryOp { left, op, right } => {
            let orders = orders(op).ok_or_else(|| unsupported(tree))?;
            match (key(left, keys), key(right, keys)) {
                (Ok(key), _) => Ok(Filter::Is(key, orders, literal(right)?)),
                (_, Ok(key)) => {
                    Ok(Filter::Is(key, orders.into_iter().map(Ordering::reverse).collect(), literal(left)?))
                }
                (Err(refusal), _) => Err(refusal),
            }
        }
        Expr::InList { expr, list, negated } => {
            let key = key(expr, keys)?;
            let equals = |item| Ok(Filter::Is(key, vec![Ordering::Equal], literal(item)?));
            Ok(negate(Filter::Any(list.iter().map(equals).collect::<Result<_, Refusal>>()?), *negated))
        }
        Expr::Between { expr, negated, low, high } => {
            let key = key(expr, keys)?;
            let from = Filter::Is(key, vec![Ordering::Greater, Ordering::Equal], literal(low)?);
            let to = Filter::Is(key, vec![Ordering::Less, Ordering::Equal], literal(high)?);
            Ok(negate(Filter::All(vec![from, to]), *negated))
        }
        Expr::Like { negated, any: false, expr, pattern, escape_char: None } => {
            Ok(negate(Filter::Like(key(expr, keys)?, like(&literal(pattern)?)?), *negated))
        }
        // A partition has a value for every key.
        Expr::IsNull(expr) => key(expr, keys).map(|_| Filter::Always(false)),
        Expr::IsNotNull(expr) => key(expr, keys).map(|_| Filter::Always(true)),
        _ => Err(unsupported(tree)),
    }
}

fn orders(operator: &BinaryOperator) -> Option<Vec<Ordering>> {
    use Ordering::{Equal, Greater, Less};
    Some(match operator {
        BinaryOperator::Eq => vec![Equal],
        BinaryOperator::NotEq => vec![Less, Greater],
        BinaryOperator::Lt => vec![Less],
        BinaryOperator::LtEq => vec![Less, Equal],
        BinaryOperator::Gt => vec![Greater],
        BinaryOperator::GtEq => vec![Greater, Equal],
        _ => return None,
    })
}

fn key(tree: &Expr, keys: &[(String, String)]) -> Result<Key, Refusal> {
    let Expr::Identifier(name) = tree else { return Err(unsupported(tree)) };
    let place = keys.iter().position(|(key, _)| *key == name.value.to_lowercase());
    let place = place.ok_or_else(|| {
        let known: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
        Refusal::invalid(format!("Unknown partition key {:?}: the table has {known:?}", name.value))
    })?;
    let type_name = keys[place].1.split('(').next().unwrap_or_default();
    Ok(Key { place, numeric: NUMBERS.contains(&type_name) })
}

fn literal(tree: &Expr) -> Result<String, Refusal> {
    let text = |value: &Value| match value {
        Value::Number(text, _) | Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
            Some(text.clone())
        }
        _ => None,
    };
    let literal = match tree {
        Expr::Value(value) => text(&value.value),
        Expr::TypedString(typed) => text(&typed.value.value),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => return literal(expr).map(|number| format!("-{number}")),
        _ => None,
    };
    literal.ok_or_else(|| unsupported(tree))
}

fn like(pattern: &str) -> Result<Regex, Refusal> {
    let parts = pattern.chars().map(|one| match one {
        '%' => ".*".to_owned(),
        '_' => ".".to_owned(),
        other => regex::escape(&other.to_string()),
    });
    Regex::new(&format!("(?s)^{}$", parts.collect::<String>())).map_err(|error| Refusal::invalid(error.to_string()))
}

fn compared(value: &str, literal: &str, numeric: bool) -> Option<Ordering> {
    if !numeric {
        return Some(value.cmp(literal));
    }
    if let (Ok(value), Ok(literal)) = (value.parse::<i128>(), literal.parse::<i128>()) {
        return Some(value.cmp(&literal));
    }
    value.parse::<f64>().ok()?.partial_cmp(&literal.parse::<f64>().ok()?)
}

fn unsupported(tree: &Expr) -> Refusal {
    Refusal::invalid(format!(
        "Unsupported expression '{tree}': a partition key is compared with a literal, by = <> < <= > >= IN BETWEEN LIKE"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: &str) {
        let keys = [("dt".to_owned(), "string".to_owned()), ("hour".to_owned(), "int".to_owned())];
        let partitions = [("2024-01-01", "9"), ("2024-01-02", "10"), ("2024-02-01", "23")];
        let answer = match Filter::read(expression, &keys) {
            Ok(filter) => {
                let accepted =
                    partitions.iter().filter(|(day, hour)| filter.accepts(&[(*day).to_owned(), (*hour).to_owned()]));
                accepted.map(|(_, hour)| *hour).collect::<Vec<_>>().join(" ")
            }
            Err(refusal) => format!("{}: {}", refusal.code, refusal.message),
        };
        assert_eq!(answer, expected, "{expression}");
    }

    #[test]
    fn expressions_choose_partitions() {
        check("dt = '2024-01-02'", "10");
        check("DT <> '2024-01-02'", "9 23");
        check("dt >= '2024-01-02' AND dt < '2024-03-01'", "10 23");
        check("'2024-01-02' >= dt", "9 10");
        check("hour > 9", "10 23");
        check("hour > '9' OR dt = '2024-01-01'", "9 10 23");
        check("(hour < 10)", "9");
        check("NOT hour < 10", "10 23");
        check("dt BETWEEN '2024-01-01' AND '2024-01-31'", "9 10");
        check("dt NOT BETWEEN '2024-01-01' AND '2024-01-31'", "23");
        check("hour IN (9, 23)", "9 23");
        check("dt NOT IN ('2024-01-01')", "10 23");
        check("dt LIKE '2024-01-%'", "9 10");
        check("dt LIKE '2024_02_01'", "23");
        check("dt = date '2024-01-01'", "9");
        check("dt IS NULL", "");
        check("dt IS NOT NULL AND hour = 9", "9");
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        check("day = '1'", "InvalidInputException: Unknown partition key \"day\": the table has [\"dt\", \"hour\"]");
        check(
            "length(dt) = 3",
            "InvalidInputException: Unsupported expression 'length(dt)': a partition key is compared with a literal, by = <> < <= > >= IN BETWEEN LIKE",
        );
        check(
            "dt = hour",
            "InvalidInputException: Unsupported expression 'hour': a partition key is compared with a literal, by = <> < <= > >= IN BETWEEN LIKE",
        );
        check("dt = '1' dt", "InvalidInputException: Unsupported expression 'dt = '1' dt': dt is one too many");
    }
}
