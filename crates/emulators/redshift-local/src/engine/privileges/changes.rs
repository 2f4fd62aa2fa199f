//! CREATE USER, DROP USER, GRANT and REVOKE, and what other statements change in the privileges.

use duckdb::{Connection, OptionalExt};

use super::store::{
    ADMIN, EVERYBODY, Kind, OWNER, PRIVILEGES, USERS, exists, failed, full_name, restricted, schema_of,
};
use crate::engine::catalog::Catalog;
use crate::engine::errors::Failure;
use crate::engine::identifiers::quoted;
use crate::engine::session::Session;
use redshift_dialect::{Grant, GrantObjects, Grantee, Relation, Statement, StatementKind};

/// Carries out CREATE USER.
pub(crate) fn create_user(session: &mut Session, name: &str) -> Result<(), Failure> {
    session.begin(true)?;
    if name == EVERYBODY {
        return Err(Failure::error(format!("user name \"{name}\" is reserved")));
    }
    if name == ADMIN || exists(&session.connection, name)? {
        return Err(Failure::error(format!("user \"{name}\" already exists")));
    }
    execute(&session.connection, &format!("insert into {USERS} values ({})", quoted(name)))
}

/// Carries out DROP USER. A user that owns anything or may do anything stays.
pub(crate) fn drop_user(session: &mut Session, names: &[String], if_exists: bool) -> Result<(), Failure> {
    session.begin(true)?;
    for name in names {
        if !exists(&session.connection, name)? {
            if if_exists {
                continue;
            }
            return Err(Failure::error(format!("user \"{name}\" does not exist")));
        }
        let sql = format!("select 1 from {PRIVILEGES} where grantee = ? limit 1");
        let used = session.connection.query_row(&sql, [name], |_| Ok(())).optional().map_err(|e| failed(&e))?;
        if used.is_some() {
            return Err(Failure::error(format!(
                "user \"{name}\" cannot be dropped because the user has a privilege on some object"
            )));
        }
        execute(&session.connection, &format!("delete from {USERS} where name = {}", quoted(name)))?;
    }
    Ok(())
}

/// Carries out GRANT and REVOKE.
pub(crate) fn grant(session: &mut Session, database: &str, grant: &Grant) -> Result<(), Failure> {
    session.begin(true)?;
    let (kind, names) = objects(&session.catalog(), database, &grant.on)?;
    for grantee in &grant.grantees {
        let grantee = match grantee {
            Grantee::Public => EVERYBODY,
            Grantee::User(name) if exists(&session.connection, name)? => name,
            Grantee::User(name) => return Err(Failure::error(format!("user \"{name}\" does not exist"))),
        };
        for name in &names {
            for privilege in &grant.privileges {
                write(&session.connection, grant.revoke, [grantee, kind.word(), name, privilege])?;
            }
        }
    }
    Ok(())
}

fn write(connection: &Connection, revoke: bool, row: [&str; 4]) -> Result<(), Failure> {
    let [grantee, kind, name, privilege] = row.map(quoted);
    let this = format!("grantee = {grantee} and kind = {kind} and name = {name} and privilege = {privilege}");
    if revoke {
        return execute(connection, &format!("delete from {PRIVILEGES} where {this}"));
    }
    let absent = format!("not exists (select 1 from {PRIVILEGES} where {this})");
    execute(
        connection,
        &format!("insert into {PRIVILEGES} select {grantee}, {kind}, {name}, {privilege} where {absent}"),
    )
}

/// The objects of a GRANT by their full names; one that is not there is an error.
fn objects(catalog: &Catalog<'_>, database: &str, on: &GrantObjects) -> Result<(Kind, Vec<String>), Failure> {
    let is_there = |name: &String| match is_schema(catalog.connection, name)? {
        true => Ok(()),
        false => Err(Failure::error(format!("schema \"{name}\" does not exist"))),
    };
    match on {
        GrantObjects::Tables(relations) => {
            let names = relations.iter().map(|relation| catalog.existing(relation).map(|table| full_name(&table)));
            Ok((Kind::Relation, names.collect::<Result<_, _>>()?))
        }
        GrantObjects::TablesOf(schemas) => {
            schemas.iter().try_for_each(is_there)?;
            let schemas = schemas.iter().map(|schema| quoted(schema)).collect::<Vec<_>>().join(", ");
            let names = strings(
                catalog.connection,
                &format!("select name from ({RELATIONS}) where schema_name in ({schemas})"),
            )?;
            Ok((Kind::Relation, names))
        }
        GrantObjects::Schemas(schemas) => {
            schemas.iter().try_for_each(is_there)?;
            Ok((Kind::Schema, schemas.clone()))
        }
        GrantObjects::Databases(names) => match names.iter().find(|name| *name != database) {
            Some(unknown) => Err(Failure::error(format!("database \"{unknown}\" does not exist"))),
            None => Ok((Kind::Database, names.clone())),
        },
    }
}

fn is_schema(connection: &Connection, name: &str) -> Result<bool, Failure> {
    Ok(!strings(connection, &format!("select name from ({SCHEMAS}) where name = {}", quoted(name)))?.is_empty())
}

/// All schemas that are there.
const SCHEMAS: &str = "select schema_name as name from duckdb_schemas() where database_name = 'redshift_local'";

/// All tables and views that are there.
const RELATIONS: &str = "select schema_name, schema_name || '.' || table_name as name from duckdb_tables() where database_name = 'redshift_local' \
     union all select schema_name, schema_name || '.' || view_name from duckdb_views() where database_name = 'redshift_local'";

/// An object that a statement will create, and whose it will be.
pub(crate) struct Creation {
    owner: String,
    kind: Kind,
    name: String,
}

/// What a statement will create; `None` where it is there already, lasts only as long as the session, or is the admin's, of whom
/// nothing is kept.
pub(crate) fn creation(
    catalog: &Catalog<'_>,
    user: Option<&str>,
    statement: &Statement,
) -> Result<Option<Creation>, Failure> {
    let (kind, name) = match (&statement.kind, statement.writes.first()) {
        (StatementKind::CreateSchema { name, .. }, _) if !is_schema(catalog.connection, name)? => {
            (Kind::Schema, name.clone())
        }
        (StatementKind::CreateTable(create), _) if create.temporary => return Ok(None),
        (StatementKind::CreateTableAs { temporary: true }, _) => return Ok(None),
        (
            StatementKind::CreateTable(_) | StatementKind::CreateTableAs { .. } | StatementKind::CreateView { .. },
            Some(relation),
        ) if catalog.find(relation).is_none() => {
            (Kind::Relation, format!("{}.{}", schema_of(catalog, relation), relation.name))
        }
        _ => return Ok(None),
    };
    Ok(restricted(catalog.connection, user)?.map(|owner| Creation { owner, kind, name }))
}

/// Lets the privileges follow a statement that was run: a new object is its creator's, a renamed one keeps its privileges, and those on
/// what is gone are gone.
pub(crate) fn follow(catalog: &Catalog<'_>, statement: &Statement, created: Option<&Creation>) -> Result<(), Failure> {
    if let Some(Creation { owner, kind, name }) = created {
        write(catalog.connection, false, [owner, kind.word(), name, OWNER])?;
    }
    match (&statement.kind, statement.writes.first()) {
        (StatementKind::Drop { .. }, _) => {
            let gone = [("relation", RELATIONS), ("schema", SCHEMAS)]
                .map(|(kind, those)| format!("kind = '{kind}' and name not in (select name from ({those}))"));
            execute(catalog.connection, &format!("delete from {PRIVILEGES} where ({}) or ({})", gone[0], gone[1]))
        }
        (StatementKind::AlterRename { to }, Some(relation)) => {
            let renamed = catalog.find(&Relation { schema: relation.schema.clone(), name: to.clone() });
            let Some(schema) = renamed.filter(|table| !table.temporary).map(|table| table.schema) else {
                return Ok(());
            };
            let (old, new) = (quoted(&format!("{schema}.{}", relation.name)), quoted(&format!("{schema}.{to}")));
            execute(
                catalog.connection,
                &format!("update {PRIVILEGES} set name = {new} where kind = 'relation' and name = {old}"),
            )
        }
        _ => Ok(()),
    }
}

fn strings(connection: &Connection, sql: &str) -> Result<Vec<String>, Failure> {
    let mut statement = connection.prepare(sql).map_err(|error| failed(&error))?;
    let rows = statement.query_map([], |row| row.get(0)).map_err(|error| failed(&error))?;
    rows.collect::<Result<_, _>>().map_err(|error| failed(&error))
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Failure> {
    connection.execute_batch(sql).map_err(|error| failed(&error))
}
