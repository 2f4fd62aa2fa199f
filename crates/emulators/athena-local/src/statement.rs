//! Which statements are answered, and what they name.

use std::collections::BTreeSet;

use polyglot_sql::expressions::{Expression, Identifier, Null, Select, With};
use polyglot_sql::traversal::{ExpressionWalk, transform_all};
use polyglot_sql::{DialectType, parse};

use crate::error::Error;

/// The catalogue that every account has, which a name may begin with.
const CATALOG: &str = "awsdatacatalog";

/// A table as a statement names it, folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableName {
    pub(crate) database: String,
    pub(crate) name: String,
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.database, self.name)
    }
}

/// A statement that only reads.
#[derive(Debug)]
pub(crate) enum Statement {
    /// `SELECT` or `WITH`: the tree, in which every table of the catalogue has its database, and these tables.
    Query(Box<Expression>, Vec<TableName>),
    /// `SHOW DATABASES`, `SHOW SCHEMAS`.
    ShowDatabases,
    /// `SHOW TABLES`, with a pattern of names.
    ShowTables { database: String, pattern: Option<String> },
    /// `SHOW PARTITIONS`.
    ShowPartitions(TableName),
    /// `DESCRIBE`.
    Describe(TableName),
}

/// Reads a statement; `database` is where tables are that name none.
pub(crate) fn read(sql: &str, database: &str) -> Result<Statement, Error> {
    let text = without_comments(sql);
    let text = text.trim().trim_end_matches(';').trim();
    let words: Vec<&str> = text.split_whitespace().collect();
    let keyword = |at: usize| words.get(at).map(|word| word.to_lowercase()).unwrap_or_default();
    let refused = || Error::NotReadOnly { statement: words.iter().take(3).copied().collect::<Vec<_>>().join(" ") };
    match (keyword(0).as_str(), keyword(1).as_str()) {
        ("show", "databases" | "schemas") if words.len() == 2 => Ok(Statement::ShowDatabases),
        ("show", "tables") => show_tables(&words[2..], database).ok_or_else(refused),
        ("show", "partitions") if words.len() == 3 => Ok(Statement::ShowPartitions(table_name(words[2], database))),
        ("describe" | "desc", _) if words.len() == 2 => Ok(Statement::Describe(table_name(words[1], database))),
        (first, _) if first.starts_with("select") || first.starts_with("with") || first.starts_with('(') => {
            query(sql, database, refused)
        }
        _ => Err(refused()),
    }
}

fn query(sql: &str, database: &str, refused: impl Fn() -> Error) -> Result<Statement, Error> {
    let syntax = |error: polyglot_sql::Error| Error::Syntax { message: error.to_string() };
    let mut trees = parse(sql, DialectType::Trino).map_err(syntax)?;
    let (Some(tree), true) = (trees.pop(), trees.is_empty()) else {
        return Err(Error::Syntax { message: "there must be one statement".to_owned() });
    };
    let reads_only = |node: &Expression| match node {
        Expression::Select(select) => select.into.is_none(),
        _ => true,
    };
    let is_query = matches!(
        tree,
        Expression::Select(_)
            | Expression::Union(_)
            | Expression::Intersect(_)
            | Expression::Except(_)
            | Expression::Subquery(_)
            | Expression::Paren(_)
    );
    if !is_query || !tree.dfs().all(reads_only) {
        return Err(refused());
    }
    let tree = qualified(tree, database).map_err(syntax)?;
    let mut tables: Vec<TableName> = tree.dfs().filter_map(of_catalog).collect();
    tables.sort();
    tables.dedup();
    Ok(Statement::Query(Box::new(tree), tables))
}

/// The table of the catalogue that a node of a qualified tree is.
pub(crate) fn of_catalog(node: &Expression) -> Option<TableName> {
    let Expression::Table(table) = node else { return None };
    let database = table.schema.as_ref()?.name.clone();
    Some(TableName { database, name: table.name.name.clone() })
}

/// Gives every table of the catalogue its database. A name that a WITH clause defines is not a table, except in
/// the definitions up to its own.
fn qualified(tree: Expression, database: &str) -> polyglot_sql::Result<Expression> {
    let own = |mut node: Expression| {
        if let Some(with) = with_clause_mut(&mut node)
            && !with.recursive
        {
            let names: Vec<String> = with.ctes.iter().map(|definition| definition.alias.name.to_lowercase()).collect();
            for (number, definition) in with.ctes.iter_mut().enumerate() {
                let is_later = |table: &str| names[number..].iter().any(|name| name == table);
                let body = std::mem::replace(&mut definition.this, Expression::Null(Null));
                definition.this = transform_all(body, &|node| Ok(located(node, database, is_later)))?;
            }
        }
        Ok(node)
    };
    let tree = transform_all(tree, &own)?;
    let definitions = tree.dfs().filter_map(with_clause).flat_map(|with| &with.ctes);
    let defined: BTreeSet<String> = definitions.map(|definition| definition.alias.name.to_lowercase()).collect();
    transform_all(tree, &|node| Ok(located(node, database, |table| !defined.contains(table))))
}

/// A table with its database and in lower case, if it is one that is meant; anything else as it is.
fn located(mut node: Expression, database: &str, is_meant: impl Fn(&str) -> bool) -> Expression {
    if let Expression::Table(table) = &mut node {
        let name = table.name.name.to_lowercase();
        let schema = table.schema.as_ref().map(|schema| schema.name.to_lowercase());
        if schema.is_some() || is_meant(&name) {
            table.name = Identifier::quoted(name);
            table.schema = Some(Identifier::quoted(schema.unwrap_or_else(|| database.to_lowercase())));
            table.catalog = None;
        }
    }
    node
}

/// The WITH clause of a node that can have one.
fn with_clause(node: &Expression) -> Option<&With> {
    match node {
        Expression::Select(select) => select.with.as_ref(),
        Expression::Union(union) => union.with.as_ref(),
        Expression::Intersect(intersect) => intersect.with.as_ref(),
        Expression::Except(except) => except.with.as_ref(),
        _ => None,
    }
}

fn with_clause_mut(node: &mut Expression) -> Option<&mut With> {
    match node {
        Expression::Select(select) => select.with.as_mut(),
        Expression::Union(union) => union.with.as_mut(),
        Expression::Intersect(intersect) => intersect.with.as_mut(),
        Expression::Except(except) => except.with.as_mut(),
        _ => None,
    }
}

/// The sources of a SELECT that are tables of the catalogue, with the names that columns may be qualified by.
pub(crate) fn sources(select: &Select) -> Vec<(TableName, String)> {
    let from = select.from.iter().flat_map(|from| from.expressions.iter());
    let nodes = from.chain(select.joins.iter().map(|join| &join.this));
    let source = |node: &Expression| {
        let Expression::Table(table) = node else { return None };
        let name = of_catalog(node)?;
        let alias = table.alias.as_ref().map_or_else(|| name.name.clone(), |alias| alias.name.to_lowercase());
        Some((name, alias))
    };
    nodes.filter_map(source).collect()
}

fn show_tables(words: &[&str], database: &str) -> Option<Statement> {
    let (database, rest) = match words {
        [word, name, rest @ ..] if matches!(word.to_lowercase().as_str(), "in" | "from") => (unquoted(name), rest),
        rest => (database.to_lowercase(), rest),
    };
    match rest {
        [] => Some(Statement::ShowTables { database, pattern: None }),
        [pattern] if pattern.starts_with('\'') => {
            Some(Statement::ShowTables { database, pattern: Some(pattern.trim_matches('\'').to_lowercase()) })
        }
        _ => None,
    }
}

/// `table`, `database.table` or `awsdatacatalog.database.table`, quoted or not.
fn table_name(text: &str, database: &str) -> TableName {
    let mut parts: Vec<String> = text.split('.').map(unquoted).collect();
    if parts.len() == 3 && parts[0] == CATALOG {
        parts.remove(0);
    }
    let name = parts.pop().unwrap_or_default();
    TableName { database: parts.pop().unwrap_or_else(|| database.to_lowercase()), name }
}

fn unquoted(text: &str) -> String {
    text.trim_matches(['`', '"', '\'']).to_lowercase()
}

/// The text without the comments that it begins with.
fn without_comments(sql: &str) -> String {
    let mut rest = sql.trim_start();
    loop {
        let after = match (rest.strip_prefix("--"), rest.strip_prefix("/*")) {
            (Some(comment), _) => comment.split_once('\n').map_or("", |(_, after)| after),
            (_, Some(comment)) => comment.split_once("*/").map_or("", |(_, after)| after),
            _ => return rest.to_owned(),
        };
        rest = after.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &str) {
        let answer = match read(sql, "Web") {
            Ok(Statement::Query(_, tables)) => tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer, expected, "{sql}");
    }

    #[test]
    fn tables_are_found_where_they_are_named() {
        check("select 1", "");
        check("SELECT * FROM Orders;", "web.orders");
        check(
            "-- note\nselect * from \"AwsDataCatalog\".\"Shop\".\"Orders\" o, b.c join d on true",
            "b.c shop.orders web.d",
        );
        check("with x as (select * from a) select * from x where y in (select y from z)", "web.a web.z");
        check("with a as (select * from a) select * from a union all select * from b", "web.a web.b");
        check("with a as (select * from b), b as (select 1) select * from a, b", "web.b");
        check("with r(n) as (select 1) select * from r", "");
        check("(select * from a)", "web.a");
    }

    #[test]
    fn other_statements_are_read_or_refused() {
        check("show tables in shop 'o*'", "ShowTables { database: \"shop\", pattern: Some(\"o*\") }");
        check("DESCRIBE `Shop`.`Orders`", "Describe(TableName { database: \"shop\", name: \"orders\" })");
        check("SHOW PARTITIONS orders", "ShowPartitions(TableName { database: \"web\", name: \"orders\" })");
        for sql in [
            "drop table a",
            "insert into a select 1",
            "create table a as select 1",
            "msck repair table a",
            "with x as (select 1) delete from a",
            "",
        ] {
            assert!(matches!(read(sql, "web"), Err(Error::NotReadOnly { .. } | Error::Syntax { .. })), "{sql}");
        }
        assert!(matches!(read("select 1; select 2", "web"), Err(Error::Syntax { .. })));
        assert!(matches!(read("select from where", "web"), Err(Error::Syntax { .. })));
    }
}
