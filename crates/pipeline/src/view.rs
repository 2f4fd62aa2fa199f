//! `views/*.sql`: one late-binding view each.

use sqlparser::tokenizer::Token;

use crate::ddl::check_schema;
use crate::model::{TableRef, View};
use crate::problem::{Collector, Text};
use crate::query::{self, Names};
use crate::sql::{SqlError, Statement};

/// A view and the names in its query.
#[derive(Debug)]
pub(crate) struct ViewFile<'a> {
    pub(crate) view: View,
    pub(crate) statement: Statement<'a>,
    pub(crate) names: Names,
    /// The names of its columns, if all are written.
    pub(crate) columns: Option<Vec<String>>,
}

/// Reads a file of `views/`. When that fails, the view's name is returned if it was understood.
pub(crate) fn read<'a>(file: Text<'a>, out: &mut Collector) -> Result<ViewFile<'a>, Option<TableRef>> {
    let mut name = None;
    parse(file, &mut name).map_err(|error| {
        error.report(&file, out);
        name
    })
}

fn parse<'a>(file: Text<'a>, understood: &mut Option<TableRef>) -> Result<ViewFile<'a>, SqlError> {
    const BINDING: [&str; 4] = ["with", "no", "schema", "binding"];
    let statement = Statement::read(file)?;
    let mut cursor = statement.cursor();
    let only = || {
        SqlError::new(
            0,
            "a file in views/ is one CREATE OR REPLACE VIEW schema.view AS SELECT ... WITH NO SCHEMA BINDING",
        )
    };
    if !cursor.take_words("create") {
        return Err(SqlError { offset: cursor.offset(), ..only() });
    }
    cursor.take_words("or replace");
    if cursor.take_words("materialized") {
        return Err(SqlError::new(cursor.offset(), "a materialized view binds to its tables")
            .help("write CREATE OR REPLACE VIEW"));
    }
    if !cursor.take_words("view") {
        return Err(SqlError { offset: cursor.offset(), ..only() });
    }
    let (name, offset) = cursor.table_name("the view's name")?;
    *understood = Some(name.clone());
    check_schema(&name, offset)?;
    let columns = if cursor.is_next(&Token::LParen) {
        Some(cursor.names_in_parentheses()?.into_iter().map(|(column, _)| column).collect())
    } else {
        None
    };
    cursor.expect_words("as")?;
    let end = statement.tokens.len().saturating_sub(BINDING.len()).max(cursor.at);
    let mut binding = cursor.clone();
    binding.at = end;
    if !binding.take_words(&BINDING.join(" ")) {
        return Err(SqlError::new(statement.end(), "WITH NO SCHEMA BINDING is missing at the end")
            .help("add it: the view then survives when a table that it reads is made anew"));
    }
    let names = query::read(&statement, &statement.tokens[cursor.at..end])?;
    let columns = columns.or_else(|| names.outputs.clone());
    let view = View { name, sql: statement.text(), path: file.path.to_owned() };
    Ok(ViewFile { view, statement, names, columns })
}

#[cfg(test)]
mod tests;
