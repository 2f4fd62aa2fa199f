//! Whether a user may run a statement.

use duckdb::{OptionalExt, params};

use super::store::{EVERYBODY, Kind, OWNER, PRIVILEGES, failed, full_name, restricted, schema_of};
use crate::engine::catalog::Catalog;
use crate::engine::errors::Failure;
use crate::engine::identifiers::{PUBLIC, SYSTEM_SCHEMA, quoted};
use redshift_dialect::{Grant, GrantObjects, ObjectKind, Relation, Statement, StatementKind};

/// A user that only may do what it is allowed to.
struct Restricted<'a> {
    catalog: &'a Catalog<'a>,
    name: String,
}

/// Fails when the statement's user may not run it.
///
/// Rule: Redshift developer guide, GRANT, where UPDATE and DELETE also need SELECT on their table. LOCK is not described: it needs UPDATE or
/// DELETE, as in PostgreSQL 8.
pub(crate) fn check(
    catalog: &Catalog<'_>,
    user: Option<&str>,
    database: &str,
    statement: &Statement,
) -> Result<(), Failure> {
    let Some(name) = restricted(catalog.connection, user)? else { return Ok(()) };
    let user = Restricted { catalog, name };
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
        StatementKind::CreateView { .. } if statement.writes.iter().any(|view| catalog.find(view).is_some()) => {
            user.may_on_all(&statement.writes, &[OWNER])
        }
        StatementKind::CreateTable(_) | StatementKind::CreateTableAs { .. } | StatementKind::CreateView { .. } => {
            statement.writes.iter().try_for_each(|relation| user.may_create(&schema_of(catalog, relation)))
        }
        StatementKind::CreateSchema { .. } => user.may_on(Kind::Database, database, &["create"]),
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

impl Restricted<'_> {
    fn may_on_all(&self, relations: &[Relation], any_of: &[&str]) -> Result<(), Failure> {
        relations.iter().try_for_each(|relation| self.may(relation, any_of))
    }

    /// Whether the user has one of the privileges on a table or view; one that is not there is not for here to tell.
    fn may(&self, relation: &Relation, any_of: &[&str]) -> Result<(), Failure> {
        let Some(table) = self.catalog.find(relation) else { return Ok(()) };
        if table.temporary || (table.schema == SYSTEM_SCHEMA && any_of == ["select"]) {
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
            "select 1 from {PRIVILEGES} \
             where kind = ? and name = ? and grantee in (?, '{EVERYBODY}') and privilege in ({wanted}) limit 1"
        );
        let found = self.catalog.connection.query_row(&sql, params![kind.word(), name, self.name], |_| Ok(()));
        found.optional().map(|row| row.is_some()).map_err(|error| failed(&error))
    }
}

fn denied(kind: Kind, name: &str) -> Failure {
    Failure::error(format!("permission denied for {} {name}", kind.word()))
}
