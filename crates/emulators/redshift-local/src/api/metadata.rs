//! ListDatabases, ListSchemas, ListTables and DescribeTable.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::lists::with_token;
use super::validate;
use crate::engine::Engine;
use crate::engine::catalog::Catalog;
use crate::engine::columns::Column;
use crate::engine::history::Target;
use crate::engine::identifiers::{DATABASE, SYSTEM_SCHEMA, quoted};

/// The page of a list whose size is not stated.
const DEFAULT_PAGE: usize = 1_000;

/// The members of all four operations.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct MetadataInput {
    database: Option<String>,
    connected_database: Option<String>,
    schema: Option<String>,
    table: Option<String>,
    schema_pattern: Option<String>,
    table_pattern: Option<String>,
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
    secret_arn: Option<String>,
    db_user: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// ListDatabases.
pub(crate) fn databases(engine: &Arc<Engine>, input: &MetadataInput) -> Result<Value, ApiError> {
    check(engine, input, false)?;
    let (page, token) = input.page(engine.config.databases.clone())?;
    Ok(with_token(json!({"Databases": page}), token))
}

/// ListSchemas.
pub(crate) fn schemas(engine: &Arc<Engine>, input: &MetadataInput) -> Result<Value, ApiError> {
    check(engine, input, true)?;
    let sql = format!(
        "select schema_name, '', '' from duckdb_schemas() where database_name = '{DATABASE}' and not internal \
         and schema_name not in ('main', '{SYSTEM_SCHEMA}') and schema_name like {} escape '\\' \
         union all select 'information_schema', '', '' where 'information_schema' like {0} escape '\\' \
         union all select 'pg_catalog', '', '' where 'pg_catalog' like {0} escape '\\' order by 1",
        pattern(input.schema_pattern.as_deref())
    );
    let names: Vec<String> = rows(engine, &sql)?.into_iter().map(|[name, _, _]| name).collect();
    let (page, token) = input.page(names)?;
    Ok(with_token(json!({"Schemas": page}), token))
}

/// ListTables.
pub(crate) fn tables(engine: &Arc<Engine>, input: &MetadataInput) -> Result<Value, ApiError> {
    check(engine, input, true)?;
    let sql = format!(
        "select name, type, case when schema_name = '{SYSTEM_SCHEMA}' then 'pg_catalog' else schema_name end as place from ( \
           select table_name as name, 'TABLE' as type, schema_name from duckdb_tables() \
           where database_name = '{DATABASE}' and not internal and schema_name <> '{SYSTEM_SCHEMA}' \
           union all select view_name, case when schema_name = '{SYSTEM_SCHEMA}' then 'SYSTEM VIEW' else 'VIEW' end, schema_name \
           from duckdb_views() where database_name = '{DATABASE}' and not internal) \
         where place like {} escape '\\' and name like {} escape '\\' order by 3, 1",
        pattern(input.schema_pattern.as_deref()),
        pattern(input.table_pattern.as_deref())
    );
    let tables = rows(engine, &sql)?
        .into_iter()
        .map(|[name, kind, schema]| json!({"name": name, "type": kind, "schema": schema}));
    let (page, token) = input.page(tables.collect())?;
    Ok(with_token(json!({"Tables": page}), token))
}

/// DescribeTable.
pub(crate) fn table(engine: &Arc<Engine>, input: &MetadataInput) -> Result<Value, ApiError> {
    check(engine, input, true)?;
    let Some(name) = &input.table else {
        return Err(ApiError::validation("Table must be specified."));
    };
    let connection = engine.definitions.lock();
    let found = Catalog::of_public(&connection).table(input.schema.as_deref(), &name.to_lowercase());
    let columns: Vec<Value> = found
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        .map(|(table, column)| {
            let described = Column {
                label: column.name.clone(),
                name: column.name.clone(),
                schema: table.schema.clone(),
                table: table.name.clone(),
                data_type: column.data_type,
                nullable: !column.not_null,
                default: column.default.clone(),
            };
            described.json()
        })
        .collect();
    let (page, token) = input.page(columns)?;
    Ok(with_token(json!({"TableName": name, "ColumnList": page}), token))
}

impl MetadataInput {
    fn page<T>(&self, items: Vec<T>) -> Result<(Vec<T>, Option<String>), ApiError> {
        validate::page(items, self.next_token.as_deref(), self.max_results, DEFAULT_PAGE)
    }
}

fn check(engine: &Engine, input: &MetadataInput, needs_database: bool) -> Result<(), ApiError> {
    validate::range("maxResults", input.max_results, 0, 1000)?;
    if needs_database && input.database.is_none() {
        return Err(ApiError::validation(
            "Value null at 'database' failed to satisfy constraint: Member must not be null",
        ));
    }
    validate::database(engine, input.connected_database.as_deref())?;
    let target = Target {
        cluster: input.cluster_identifier.clone(),
        workgroup: input.workgroup_name.clone(),
        secret: input.secret_arn.clone(),
        db_user: input.db_user.clone(),
        database: input.database.clone(),
    };
    validate::target(engine, &target)
}

/// A LIKE pattern, of which everything that is not stated matches.
fn pattern(text: Option<&str>) -> String {
    quoted(text.unwrap_or("%"))
}

fn rows(engine: &Engine, sql: &str) -> Result<Vec<[String; 3]>, ApiError> {
    let failed = |error: duckdb::Error| ApiError::internal(format!("the catalogue could not be read: {error}"));
    let connection = engine.definitions.lock();
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).map_err(failed)?;
    rows.collect::<Result<_, _>>().map_err(failed)
}
