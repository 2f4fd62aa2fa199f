//! The tables and columns that a query names, held against those that exist.
//!
//! What cannot be decided without the warehouse is let through: tables of schemas that no pipeline has, columns of unnamed expressions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, SetExpr, TableAlias, TableFactor, Visit, Visitor};
use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::catalog::{Catalog, Found};
use crate::model::TableRef;
use crate::problem::{Collector, nearest};
use crate::sql::{SqlError, SqlToken, Statement, sentence};

/// The names in a query.
#[derive(Debug, Default)]
pub(crate) struct Names {
    relations: Vec<Relation>,
    /// Common table expressions, derived tables and functions: names whose columns are not looked up.
    opaque: BTreeSet<String>,
    ctes: BTreeSet<String>,
    /// Names that the query gives to columns.
    aliases: BTreeSet<String>,
    columns: Vec<(Vec<String>, usize)>,
    /// The names of the result's columns; `None` when one of them is not written.
    pub(crate) outputs: Option<Vec<String>>,
    /// How many columns the result has; `None` when a `*` hides that.
    pub(crate) width: Option<usize>,
}

#[derive(Debug)]
struct Relation {
    parts: Vec<String>,
    alias: Option<String>,
    offset: usize,
}

/// Words where a column could stand that are not columns: parts of dates in DATEADD and its like, and values without parentheses.
const NO_COLUMNS: [&str; 52] = [
    "c",
    "cent",
    "cents",
    "century",
    "centuries",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "d",
    "day",
    "dayofweek",
    "dayofyear",
    "days",
    "decade",
    "decades",
    "dow",
    "doy",
    "dw",
    "epoch",
    "h",
    "hour",
    "hours",
    "hr",
    "m",
    "microsecond",
    "microseconds",
    "millisecond",
    "milliseconds",
    "min",
    "minute",
    "minutes",
    "mon",
    "month",
    "months",
    "ms",
    "qtr",
    "quarter",
    "quarters",
    "s",
    "sec",
    "second",
    "seconds",
    "session_user",
    "sysdate",
    "us",
    "user",
    "w",
    "week",
    "y",
    "year",
    "years",
];

/// Reads the query that the tokens are.
pub(crate) fn read(statement: &Statement<'_>, tokens: &[SqlToken]) -> Result<Names, SqlError> {
    let end = tokens.last().map_or(0, |token| token.bytes.end);
    let mut parser_tokens = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        if !is_approximate(token, tokens.get(index + 1)) {
            parser_tokens.push(token.token.clone());
        }
    }
    let dialect = RedshiftSqlDialect {};
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(parser_tokens);
    let query = parser.parse_query().map_err(|error| parser_error(statement, &error, end))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(SqlError::new(
            statement.offset(next.span.start),
            format!("expected the query's end, found \"{next}\"", next = next.token),
        ));
    }
    let mut names = Reader { statement, names: Names::default() };
    let _ = query.visit(&mut names);
    let mut names = names.names;
    (names.outputs, names.width) = outputs(&query.body);
    Ok(names)
}

impl Names {
    /// The tables and views that the query reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = TableRef> {
        self.relations.iter().filter_map(Relation::table)
    }

    /// Reports names that do not exist.
    pub(crate) fn check(&self, statement: &Statement<'_>, catalog: &Catalog, out: &mut Collector) {
        for relation in &self.relations {
            self.check_relation(relation, statement, catalog, out);
        }
        for (parts, offset) in &self.columns {
            let (columns, table) = match parts.as_slice() {
                [name] => (self.all_columns(catalog).filter(|_| !NO_COLUMNS.contains(&name.as_str())), None),
                [qualifier, _] => self.columns_of(qualifier, catalog),
                [schema, table, _] => columns(&TableRef { schema: schema.clone(), name: table.clone() }, catalog),
                _ => (None, None),
            };
            let (Some(columns), Some(name)) = (columns, parts.last()) else { continue };
            if !columns.contains(name) {
                let message = match table {
                    Some(table) => format!("{table} has no column \"{name}\""),
                    None => format!("none of the tables that are read has a column \"{name}\""),
                };
                out.add(&statement.file, *offset, message, nearest(name, columns.iter().map(String::as_str)));
            }
        }
    }

    fn check_relation(&self, relation: &Relation, statement: &Statement<'_>, catalog: &Catalog, out: &mut Collector) {
        match relation.parts.as_slice() {
            [name] if self.ctes.contains(name) => {}
            [name] => {
                let message = format!("\"{name}\" has no schema");
                let full = catalog.names().find(|table| table.name == *name);
                let full = full.map_or_else(|| format!("schema.{name}"), TableRef::to_string);
                out.add(&statement.file, relation.offset, message, Some(format!("write {full}")));
            }
            // A nested value of a row, as in `FROM sales.orders AS o, o.lines AS l`.
            [schema, _] if self.is_alias(schema) => {}
            [schema, name] => {
                let table = TableRef { schema: schema.clone(), name: name.clone() };
                if let Some(help) = catalog.why_unknown(&table) {
                    out.add(&statement.file, relation.offset, format!("there is no table or view {table}"), help);
                }
            }
            _ => {}
        }
    }

    fn is_alias(&self, name: &str) -> bool {
        self.opaque.contains(name) || self.relations.iter().any(|r| r.alias.as_deref() == Some(name))
    }

    /// The columns of what the qualifier stands for, if that is certain.
    fn columns_of(&self, qualifier: &str, catalog: &Catalog) -> (Option<BTreeSet<String>>, Option<TableRef>) {
        if self.opaque.contains(qualifier) || self.ctes.contains(qualifier) {
            return (None, None);
        }
        let mut tables: Vec<TableRef> = self
            .relations
            .iter()
            .filter(|r| match &r.alias {
                Some(alias) => alias == qualifier,
                None => r.parts.last().is_some_and(|name| name == qualifier),
            })
            .filter_map(Relation::table)
            .collect();
        tables.sort();
        tables.dedup();
        match tables.as_slice() {
            [table] => columns(table, catalog),
            _ => (None, None),
        }
    }

    /// All names that a column without a table may have, if that is certain.
    fn all_columns(&self, catalog: &Catalog) -> Option<BTreeSet<String>> {
        let mut all = self.aliases.clone();
        for relation in &self.relations {
            match relation.parts.as_slice() {
                [name] if self.ctes.contains(name) => {}
                [_, _] => all.extend(columns(&relation.table()?, catalog).0?),
                _ => return None,
            }
            all.extend(relation.alias.clone());
        }
        Some(all)
    }
}

impl Relation {
    fn table(&self) -> Option<TableRef> {
        match self.parts.as_slice() {
            [schema, name] => Some(TableRef { schema: schema.clone(), name: name.clone() }),
            _ => None,
        }
    }
}

fn columns(table: &TableRef, catalog: &Catalog) -> (Option<BTreeSet<String>>, Option<TableRef>) {
    let columns = match catalog.find(table) {
        Found::Table(found) => Some(found.columns.iter().map(|column| column.name.clone()).collect()),
        Found::View(columns) => columns.map(|columns| columns.iter().cloned().collect()),
        Found::Unreadable | Found::Nothing => None,
    };
    (columns, Some(table.clone()))
}

struct Reader<'s> {
    statement: &'s Statement<'s>,
    names: Names,
}

impl Reader<'_> {
    fn offset(&self, name: &Ident) -> usize {
        self.statement.offset(name.span.start)
    }

    fn alias_columns(&mut self, alias: &TableAlias) {
        self.names.aliases.extend(alias.columns.iter().map(|column| fold(&column.name)));
    }
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.names.ctes.insert(fold(&cte.alias.name));
            self.alias_columns(&cte.alias);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.names.aliases.insert(fold(alias));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let idents: Vec<&Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
                let offset = idents.first().map_or(0, |first| self.offset(first));
                let parts = idents.into_iter().map(fold).collect();
                self.names.relations.push(Relation { parts, alias: alias.as_ref().map(|a| fold(&a.name)), offset });
                alias.iter().for_each(|alias| self.alias_columns(alias));
            }
            TableFactor::Derived { alias: Some(alias), .. } | TableFactor::Table { alias: Some(alias), .. } => {
                self.names.opaque.insert(fold(&alias.name));
                self.names.aliases.insert(fold(&alias.name));
                self.alias_columns(alias);
            }
            TableFactor::Derived { alias: None, .. } | TableFactor::NestedJoin { .. } => {}
            // PIVOT, functions and the like make columns of their own: a part without a schema makes columns undecided.
            _ => self.names.relations.push(Relation { parts: Vec::new(), alias: None, offset: 0 }),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let parts: Vec<&Ident> = match expr {
            Expr::Identifier(name) if name.quote_style == Some('\'') => Vec::new(),
            Expr::Identifier(name) => vec![name],
            Expr::CompoundIdentifier(names) => names.iter().collect(),
            _ => Vec::new(),
        };
        if let Some(last) = parts.last() {
            let offset = self.offset(last);
            self.names.columns.push((parts.into_iter().map(fold).collect(), offset));
        }
        ControlFlow::Continue(())
    }
}

/// Redshift folds names to lower case, even in double quotes.
fn fold(name: &Ident) -> String {
    name.value.to_lowercase()
}

/// The names of the result's columns, and their number.
fn outputs(body: &SetExpr) -> (Option<Vec<String>>, Option<usize>) {
    let select = match body {
        SetExpr::Select(select) => select,
        SetExpr::Query(query) => return outputs(&query.body),
        SetExpr::SetOperation { left, .. } => return outputs(left),
        _ => return (None, None),
    };
    let mut names = Some(Vec::new());
    for item in &select.projection {
        let name = match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(fold(alias)),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(fold(name)),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(fold),
            SelectItem::UnnamedExpr(_) => None,
            _ => return (None, None),
        };
        names = names.zip(name).map(|(mut names, name)| {
            names.push(name);
            names
        });
    }
    (names, Some(select.projection.len()))
}

/// `APPROXIMATE` in front of an aggregate is Redshift's own; the parser reads what follows.
fn is_approximate(token: &SqlToken, next: Option<&SqlToken>) -> bool {
    let word = |token: &TokenWithSpan| match &token.token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
        _ => String::new(),
    };
    word(&token.token) == "approximate"
        && next.is_some_and(|next| ["count", "percentile_disc"].contains(&word(&next.token).as_str()))
}

/// The parser ends its messages with the place: ` at Line: 3, Column: 5`.
fn parser_error(statement: &Statement<'_>, error: &ParserError, end: usize) -> SqlError {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => "the query is nested too deeply",
    };
    let Some((message, place)) = message.rsplit_once(" at Line: ") else {
        return SqlError::new(end, sentence(message));
    };
    let mut numbers = place.split(", Column: ").filter_map(|number| number.parse().ok());
    let offset = match (numbers.next(), numbers.next()) {
        (Some(line), Some(column)) => statement.offset(sqlparser::tokenizer::Location { line, column }),
        _ => end,
    };
    SqlError::new(offset, sentence(message))
}

/// The views with the names of their columns, where all of them are known.
pub(crate) type ViewColumns = BTreeMap<TableRef, Option<Vec<String>>>;
