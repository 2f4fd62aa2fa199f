//! Which partitions a query can need: the conditions of its WHERE clauses on partition keys alone.

use polyglot_sql::expressions::{Expression, JoinKind, Literal, Select};
use polyglot_sql::traversal::{ExpressionWalk, transform_all};

use crate::error::Error;
use crate::statement::{TableName, of_catalog, sources};
use crate::translate;

/// A condition on the keys, in DuckDB's SQL, that every row has which the query needs of the table; nothing when any row may be needed.
pub(crate) fn condition(tree: &Expression, table: &TableName, keys: &[&str]) -> Result<Option<String>, Error> {
    let mut alternatives = Vec::new();
    for conditions in of_occurrences(tree, table, keys) {
        if conditions.is_empty() {
            return Ok(None);
        }
        let conditions = conditions.into_iter().map(|condition| {
            let bare = transform_all(condition.clone(), &|node| Ok(without_table(node)));
            let bare = bare.map_err(|error| Error::Syntax { message: error.to_string() })?;
            translate::expression(&bare).map(|sql| format!("({sql})"))
        });
        alternatives.push(conditions.collect::<Result<Vec<_>, _>>()?.join(" AND "));
    }
    Ok((!alternatives.is_empty()).then(|| alternatives.join(" OR ")))
}

/// The literals that a key is compared with by `=` or `IN`.
pub(crate) fn equals(tree: &Expression, table: &TableName, key: &str) -> Vec<String> {
    let mut values = Vec::new();
    for condition in of_occurrences(tree, table, &[key]).into_iter().flatten() {
        match condition {
            Expression::Eq(comparison) => {
                values.extend(literal(&comparison.left).or_else(|| literal(&comparison.right)))
            }
            Expression::In(list) if !list.not => values.extend(list.expressions.iter().filter_map(literal)),
            _ => {}
        }
    }
    values.sort();
    values.dedup();
    values
}

/// For each place where the table is read: the conditions on its keys. A place that is not understood has none.
fn of_occurrences<'a>(tree: &'a Expression, table: &TableName, keys: &[&str]) -> Vec<Vec<&'a Expression>> {
    let named = tree.dfs().filter(|node| of_catalog(node).as_ref() == Some(table)).count();
    let mut occurrences = Vec::new();
    for node in tree.dfs() {
        let Expression::Select(select) = node else { continue };
        for (name, alias) in sources(select) {
            if name == *table {
                occurrences.push(of_source(select, &alias, keys));
            }
        }
    }
    occurrences.resize(named.max(occurrences.len()), Vec::new());
    occurrences
}

fn of_source<'a>(select: &'a Select, alias: &str, keys: &[&str]) -> Vec<&'a Expression> {
    let is_first = |node: &Expression| match node {
        Expression::Table(table) => table.alias.as_ref().unwrap_or(&table.name).name.to_lowercase() == alias,
        _ => false,
    };
    let from = select.from.iter().flat_map(|from| from.expressions.iter()).any(is_first);
    let keeps = select.joins.iter().all(|join| match join.kind {
        JoinKind::Inner | JoinKind::Cross | JoinKind::Implicit => true,
        // The WHERE clause alone selects the rows of the left side.
        JoinKind::Left => from,
        _ => false,
    });
    let Some(condition) = select.where_clause.as_ref().filter(|_| keeps) else { return Vec::new() };
    let mut conditions = Vec::new();
    conjuncts(&condition.this, &mut conditions);
    conditions.retain(|condition| is_of_keys(condition, alias, keys));
    conditions
}

fn conjuncts<'a>(condition: &'a Expression, found: &mut Vec<&'a Expression>) {
    match condition {
        Expression::And(both) => {
            conjuncts(&both.left, found);
            conjuncts(&both.right, found);
        }
        Expression::Paren(inner) => conjuncts(&inner.this, found),
        other => found.push(other),
    }
}

/// Whether a condition speaks of keys and of nothing else.
fn is_of_keys(condition: &Expression, alias: &str, keys: &[&str]) -> bool {
    let mut columns = 0;
    for node in condition.dfs() {
        match node {
            Expression::Column(column) => {
                let is_of_table = column.table.as_ref().is_none_or(|table| table.name.to_lowercase() == alias);
                if !is_of_table || !keys.contains(&column.name.name.to_lowercase().as_str()) {
                    return false;
                }
                columns += 1;
            }
            Expression::Select(_) | Expression::Subquery(_) | Expression::Exists(_) | Expression::Table(_) => {
                return false;
            }
            _ => {}
        }
    }
    columns > 0
}

fn without_table(mut node: Expression) -> Expression {
    if let Expression::Column(column) = &mut node {
        column.table = None;
    }
    node
}

fn literal(node: &Expression) -> Option<String> {
    match node {
        Expression::Literal(literal) => match literal.as_ref() {
            Literal::String(text) | Literal::Number(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{Statement, read};

    fn query(sql: &str) -> Box<Expression> {
        match read(sql, "web").unwrap() {
            Statement::Query(tree, _) => tree,
            other => unreachable!("{other:?}"),
        }
    }

    fn check(sql: &str, expected: &str) {
        let tree = query(sql);
        let table = TableName { database: "web".to_owned(), name: "orders".to_owned() };
        let condition = condition(&tree, &table, &["dt"]).unwrap();
        assert_eq!(condition.as_deref().unwrap_or("all"), expected, "{sql}");
    }

    #[test]
    fn conditions_on_keys_choose_partitions() {
        check("select * from orders", "all");
        check("select * from orders where dt = '1' and a > 2", "(dt = '1')");
        check("select * from orders o where (O.dt >= '1' and dt < '3')", "(dt >= '1') AND (dt < '3')");
        check("select * from orders where dt = '1' or a = 2", "all");
        check("select * from orders where dt in ('1', '2') or dt like '3%'", "(dt IN ('1', '2') OR dt LIKE '3%')");
        check(
            "select * from orders where date_add('day', 1, cast(dt as date)) > current_date",
            "(CAST(dt AS DATE) + INTERVAL 1 DAY > CURRENT_DATE)",
        );
        check(
            "select * from orders where dt = '1' union all select * from orders where dt = '2'",
            "(dt = '1') OR (dt = '2')",
        );
        check("select * from orders where dt = '1' union all select * from orders", "all");
        check("select * from orders where dt in (select dt from days)", "all");
        check("with o as (select * from orders where dt = '1') select * from o where dt = '2'", "(dt = '1')");
        check("select * from orders o left join b on o.a = b.a where o.dt = '1'", "(dt = '1')");
        check("select * from b left join orders o on o.a = b.a where o.dt = '1'", "all");
        check("select * from orders o, b where o.dt = '1' and b.dt = '2'", "(dt = '1')");
    }

    #[test]
    fn literals_that_keys_equal_are_found() {
        let tree = query("select * from orders where dt in ('b', 'a') and '3' = n");
        let table = TableName { database: "web".to_owned(), name: "orders".to_owned() };
        assert_eq!(equals(&tree, &table, "dt"), ["a", "b"]);
        assert_eq!(equals(&tree, &table, "n"), ["3"]);
    }
}
