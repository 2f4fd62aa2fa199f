//! Where users and privileges are kept, and what they are on.

use duckdb::{Connection, OptionalExt};

use crate::engine::catalog::{Catalog, Table};
use crate::engine::errors::{Context, Failure, translate};
use redshift_dialect::Relation;

/// The tables of users and of what each may do, in the schema of the system tables.
pub(super) const USERS: &str = "redshift_local.redshift_local_system.emulated_users";
pub(super) const PRIVILEGES: &str = "redshift_local.redshift_local_system.emulated_privileges";

/// The user that is there from the beginning, as `pg_user` shows it.
pub(super) const ADMIN: &str = "admin";

/// What the privileges of everybody are kept under; no user can have this name.
pub(super) const EVERYBODY: &str = "public";

/// The privilege that an object's creator has, beside those that can be granted.
pub(super) const OWNER: &str = "owner";

/// What a privilege is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Relation,
    Schema,
    Database,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::Schema => "schema",
            Self::Database => "database",
        }
    }
}

/// The name of the request's user, if it is one that CREATE USER made.
pub(super) fn restricted(connection: &Connection, user: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(name) = user.map(str::to_lowercase) else { return Ok(None) };
    Ok(exists(connection, &name)?.then_some(name))
}

pub(super) fn exists(connection: &Connection, user: &str) -> Result<bool, Failure> {
    let sql = format!("select 1 from {USERS} where name = ?");
    let found = connection.query_row(&sql, [user], |_| Ok(())).optional();
    found.map(|row| row.is_some()).map_err(|error| failed(&error))
}

/// The schema that a relation is in, or would be created in.
pub(super) fn schema_of(catalog: &Catalog<'_>, relation: &Relation) -> String {
    let found = catalog.find(relation).map(|table| table.schema).or_else(|| relation.schema.clone());
    found.unwrap_or_else(|| catalog.default_schema())
}

pub(super) fn full_name(table: &Table) -> String {
    format!("{}.{}", table.schema, table.name)
}

pub(super) fn failed(error: &duckdb::Error) -> Failure {
    translate(error, Context { relations: &[], query_id: -1 })
}
