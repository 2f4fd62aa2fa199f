//! Statements that are not queries: transactions, locks, session parameters, maintenance.

use super::catalog::Catalog;
use super::cursor::Cursor;
use super::error::SqlError;
use super::names::{quoted, quoted_relation};
use super::privileges;
use super::query;
use super::statement::{ObjectKind, Relation, Statement, StatementKind};

impl Statement {
    /// A statement that the engine carries out itself.
    pub(super) fn bare(kind: StatementKind) -> Self {
        Self { kind, sql: Vec::new(), reads: Vec::new(), writes: Vec::new() }
    }

    /// A statement that changes relations.
    pub(super) fn writing(kind: StatementKind, mut writes: Vec<Relation>, sql: Vec<String>) -> Self {
        writes.sort();
        writes.dedup();
        Self { kind, sql, reads: Vec::new(), writes }
    }
}

/// Everything that does not begin with SELECT, INSERT, CREATE and the like.
pub(super) fn command(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    let Some(word) = cursor.word() else { return Err(cursor.unexpected()) };
    cursor.advance();
    match word.as_str() {
        "begin" | "start" => begin(cursor, &word),
        "commit" | "end" => finish(cursor, StatementKind::Commit),
        "rollback" | "abort" => finish(cursor, StatementKind::Rollback),
        "lock" => lock(cursor),
        "truncate" => truncate(cursor),
        "set" => set(cursor),
        "reset" => reset(cursor),
        "show" => show(cursor),
        "vacuum" => vacuum(cursor),
        "analyze" | "analyse" => analyze(cursor),
        "grant" | "revoke" => privileges::grant(cursor, &word),
        "comment" => comment(cursor),
        "refresh" => refresh(cursor),
        "copy" => copy(cursor),
        "unload" => unload(cursor, catalog),
        "call" | "declare" | "fetch" | "close" | "prepare" | "execute" | "deallocate" | "cancel" | "use" | "desc" => {
            Err(SqlError::unsupported(word.to_uppercase()))
        }
        _ => {
            cursor.seek(cursor.position() - 1);
            Err(cursor.unexpected())
        }
    }
}

fn begin(cursor: &mut Cursor<'_>, word: &str) -> Result<Statement, SqlError> {
    if word == "start" {
        cursor.expect(&["transaction"])?;
    } else if !cursor.eat(&["work"]) {
        cursor.eat(&["transaction"]);
    }
    loop {
        if cursor.eat(&["isolation", "level"]) {
            let known = cursor.eat(&["serializable"])
                || cursor.eat(&["read", "committed"])
                || cursor.eat(&["read", "uncommitted"])
                || cursor.eat(&["repeatable", "read"])
                || cursor.eat(&["snapshot"]);
            if !known {
                return Err(cursor.unexpected());
            }
        } else if !(cursor.eat(&["read", "write"]) || cursor.eat(&["read", "only"]) || cursor.eat(&[","])) {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(Statement::bare(StatementKind::Begin))
}

fn finish(cursor: &mut Cursor<'_>, kind: StatementKind) -> Result<Statement, SqlError> {
    if !cursor.eat(&["work"]) {
        cursor.eat(&["transaction"]);
    }
    cursor.expect_end()?;
    Ok(Statement::bare(kind))
}

fn lock(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.eat(&["table"]);
    let tables = cursor.relations()?;
    cursor.expect_end()?;
    Ok(Statement::writing(StatementKind::Lock { tables: tables.clone() }, tables, Vec::new()))
}

/// TRUNCATE commits before and after, so the engine runs this outside the transaction.
fn truncate(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.eat(&["table"]);
    let table = cursor.relation()?;
    cursor.expect_end()?;
    let sql = format!("DELETE FROM {}", quoted_relation(&table));
    Ok(Statement::writing(StatementKind::Truncate, vec![table], vec![sql]))
}

/// A parameter's name: `a` or `a.b` for a session context variable.
fn parameter(cursor: &mut Cursor<'_>) -> Result<String, SqlError> {
    let mut name = cursor.identifier()?;
    while cursor.eat(&["."]) {
        name = format!("{name}.{}", cursor.identifier()?);
    }
    Ok(name)
}

fn set(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    if !cursor.eat(&["session"]) {
        cursor.eat(&["local"]);
    }
    if cursor.eat(&["transaction"]) || cursor.is("authorization") {
        return Err(SqlError::unsupported("SET SESSION AUTHORIZATION and SET TRANSACTION"));
    }
    let (name, assigned) = if cursor.eat(&["time", "zone"]) {
        ("timezone".to_string(), true)
    } else {
        let name = parameter(cursor)?;
        (name, cursor.eat(&["to"]) || cursor.eat(&["="]))
    };
    if !assigned {
        return Err(cursor.unexpected());
    }
    if cursor.eat(&["default"]) {
        cursor.expect_end()?;
        return Ok(Statement::bare(StatementKind::Set { name, value: None }));
    }
    let mut values = Vec::new();
    loop {
        let negative = if cursor.eat(&["-"]) { "-" } else { "" };
        let token = cursor.peek().ok_or_else(|| cursor.unexpected())?;
        let text = token.text.clone();
        let is_value =
            text.chars().any(|c| c.is_alphanumeric() || c == '$') || cursor.raw(cursor.position()).starts_with('\'');
        if !is_value {
            return Err(cursor.unexpected());
        }
        // a name that is no plain identifier is shown in double quotes
        values.push(if text.starts_with('$') { quoted(&text) } else { format!("{negative}{text}") });
        cursor.advance();
        if !cursor.eat(&[","]) {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(Statement::bare(StatementKind::Set { name, value: Some(values.join(", ")) }))
}

fn reset(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    let name = parameter(cursor)?;
    cursor.expect_end()?;
    Ok(Statement::bare(StatementKind::Reset { name: (name != "all").then_some(name) }))
}

fn show(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    let name = if cursor.eat(&["time", "zone"]) { "timezone".to_string() } else { parameter(cursor)? };
    if !cursor.is_at_end() {
        return Err(SqlError::unsupported(format!("SHOW {}", name.to_uppercase())));
    }
    Ok(Statement::bare(StatementKind::Show { name }))
}

fn vacuum(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    for words in [&["full"][..], &["sort", "only"], &["delete", "only"], &["reindex"], &["recluster"]] {
        if cursor.eat(words) {
            break;
        }
    }
    let tables = if cursor.is_at_end() || cursor.is("to") { Vec::new() } else { vec![cursor.relation()?] };
    if cursor.eat(&["to"]) {
        cursor.integer()?;
        cursor.expect(&["percent"])?;
    }
    cursor.eat(&["boost"]);
    cursor.expect_end()?;
    Ok(Statement::writing(StatementKind::Vacuum, tables, Vec::new()))
}

fn analyze(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    if cursor.is("compression") {
        return Err(SqlError::unsupported("ANALYZE COMPRESSION"));
    }
    cursor.eat(&["verbose"]);
    let reads = if cursor.is_at_end() { Vec::new() } else { vec![cursor.relation()?] };
    if cursor.is("(") {
        cursor.skip_group()?;
    }
    if !cursor.eat(&["predicate", "columns"]) {
        cursor.eat(&["all", "columns"]);
    }
    cursor.expect_end()?;
    Ok(Statement { reads, ..Statement::bare(StatementKind::Analyze) })
}

fn comment(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.expect(&["on"])?;
    while !cursor.is_at_end() && !cursor.is("is") {
        cursor.advance();
    }
    cursor.expect(&["is"])?;
    cursor.advance();
    cursor.expect_end()?;
    Ok(Statement::bare(StatementKind::Comment))
}

/// Materialized views are kept as views, so they are always fresh.
fn refresh(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.expect(&["materialized", "view"])?;
    let view = cursor.relation()?;
    if !cursor.eat(&["restrict"]) {
        cursor.eat(&["cascade"]);
    }
    cursor.expect_end()?;
    Ok(Statement::writing(StatementKind::Refresh, vec![view], Vec::new()))
}

fn copy(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    if cursor.are(&["job"]) {
        return Err(SqlError::unsupported("COPY JOB"));
    }
    let table = cursor.relation()?;
    Ok(Statement::writing(StatementKind::Copy, vec![table], Vec::new()))
}

fn unload(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    cursor.expect(&["("])?;
    let query = cursor.peek().map(|token| token.text.clone()).ok_or_else(|| cursor.unexpected())?;
    cursor.advance();
    cursor.expect(&[")", "to"])?;
    let translated = query::text(&query, catalog)?;
    Ok(Statement { reads: translated.reads, ..Statement::bare(StatementKind::Unload) })
}

/// `CREATE SCHEMA`, from its first word.
pub(super) fn create_schema(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.expect(&["create", "schema"])?;
    let if_not_exists = cursor.eat(&["if", "not", "exists"]);
    let name = if cursor.eat(&["authorization"]) {
        cursor.identifier()?
    } else {
        let name = cursor.identifier()?;
        if cursor.eat(&["authorization"]) {
            cursor.identifier()?;
        }
        name
    };
    if cursor.eat(&["quota"]) && !cursor.eat(&["unlimited"]) {
        cursor.integer()?;
        cursor.identifier()?;
    }
    cursor.expect_end()?;
    let sql = format!("CREATE SCHEMA {}{}", if if_not_exists { "IF NOT EXISTS " } else { "" }, quoted(&name));
    Ok(Statement::writing(StatementKind::CreateSchema { name, if_not_exists }, Vec::new(), vec![sql]))
}

/// `DROP ...`, from its first word.
pub(super) fn drop_object(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.expect(&["drop"])?;
    if cursor.eat(&["function"]) {
        return super::user_functions::drop_function(cursor);
    }
    if cursor.is("user") {
        return privileges::drop_user(cursor);
    }
    let object = if cursor.eat(&["table"]) {
        ObjectKind::Table
    } else if cursor.eat(&["view"]) {
        ObjectKind::View
    } else if cursor.eat(&["materialized", "view"]) {
        ObjectKind::MaterializedView
    } else if cursor.eat(&["schema"]) {
        ObjectKind::Schema
    } else {
        return Err(SqlError::unsupported(format!("DROP {}", cursor.raw(1).to_uppercase())));
    };
    let if_exists = cursor.eat(&["if", "exists"]);
    let names = cursor.relations()?;
    let cascade = cursor.eat(&["cascade"]);
    if !cascade {
        cursor.eat(&["restrict"]);
    }
    cursor.expect_end()?;
    let word = match object {
        ObjectKind::Table => "TABLE",
        ObjectKind::View | ObjectKind::MaterializedView => "VIEW",
        ObjectKind::Schema => "SCHEMA",
    };
    let sql = names.iter().map(|name| {
        format!(
            "DROP {word} {}{}{}",
            if if_exists { "IF EXISTS " } else { "" },
            quoted_relation(name),
            if cascade { " CASCADE" } else { "" }
        )
    });
    let sql = sql.collect();
    Ok(Statement::writing(StatementKind::Drop { object, if_exists, cascade }, names, sql))
}
