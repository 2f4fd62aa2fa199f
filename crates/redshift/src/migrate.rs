//! What must be created or changed in the warehouse so that a project's loads can run. Only additions: nothing that holds
//! rows is ever dropped or rewritten.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{Project, Table, TableRef};
use sha2::{Digest, Sha256};

use crate::client::ResultSet;
use crate::ledger;
use crate::sql::{identifier, literal, table};

/// What the warehouse has.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// Table or view -> its columns, name and type as the catalog writes them.
    columns: BTreeMap<TableRef, BTreeMap<String, String>>,
    /// View -> the hash of the text it was made from.
    views: BTreeMap<String, String>,
}

/// One statement of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// For people: `create table flights.flights`.
    pub title: String,
    /// The statements, in order.
    pub sql: Vec<String>,
}

/// A difference that no addition can fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {table}.{column}: {difference}; {remedy}")]
pub struct Conflict {
    /// The DDL's file.
    pub path: String,
    /// The table.
    pub table: TableRef,
    /// The column.
    pub column: String,
    /// What differs.
    pub difference: String,
    /// What to do.
    pub remedy: String,
}

/// The views that were made, so that only a changed text is made again.
const VIEWS: &str = "CREATE TABLE IF NOT EXISTS landfall.views (
    view_name    VARCHAR(256) NOT NULL,
    text_sha256  CHAR(64)     NOT NULL,
    created_at   TIMESTAMP    NOT NULL DEFAULT SYSDATE
) DISTSTYLE ALL";

/// Reads the columns of the project's schemas; the answer goes to [`Existing::new`].
pub fn columns_query(project: &Project) -> String {
    let schemas = schemas(project).iter().map(|s| literal(s).to_string()).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT table_schema, table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale \
         FROM svv_columns WHERE table_schema IN ({schemas}) ORDER BY table_schema, table_name, ordinal_position"
    )
}

/// Reads the hashes of the views that were made; fails where nothing was ever migrated.
pub const VIEWS_QUERY: &str = "SELECT view_name, text_sha256 FROM landfall.views";

impl Existing {
    /// From the answers of [`columns_query`] and, if the ledger exists, [`VIEWS_QUERY`].
    pub fn new(columns: &ResultSet, views: &ResultSet) -> Self {
        let mut existing = Self::default();
        for row in &columns.rows {
            let text = |i: usize| row.get(i).and_then(|v| v.as_str()).unwrap_or_default().trim().to_owned();
            let number = |i: usize| row.get(i).and_then(serde_json::Value::as_i64);
            let name = TableRef { schema: text(0), name: text(1) };
            let data_type = catalog_type(&text(3), number(4), number(5), number(6));
            existing.columns.entry(name).or_default().insert(text(2), data_type);
        }
        for row in &views.rows {
            if let [name, hash] = row.as_slice() {
                let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().trim().to_owned();
                existing.views.insert(text(name), text(hash));
            }
        }
        existing
    }

    /// Whether the ledger's table of views exists.
    pub fn has_views_table(columns: &ResultSet) -> bool {
        columns.rows.iter().any(|row| {
            let text = |i: usize| row.get(i).and_then(|v| v.as_str()).unwrap_or_default().trim();
            text(0) == ledger::SCHEMA && text(1) == "views"
        })
    }
}

/// What to do, in order.
///
/// # Errors
/// Every difference that no addition can fix.
pub fn plan(project: &Project, existing: &Existing) -> Result<Vec<Action>, Vec<Conflict>> {
    let mut actions = Vec::new();
    let mut conflicts = Vec::new();
    for schema in schemas(project) {
        if !existing.columns.keys().any(|name| name.schema == schema) {
            let sql = vec![format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(&schema))];
            actions.push(Action { title: format!("create schema {schema}"), sql });
        }
    }
    actions.extend(ledger_actions(project, existing));
    for wanted in project.pipelines.iter().flat_map(|p| &p.tables) {
        match existing.columns.get(&wanted.name) {
            None => {
                actions.push(Action { title: format!("create table {}", wanted.name), sql: vec![wanted.ddl.clone()] })
            }
            Some(columns) => evolve(wanted, columns, &mut actions, &mut conflicts),
        }
    }
    for view in project.pipelines.iter().flat_map(|p| &p.views) {
        let name = view.name.to_string();
        let hash = hex::encode(Sha256::digest(&view.sql));
        let known = existing.views.get(&name);
        if known != Some(&hash) || !existing.columns.contains_key(&view.name) {
            let verb = if known.is_none() { "create" } else { "replace" };
            let remember = format!(
                "INSERT INTO landfall.views (view_name, text_sha256) VALUES ({}, {})",
                literal(&name),
                literal(&hash)
            );
            let forget = format!("DELETE FROM landfall.views WHERE view_name = {}", literal(&name));
            actions
                .push(Action { title: format!("{verb} view {name}"), sql: vec![view.sql.clone(), forget, remember] });
        }
    }
    if conflicts.is_empty() { Ok(actions) } else { Err(conflicts) }
}

/// Every schema that a project has something in, and the ledger's.
pub(crate) fn schemas(project: &Project) -> BTreeSet<String> {
    let tables = project.pipelines.iter().flat_map(|p| p.tables.iter().map(|t| &t.name));
    let views = project.pipelines.iter().flat_map(|p| p.views.iter().map(|v| &v.name));
    tables.chain(views).map(|name| name.schema.clone()).chain([ledger::SCHEMA.to_owned()]).collect()
}

fn ledger_actions(project: &Project, existing: &Existing) -> Vec<Action> {
    let fixed = [
        ("loads", ledger::LOADS),
        ("failures", ledger::FAILURES),
        ("failures_lock", ledger::FAILURES_LOCK),
        ("views", VIEWS),
    ];
    let fixed = fixed.into_iter().map(|(name, sql)| (name.to_owned(), sql.to_owned()));
    let locked: BTreeSet<&TableRef> = project.datasets().map(|dataset| &dataset.table).collect();
    let locks = locked.into_iter().map(|table| (ledger::lock_name(table), ledger::create_lock_table(table)));
    fixed
        .chain(locks)
        .filter(|(name, _)| {
            let name = TableRef { schema: ledger::SCHEMA.to_owned(), name: name.clone() };
            !existing.columns.contains_key(&name)
        })
        .map(|(name, sql)| Action { title: format!("create table landfall.{name}"), sql: vec![sql] })
        .collect()
}

fn evolve(
    wanted: &Table,
    columns: &BTreeMap<String, String>,
    actions: &mut Vec<Action>,
    conflicts: &mut Vec<Conflict>,
) {
    let conflict = |column: &str, difference: String, remedy: &str| Conflict {
        path: wanted.path.clone(),
        table: wanted.name.clone(),
        column: column.to_owned(),
        difference,
        remedy: remedy.to_owned(),
    };
    for column in &wanted.columns {
        match columns.get(&column.name) {
            Some(present) if *present == ddl_type(&column.data_type) => {}
            Some(present) => conflicts.push(conflict(
                &column.name,
                format!("the DDL says {}, the warehouse has {present}", column.data_type),
                "change the DDL back, or change the column in the warehouse yourself and migrate again",
            )),
            None if column.not_null && column.default.is_none() => conflicts.push(conflict(
                &column.name,
                "a column that is added to a table with rows cannot be NOT NULL without a DEFAULT".to_owned(),
                "give it a DEFAULT or allow NULL",
            )),
            None => {
                let sql = format!("ALTER TABLE {} ADD COLUMN {}", table(&wanted.name), column.definition);
                actions.push(Action { title: format!("add column {}.{}", wanted.name, column.name), sql: vec![sql] });
            }
        }
    }
}

/// The catalog's type with its length, in the words of [`ddl_type`]. Some catalogs write the length into the type, some beside it.
fn catalog_type(name: &str, length: Option<i64>, precision: Option<i64>, scale: Option<i64>) -> String {
    if name.contains('(') {
        return ddl_type(name);
    }
    let with_numbers = match (ddl_type(name).split('(').next().unwrap_or_default(), length, precision) {
        (base @ ("character varying" | "character" | "binary varying"), Some(length), _) => format!("{base}({length})"),
        ("numeric", _, Some(precision)) => format!("numeric({precision},{})", scale.unwrap_or(0)),
        // The catalog's numbers for other types say nothing that the name does not.
        _ => name.to_owned(),
    };
    ddl_type(&with_numbers)
}

/// A type as the DDL writes it, in the words of Redshift's catalog.
///
/// Rule: Redshift developer guide, "Data types": the aliases of each type and the default lengths.
fn ddl_type(written: &str) -> String {
    let lower = written.trim().to_lowercase();
    let (name, arguments) = match lower.split_once('(') {
        Some((name, rest)) => {
            let (arguments, after) = rest.split_once(')').unwrap_or((rest, ""));
            (format!("{}{}", name.trim(), after), Some(arguments.replace(' ', "")))
        }
        None => (lower.clone(), None),
    };
    let with = |name: &str, default: &str| {
        format!("{name}({})", arguments.as_deref().unwrap_or(default).replace("max", "65535"))
    };
    match name.trim() {
        "int" | "int4" | "integer" => "integer".to_owned(),
        "int2" | "smallint" => "smallint".to_owned(),
        "int8" | "bigint" => "bigint".to_owned(),
        "float" | "float8" | "double precision" => "double precision".to_owned(),
        "float4" | "real" => "real".to_owned(),
        "bool" | "boolean" => "boolean".to_owned(),
        "decimal" | "numeric" => match arguments.as_deref() {
            Some(one) if !one.contains(',') => format!("numeric({one},0)"),
            Some(two) => format!("numeric({two})"),
            None => "numeric(18,0)".to_owned(),
        },
        "varchar" | "nvarchar" | "character varying" => with("character varying", "256"),
        "text" => "character varying(256)".to_owned(),
        "char" | "nchar" | "character" | "bpchar" => with("character", "1"),
        "timestamp" | "timestamp without time zone" => "timestamp without time zone".to_owned(),
        "timestamptz" | "timestamp with time zone" => "timestamp with time zone".to_owned(),
        other => arguments.as_deref().map_or_else(|| other.to_owned(), |a| format!("{other}({a})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogs_words_and_the_ddls_words_meet() {
        let cases = [
            ("VARCHAR(10)", "character varying", Some(10), None, None),
            ("varchar(max)", "character varying(65535)", Some(65535), None, None),
            ("text", "character varying", Some(256), None, None),
            ("char(2)", "character", Some(2), None, None),
            ("decimal(9,6)", "numeric", None, Some(9), Some(6)),
            ("decimal(9, 6)", "numeric(9,6)", None, Some(9), Some(6)),
            ("numeric", "numeric", None, Some(18), Some(0)),
            ("int", "integer", None, Some(32), Some(0)),
            ("smallint", "smallint", None, Some(16), Some(0)),
            ("timestamp", "timestamp without time zone", None, None, None),
            ("date", "date", None, None, None),
            ("super", "super", None, None, None),
        ];
        for (ddl, name, length, precision, scale) in cases {
            assert_eq!(ddl_type(ddl), catalog_type(name, length, precision, scale), "{ddl}");
        }
        assert_ne!(ddl_type("varchar(10)"), catalog_type("character varying", Some(11), None, None));
    }
}
