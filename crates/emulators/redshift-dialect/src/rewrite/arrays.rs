//! Arrays in FROM: `FROM t, t.array AS element AT position` gives one row per element.

use std::collections::BTreeSet;

use polyglot_sql::expressions::{Expression, Identifier, Select};
use polyglot_sql::traversal::transform_all;
use polyglot_sql::{DialectType, parse};

use crate::error::SqlError;
use crate::names::quoted;

/// Replaces the arrays that FROM lists after the table they are in.
pub(crate) fn unnested(tree: Expression) -> Result<Expression, SqlError> {
    let replace = |node| match node {
        Expression::Select(select) => replaced(select),
        other => Ok(other),
    };
    transform_all(tree, &replace).map_err(|e| SqlError::unsupported(format!("this syntax: {e}")))
}

fn replaced(mut select: Box<Select>) -> Result<Expression, polyglot_sql::Error> {
    let Some(from) = &mut select.from else { return Ok(Expression::Select(select)) };
    let mut names = BTreeSet::new();
    for item in &mut from.expressions {
        if let Some(array) = array(item, &names) {
            names.insert(array.element.clone());
            *item = array.rows()?;
        } else if let Some(name) = name_of(item) {
            names.insert(name);
        }
    }
    Ok(Expression::Select(select))
}

/// The name by which other expressions know an item of FROM.
fn name_of(item: &Expression) -> Option<String> {
    match item {
        Expression::Table(table) => Some(table.alias.as_ref().unwrap_or(&table.name).name.clone()),
        Expression::Subquery(subquery) => subquery.alias.as_ref().map(|alias| alias.name.clone()),
        _ => None,
    }
}

struct Array {
    path: Vec<String>,
    element: String,
    position: Option<String>,
}

/// An item whose first name is that of an item before it.
fn array(item: &Expression, names: &BTreeSet<String>) -> Option<Array> {
    let found = match item {
        Expression::Table(table) => {
            let parts = [table.catalog.as_ref(), table.schema.as_ref(), Some(&table.name)];
            let path: Vec<String> = parts.into_iter().flatten().map(|part| part.name.clone()).collect();
            let element = table.alias.as_ref().unwrap_or(&table.name).name.clone();
            Array { path, element, position: None }
        }
        Expression::AtIndex(indexed) => {
            let Expression::Alias(named) = indexed.this.as_ref() else { return None };
            let (Expression::Column(column), Expression::Identifier(position)) =
                (&named.this, indexed.expression.as_ref())
            else {
                return None;
            };
            let path = column.name.name.split('.').map(ToString::to_string).collect();
            Array { path, element: named.alias.name.clone(), position: Some(position.name.to_lowercase()) }
        }
        _ => return None,
    };
    found.path.first().is_some_and(|first| names.contains(first)).then_some(found)
}

impl Array {
    /// A lateral subquery of the elements, and of their positions from 0.
    fn rows(&self) -> Result<Expression, polyglot_sql::Error> {
        // an element that is itself an array is a column of the same name
        let path = match self.path.as_slice() {
            [only] => format!("{0}.{0}", quoted(only)),
            parts => parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join("."),
        };
        let position = self.position.as_ref().map(|name| format!(", item.item.index as {}", quoted(name)));
        let sql = format!(
            "select * from (select rsop_super(item.item.value) as {}{} from (select unnest(rsop_unnested({path})) as item) as item) as {}",
            quoted(&self.element),
            position.unwrap_or_default(),
            quoted(&self.element)
        );
        let rows = parse(&sql, DialectType::DuckDB)?.pop();
        let Some(Expression::Select(mut select)) = rows else { return Ok(Expression::null()) };
        let item = select.from.take().and_then(|from| from.expressions.into_iter().next());
        Ok(match item {
            Some(Expression::Subquery(mut subquery)) => {
                subquery.lateral = true;
                subquery.alias = Some(Identifier::quoted(self.element.clone()));
                Expression::Subquery(subquery)
            }
            _ => Expression::null(),
        })
    }
}
