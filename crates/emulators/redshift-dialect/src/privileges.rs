//! Users and what they may do: CREATE USER, DROP USER, GRANT, REVOKE.

use super::cursor::Cursor;
use super::error::SqlError;
use super::statement::{Grant, GrantObjects, Grantee, Statement, StatementKind};

/// `CREATE USER`, from its first word.
pub(super) fn create_user(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.expect(&["create", "user"])?;
    let name = cursor.identifier()?;
    cursor.eat(&["with"]);
    cursor.expect(&["password"])?;
    // A text or DISABLE: nobody signs in here, so nothing is kept of it.
    cursor.advance();
    if !cursor.is_at_end() {
        return Err(SqlError::unsupported(format!("CREATE USER {}", cursor.raw(cursor.position()).to_uppercase())));
    }
    Ok(Statement::bare(StatementKind::CreateUser { name }))
}

/// `DROP USER`, after its first word.
pub(super) fn drop_user(cursor: &mut Cursor<'_>) -> Result<Statement, SqlError> {
    cursor.expect(&["user"])?;
    let if_exists = cursor.eat(&["if", "exists"]);
    let names = cursor.list(Cursor::identifier)?;
    cursor.expect_end()?;
    Ok(Statement::bare(StatementKind::DropUser { names, if_exists }))
}

/// `GRANT` and `REVOKE`, after the word.
pub(super) fn grant(cursor: &mut Cursor<'_>, word: &str) -> Result<Statement, SqlError> {
    let revoke = word == "revoke";
    if revoke && cursor.eat(&["grant", "option", "for"]) {
        return Err(SqlError::unsupported("GRANT OPTION"));
    }
    let named = cursor.list(Cursor::identifier)?;
    if named.iter().any(|name| name == "all") {
        cursor.eat(&["privileges"]);
    }
    if cursor.is("(") {
        return Err(SqlError::unsupported("privileges on columns"));
    }
    cursor.expect(&["on"])?;
    let on = objects(cursor)?;
    let privileges = privileges(named, &on)?;
    cursor.expect(&[if revoke { "from" } else { "to" }])?;
    let grantees = cursor.list(grantee)?;
    if cursor.eat(&["with", "grant", "option"]) {
        return Err(SqlError::unsupported("GRANT OPTION"));
    }
    if revoke && !cursor.eat(&["restrict"]) {
        cursor.eat(&["cascade"]);
    }
    cursor.expect_end()?;
    Ok(Statement::bare(StatementKind::Grant(Grant { revoke, privileges, on, grantees })))
}

fn objects(cursor: &mut Cursor<'_>) -> Result<GrantObjects, SqlError> {
    if cursor.eat(&["all", "tables", "in", "schema"]) {
        return Ok(GrantObjects::TablesOf(cursor.list(Cursor::identifier)?));
    }
    if cursor.eat(&["schema"]) {
        return Ok(GrantObjects::Schemas(cursor.list(Cursor::identifier)?));
    }
    if cursor.eat(&["database"]) {
        return Ok(GrantObjects::Databases(cursor.list(Cursor::identifier)?));
    }
    for other in ["all", "external", "function", "procedure", "language", "copy", "model", "datashare"] {
        if cursor.is(other) {
            return Err(SqlError::unsupported(format!("privileges on {}", other.to_uppercase())));
        }
    }
    cursor.eat(&["table"]);
    Ok(GrantObjects::Tables(cursor.relations()?))
}

/// The privileges by their full names; those that the objects do not have are errors.
fn privileges(named: Vec<String>, on: &GrantObjects) -> Result<Vec<String>, SqlError> {
    let known = on.privileges();
    let mut privileges = Vec::new();
    for name in named {
        match name.as_str() {
            "all" => privileges.extend(known.iter().map(ToString::to_string)),
            "temp" if known.contains(&"temporary") => privileges.push("temporary".to_owned()),
            name if known.contains(&name) => privileges.push(name.to_owned()),
            name => return Err(SqlError::unsupported(format!("privilege {} on these objects", name.to_uppercase()))),
        }
    }
    Ok(privileges)
}

fn grantee(cursor: &mut Cursor<'_>) -> Result<Grantee, SqlError> {
    if cursor.eat(&["public"]) {
        return Ok(Grantee::Public);
    }
    if cursor.eat(&["group"]) || cursor.eat(&["role"]) {
        return Err(SqlError::unsupported("privileges of groups and roles"));
    }
    Ok(Grantee::User(cursor.identifier()?))
}
