//! Users, and what each may do. A user that CREATE USER made may do what was granted to it, and what it owns; every other name is
//! the admin's, who may do everything.

use duckdb::{Connection, OptionalExt, params};

use super::catalog::{DATABASE, PUBLIC, SYSTEM_SCHEMA, Table, quoted};
use super::errors::{Context, Failure, translate};
use super::run::Run;
use crate::dialect::{Grant, GrantObjects, Grantee, ObjectKind, Relation, Statement, StatementKind};

/// What the privileges of everybody are kept under; no user can have this name.
const EVERYBODY: &str = "public";

/// The privilege that an object's creator has, beside those that can be granted.
const OWNER: &str = "owner";

/// What a privilege is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Relation,
    Schema,
    Database,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::Schema => "schema",
            Self::Database => "database",
        }
    }
}

/// A user that only may do what it is allowed to.
struct Restricted<'a> {
    run: &'a Run<'a>,
    name: String,
}

/// Fails when the statement's user may not run it.
///
/// Rule: Redshift developer guide, GRANT, where UPDATE and DELETE also need SELECT on their table. LOCK is not described: it needs UPDATE or
/// DELETE, as in PostgreSQL 8.
pub(crate) fn check(run: &Run<'_>, statement: &Statement) -> Result<(), Failure> {
    let Some(user) = restricted(run)? else { return Ok(()) };
    for relation in &statement.reads {
        user.may(relation, &["select"])?;
    }
    match &statement.kind {
        StatementKind::Insert | StatementKind::Copy => user.may_on_all(&statement.writes, &["insert"]),
        StatementKind::Update => user.may_on_all(&statement.writes, &["update"]),
        StatementKind::Delete => user.may_on_all(&statement.writes, &["delete"]),
        StatementKind::Truncate => user.may_on_all(&statement.writes, &["truncate"]),
        StatementKind::Lock { tables } => user.may_on_all(tables, &["update", "delete"]),
        StatementKind::Merge => ["select", "insert", "update", "delete"]
            .iter()
            .try_for_each(|privilege| user.may_on_all(&statement.writes, &[privilege])),
        StatementKind::CreateTable(create) if create.temporary => Ok(()),
        StatementKind::CreateTableAs { temporary: true } => Ok(()),
        StatementKind::CreateView { .. } if statement.writes.iter().any(|view| run.table(view).is_some()) => {
            user.may_on_all(&statement.writes, &[OWNER])
        }
        StatementKind::CreateTable(_) | StatementKind::CreateTableAs { .. } | StatementKind::CreateView { .. } => {
            statement.writes.iter().try_for_each(|relation| user.may_create(&schema_of(run, relation)))
        }
        StatementKind::CreateSchema { .. } => user.may_on(Kind::Database, run.engine.database(), &["create"]),
        StatementKind::Drop { object: ObjectKind::Schema, .. } => {
            statement.writes.iter().try_for_each(|schema| user.may_on(Kind::Schema, &schema.name, &["drop"]))
        }
        StatementKind::Drop { .. } => user.may_on_all(&statement.writes, &["drop"]),
        StatementKind::AlterAddColumn(_)
        | StatementKind::AlterDropColumn { .. }
        | StatementKind::AlterRename { .. }
        | StatementKind::AlterRenameColumn { .. }
        | StatementKind::AlterColumnType { .. }
        | StatementKind::AlterStorage => user.may_on_all(&statement.writes, &["alter"]),
        StatementKind::AlterAppend(_) | StatementKind::Refresh => user.may_on_all(&statement.writes, &[OWNER]),
        StatementKind::Grant(grant) => user.may_grant(grant),
        StatementKind::CreateUser { .. } | StatementKind::DropUser { .. } => {
            Err(Failure::error("must be superuser to create or drop users"))
        }
        _ => Ok(()),
    }
}

/// The statement's user, if it is one that CREATE USER made.
fn restricted<'a>(run: &'a Run<'_>) -> Result<Option<Restricted<'a>>, Failure> {
    let Some(name) = run.record.request.target.db_user.as_deref().map(str::to_lowercase) else { return Ok(None) };
    let known = exists(&run.session.connection, &name)?;
    Ok(known.then_some(Restricted { run, name }))
}

impl Restricted<'_> {
    fn may_on_all(&self, relations: &[Relation], any_of: &[&str]) -> Result<(), Failure> {
        relations.iter().try_for_each(|relation| self.may(relation, any_of))
    }

    /// Whether the user has one of the privileges on a table or view; one that is not there is not for here to tell.
    fn may(&self, relation: &Relation, any_of: &[&str]) -> Result<(), Failure> {
        let Some(table) = self.run.table(relation) else { return Ok(()) };
        if table.temporary || table.schema == SYSTEM_SCHEMA {
            return Ok(());
        }
        self.may_use(&table.schema)?;
        if self.has(Kind::Relation, &full_name(&table), any_of)? {
            return Ok(());
        }
        Err(denied(Kind::Relation, &table.name))
    }

    fn may_create(&self, schema: &str) -> Result<(), Failure> {
        if schema == PUBLIC { Ok(()) } else { self.may_on(Kind::Schema, schema, &["create"]) }
    }

    fn may_use(&self, schema: &str) -> Result<(), Failure> {
        if schema == PUBLIC { Ok(()) } else { self.may_on(Kind::Schema, schema, &["usage"]) }
    }

    fn may_on(&self, kind: Kind, name: &str, any_of: &[&str]) -> Result<(), Failure> {
        if self.has(kind, name, any_of)? { Ok(()) } else { Err(denied(kind, name)) }
    }

    fn may_grant(&self, grant: &Grant) -> Result<(), Failure> {
        match &grant.on {
            GrantObjects::Tables(relations) => self.may_on_all(relations, &[OWNER]),
            GrantObjects::TablesOf(schemas) | GrantObjects::Schemas(schemas) => {
                schemas.iter().try_for_each(|schema| self.may_on(Kind::Schema, schema, &[OWNER]))
            }
            GrantObjects::Databases(names) => {
                names.iter().try_for_each(|name| self.may_on(Kind::Database, name, &[OWNER]))
            }
        }
    }

    /// Whether the user, or everybody, has one of the privileges, or the user owns the object.
    fn has(&self, kind: Kind, name: &str, any_of: &[&str]) -> Result<bool, Failure> {
        let wanted = any_of.iter().chain(&[OWNER]).map(|privilege| quoted(privilege)).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select 1 from {DATABASE}.{SYSTEM_SCHEMA}.privileges \
             where kind = ? and name = ? and grantee in (?, '{EVERYBODY}') and privilege in ({wanted}) limit 1"
        );
        let connection = &self.run.session.connection;
        let found = connection.query_row(&sql, params![kind.word(), name, self.name], |_| Ok(()));
        found.optional().map(|row| row.is_some()).map_err(|error| failed(&error))
    }
}

/// Carries out CREATE USER.
pub(crate) fn create_user(run: &mut Run<'_>, name: &str) -> Result<(), Failure> {
    run.session.begin(true)?;
    if name == EVERYBODY {
        return Err(Failure::error(format!("user name \"{name}\" is reserved")));
    }
    if exists(&run.session.connection, name)? {
        return Err(Failure::error(format!("user \"{name}\" already exists")));
    }
    execute(run, &format!("insert into {DATABASE}.{SYSTEM_SCHEMA}.users values ({})", quoted(name)))
}

/// Carries out DROP USER. A user that owns anything or may do anything stays.
pub(crate) fn drop_user(run: &mut Run<'_>, names: &[String], if_exists: bool) -> Result<(), Failure> {
    run.session.begin(true)?;
    for name in names {
        if !exists(&run.session.connection, name)? {
            if if_exists {
                continue;
            }
            return Err(Failure::error(format!("user \"{name}\" does not exist")));
        }
        let sql = format!("select 1 from {DATABASE}.{SYSTEM_SCHEMA}.privileges where grantee = ? limit 1");
        let used = run.session.connection.query_row(&sql, [name], |_| Ok(())).optional().map_err(|e| failed(&e))?;
        if used.is_some() {
            return Err(Failure::error(format!(
                "user \"{name}\" cannot be dropped because the user has a privilege on some object"
            )));
        }
        execute(run, &format!("delete from {DATABASE}.{SYSTEM_SCHEMA}.users where name = {}", quoted(name)))?;
    }
    Ok(())
}

/// Carries out GRANT and REVOKE.
pub(crate) fn grant(run: &mut Run<'_>, grant: &Grant) -> Result<(), Failure> {
    run.session.begin(true)?;
    let (kind, names) = objects(run, &grant.on)?;
    for grantee in &grant.grantees {
        let grantee = match grantee {
            Grantee::Public => EVERYBODY,
            Grantee::User(name) if exists(&run.session.connection, name)? => name,
            Grantee::User(name) => return Err(Failure::error(format!("user \"{name}\" does not exist"))),
        };
        for name in &names {
            for privilege in &grant.privileges {
                write(run, grant.revoke, [grantee, kind.word(), name, privilege])?;
            }
        }
    }
    Ok(())
}

fn write(run: &Run<'_>, revoke: bool, row: [&str; 4]) -> Result<(), Failure> {
    let [grantee, kind, name, privilege] = row.map(quoted);
    let table = format!("{DATABASE}.{SYSTEM_SCHEMA}.privileges");
    let this = format!("grantee = {grantee} and kind = {kind} and name = {name} and privilege = {privilege}");
    if revoke {
        return execute(run, &format!("delete from {table} where {this}"));
    }
    let absent = format!("not exists (select 1 from {table} where {this})");
    execute(run, &format!("insert into {table} select {grantee}, {kind}, {name}, {privilege} where {absent}"))
}

/// The objects of a GRANT by their full names; one that is not there is an error.
fn objects(run: &Run<'_>, on: &GrantObjects) -> Result<(Kind, Vec<String>), Failure> {
    let is_there = |name: &String| match is_schema(run, name)? {
        true => Ok(()),
        false => Err(Failure::error(format!("schema \"{name}\" does not exist"))),
    };
    match on {
        GrantObjects::Tables(relations) => {
            let names = relations.iter().map(|relation| {
                let table = run.table(relation);
                table
                    .map(|table| full_name(&table))
                    .ok_or_else(|| Failure::error(format!("relation \"{relation}\" does not exist")))
            });
            Ok((Kind::Relation, names.collect::<Result<_, _>>()?))
        }
        GrantObjects::TablesOf(schemas) => {
            schemas.iter().try_for_each(is_there)?;
            let schemas = schemas.iter().map(|schema| quoted(schema)).collect::<Vec<_>>().join(", ");
            let names = strings(run, &format!("select name from ({RELATIONS}) where schema_name in ({schemas})"))?;
            Ok((Kind::Relation, names))
        }
        GrantObjects::Schemas(schemas) => {
            schemas.iter().try_for_each(is_there)?;
            Ok((Kind::Schema, schemas.clone()))
        }
        GrantObjects::Databases(names) => match names.iter().find(|name| *name != run.engine.database()) {
            Some(unknown) => Err(Failure::error(format!("database \"{unknown}\" does not exist"))),
            None => Ok((Kind::Database, names.clone())),
        },
    }
}

fn is_schema(run: &Run<'_>, name: &str) -> Result<bool, Failure> {
    Ok(!strings(run, &format!("select name from ({SCHEMAS}) where name = {}", quoted(name)))?.is_empty())
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
pub(crate) fn creation(run: &Run<'_>, statement: &Statement) -> Result<Option<Creation>, Failure> {
    let (kind, name) = match (&statement.kind, statement.writes.first()) {
        (StatementKind::CreateSchema { name, .. }, _) if !is_schema(run, name)? => (Kind::Schema, name.clone()),
        (StatementKind::CreateTable(create), _) if create.temporary => return Ok(None),
        (StatementKind::CreateTableAs { temporary: true }, _) => return Ok(None),
        (
            StatementKind::CreateTable(_) | StatementKind::CreateTableAs { .. } | StatementKind::CreateView { .. },
            Some(relation),
        ) if run.table(relation).is_none() => {
            (Kind::Relation, format!("{}.{}", schema_of(run, relation), relation.name))
        }
        _ => return Ok(None),
    };
    Ok(restricted(run)?.map(|user| Creation { owner: user.name, kind, name }))
}

/// Lets the privileges follow a statement that was run: a new object is its creator's, a renamed one keeps its privileges, and those on
/// what is gone are gone.
pub(crate) fn follow(run: &Run<'_>, statement: &Statement, created: Option<&Creation>) -> Result<(), Failure> {
    if let Some(Creation { owner, kind, name }) = created {
        write(run, false, [owner, kind.word(), name, OWNER])?;
    }
    let table = format!("{DATABASE}.{SYSTEM_SCHEMA}.privileges");
    match (&statement.kind, statement.writes.first()) {
        (StatementKind::Drop { .. }, _) => {
            let gone = [("relation", RELATIONS), ("schema", SCHEMAS)]
                .map(|(kind, those)| format!("kind = '{kind}' and name not in (select name from ({those}))"));
            execute(run, &format!("delete from {table} where ({}) or ({})", gone[0], gone[1]))
        }
        (StatementKind::AlterRename { to }, Some(relation)) => {
            let schema = schema_of(run, relation);
            let (old, new) = (quoted(&format!("{schema}.{}", relation.name)), quoted(&format!("{schema}.{to}")));
            execute(run, &format!("update {table} set name = {new} where kind = 'relation' and name = {old}"))
        }
        _ => Ok(()),
    }
}

/// The schema that a relation is in, or would be created in.
fn schema_of(run: &Run<'_>, relation: &Relation) -> String {
    let found = run.table(relation).map(|table| table.schema).or_else(|| relation.schema.clone());
    found.unwrap_or_else(|| run.session.search_path().first().map_or(PUBLIC, String::as_str).to_owned())
}

fn exists(connection: &Connection, user: &str) -> Result<bool, Failure> {
    let sql = format!("select 1 from {DATABASE}.{SYSTEM_SCHEMA}.users where name = ?");
    let found = connection.query_row(&sql, [user], |_| Ok(())).optional();
    found.map(|row| row.is_some()).map_err(|error| failed(&error))
}

fn strings(run: &Run<'_>, sql: &str) -> Result<Vec<String>, Failure> {
    let mut statement = run.session.connection.prepare(sql).map_err(|error| failed(&error))?;
    let rows = statement.query_map([], |row| row.get(0)).map_err(|error| failed(&error))?;
    rows.collect::<Result<_, _>>().map_err(|error| failed(&error))
}

fn execute(run: &Run<'_>, sql: &str) -> Result<(), Failure> {
    run.session.connection.execute_batch(sql).map_err(|error| failed(&error))
}

fn full_name(table: &Table) -> String {
    format!("{}.{}", table.schema, table.name)
}

fn denied(kind: Kind, name: &str) -> Failure {
    Failure::error(format!("permission denied for {} {name}", kind.word()))
}

fn failed(error: &duckdb::Error) -> Failure {
    translate(error, Context { relations: &[], query_id: -1 })
}
