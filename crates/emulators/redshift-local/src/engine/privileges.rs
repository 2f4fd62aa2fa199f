//! Users, and what each may do. A user that CREATE USER made may do what was granted to it, and what it owns; every other name is
//! the admin's, who may do everything.

mod changes;
mod check;

use duckdb::{Connection, OptionalExt};

use super::catalog::{PUBLIC, Table};
use super::errors::{Context, Failure, translate};
use super::run::Run;
use redshift_dialect::Relation;

pub(crate) use changes::{create_user, creation, drop_user, follow, grant};
pub(crate) use check::check;

/// The tables of users and of what each may do, in the schema of the system tables.
const USERS: &str = "redshift_local.redshift_local_system.emulated_users";
const PRIVILEGES: &str = "redshift_local.redshift_local_system.emulated_privileges";

/// The user that is there from the beginning, as `pg_user` shows it.
const ADMIN: &str = "admin";

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

/// The name of the statement's user, if it is one that CREATE USER made.
fn restricted(run: &Run<'_>) -> Result<Option<String>, Failure> {
    let Some(name) = run.record.request.target.db_user.as_deref().map(str::to_lowercase) else { return Ok(None) };
    Ok(exists(&run.session.connection, &name)?.then_some(name))
}

fn exists(connection: &Connection, user: &str) -> Result<bool, Failure> {
    let sql = format!("select 1 from {USERS} where name = ?");
    let found = connection.query_row(&sql, [user], |_| Ok(())).optional();
    found.map(|row| row.is_some()).map_err(|error| failed(&error))
}

/// The schema that a relation is in, or would be created in.
fn schema_of(run: &Run<'_>, relation: &Relation) -> String {
    let found = run.table(relation).map(|table| table.schema).or_else(|| relation.schema.clone());
    found.unwrap_or_else(|| run.session.search_path().first().map_or(PUBLIC, String::as_str).to_owned())
}

fn full_name(table: &Table) -> String {
    format!("{}.{}", table.schema, table.name)
}

fn failed(error: &duckdb::Error) -> Failure {
    translate(error, Context { relations: &[], query_id: -1 })
}
