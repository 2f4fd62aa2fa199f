//! Functions that a user writes in SQL.

use crate::catalog::Catalog;
use crate::cursor::Cursor;
use crate::error::SqlError;
use crate::names::quoted;
use crate::query;
use crate::statement::{Statement, StatementKind};
use crate::tables::read_type;

/// `CREATE [OR REPLACE] FUNCTION name(type, ...) RETURNS type ... AS $$ SELECT ... $$ LANGUAGE sql`.
pub(crate) fn create_function(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    cursor.expect(&["create"])?;
    let replace = cursor.eat(&["or", "replace"]);
    cursor.expect(&["function"])?;
    let name = cursor.relation()?.name;
    cursor.expect(&["("])?;
    let mut count = 0;
    while !cursor.eat(&[")"]) {
        if count > 0 {
            cursor.expect(&[","])?;
        }
        read_type(cursor)?;
        count += 1;
    }
    cursor.expect(&["returns"])?;
    let returns = read_type(cursor)?;
    if !(cursor.eat(&["stable"]) || cursor.eat(&["immutable"])) {
        cursor.expect(&["volatile"])?;
    }
    cursor.expect(&["as"])?;
    let body = cursor.peek().map(|token| token.text.clone()).ok_or_else(|| cursor.unexpected())?;
    cursor.advance();
    cursor.expect(&["language"])?;
    if !cursor.eat(&["sql"]) {
        return Err(SqlError::unsupported(format!("functions in {}", cursor.rest())));
    }
    cursor.expect_end()?;
    let body = (1..=count).rev().fold(body, |body, n| body.replace(&format!("${n}"), &format!("argument_{n}")));
    let body = query::text(&body, catalog)?;
    let arguments: Vec<String> = (1..=count).map(|n| format!("argument_{n}")).collect();
    let sql = format!(
        "CREATE {}MACRO {}({}) AS CAST(({}) AS {})",
        if replace { "OR REPLACE " } else { "" },
        quoted(&name),
        arguments.join(", "),
        body.sql,
        returns.duckdb_type()
    );
    Ok(Statement::writing(StatementKind::Function, Vec::new(), vec![sql]))
}

/// `DROP FUNCTION name(type, ...)`, behind its second word.
pub(crate) fn drop_function(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    let name = cursor.relation()?.name;
    cursor.skip_group()?;
    if !cursor.eat(&["cascade"]) {
        cursor.eat(&["restrict"]);
    }
    cursor.expect_end()?;
    Ok(Statement::writing(StatementKind::Function, Vec::new(), vec![format!("DROP MACRO {}", quoted(&name))]))
}
