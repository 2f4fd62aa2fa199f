//! What the warehouse knows of its tables beyond DuckDB's own catalogue: declared types, views' relations.
//!
//! A column's declaration is its comment, a view's definition is the view's: they follow every rename, drop and rollback by themselves.

use duckdb::Connection;

use redshift_dialect::Relation;
use redshift_types::{MAX_VARCHAR_BYTES, RedshiftType, TargetColumn};

use super::errors::Failure;
use super::identifiers::{DATABASE, PUBLIC, SYSTEM_SCHEMA, quoted};
use super::system::SESSION_FUNCTIONS;

/// A table and its declared columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// The schema; `pg_temp` for temporary tables.
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) temporary: bool,
    pub(crate) columns: Vec<TargetColumn>,
}

/// A view's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) late_binding: bool,
    /// Whether the tables it reads were missing when it was last looked at, so that DuckDB does not know it yet.
    pub(crate) pending: bool,
    /// The relations it reads, with their schemas.
    pub(crate) relations: Vec<(String, String)>,
    /// The CREATE VIEW statement as it was written.
    pub(crate) statement: String,
}

/// Looks into the catalogue through one connection, with what its transaction sees.
pub(crate) struct Catalog<'a> {
    pub(crate) connection: &'a Connection,
    /// The schemas that unqualified names are looked for in, after the temporary tables.
    pub(crate) search_path: Vec<String>,
}

impl redshift_dialect::Catalog for Catalog<'_> {
    fn columns(&self, schema: Option<&str>, table: &str) -> Option<Vec<(String, RedshiftType)>> {
        let found = self.table(schema, table)?;
        Some(found.columns.into_iter().map(|column| (column.name, column.data_type)).collect())
    }

    fn definition(&self, schema: Option<&str>, table: &str) -> Option<Vec<TargetColumn>> {
        self.table(schema, table).map(|found| found.columns)
    }

    fn has_function(&self, name: &str) -> bool {
        if SESSION_FUNCTIONS.contains(&name) {
            return true;
        }
        let sql = format!(
            "select 1 from duckdb_functions() where database_name = '{DATABASE}' and function_name = {}",
            quoted(name)
        );
        self.connection.query_row(&sql, [], |_| Ok(())).is_ok()
    }
}

impl<'a> Catalog<'a> {
    /// The catalogue as a session without settings of its own sees it.
    pub(crate) fn of_public(connection: &'a Connection) -> Self {
        Self { connection, search_path: vec![PUBLIC.to_owned()] }
    }

    /// The relation's table or view.
    pub(crate) fn find(&self, relation: &Relation) -> Option<Table> {
        self.table(relation.schema.as_deref(), &relation.name)
    }

    /// Fails for the first relation that is neither here nor one of PostgreSQL's catalogue that Redshift shows too. DuckDB would look further:
    /// in its own catalogue, and for a file of that name.
    pub(crate) fn check_known<'r>(&self, relations: impl IntoIterator<Item = &'r Relation>) -> Result<(), Failure> {
        relations.into_iter().filter(|relation| !is_of_postgres(relation)).try_for_each(|relation| {
            let schema = relation.schema.as_deref();
            match schema.filter(|schema| !schema.starts_with("pg_temp") && !self.has_schema(schema)) {
                Some(missing) => Err(Failure::error(format!("schema \"{missing}\" does not exist"))),
                None => self.existing(relation).map(|_| ()),
            }
        })
    }

    /// `main` is a schema that DuckDB has for itself, and no table is in it.
    fn has_schema(&self, schema: &str) -> bool {
        if schema == "main" {
            return false;
        }
        let sql = format!(
            "select 1 from duckdb_schemas() where database_name = '{DATABASE}' and schema_name = {}",
            quoted(schema)
        );
        self.connection.query_row(&sql, [], |_| Ok(())).is_ok()
    }

    /// The relation's table or view; one that is not there is an error.
    pub(crate) fn existing(&self, relation: &Relation) -> Result<Table, Failure> {
        self.find(relation).ok_or_else(|| Failure::error(format!("relation \"{relation}\" does not exist")))
    }

    /// The table or view of this name, found as the search path finds it.
    pub(crate) fn table(&self, schema: Option<&str>, name: &str) -> Option<Table> {
        match schema {
            Some(schema) if schema.starts_with("pg_temp") => self.table_at("temp", "main", name),
            Some(schema) => self.table_at(DATABASE, schema, name),
            None => self.table_at("temp", "main", name).or_else(|| {
                let schemas = self.search_path.iter().map(String::as_str).chain([SYSTEM_SCHEMA]);
                schemas.into_iter().find_map(|schema| self.table_at(DATABASE, schema, name))
            }),
        }
    }

    /// The view of this name, when it is one that a CREATE VIEW statement made.
    pub(crate) fn view(&self, schema: Option<&str>, name: &str) -> Option<View> {
        let of_schema = |schema: &str| {
            self.views(&format!("schema_name = {} and view_name = {}", quoted(schema), quoted(name))).ok()?.pop()
        };
        match schema {
            Some(schema) => of_schema(schema),
            None => self.search_path.iter().find_map(|schema| of_schema(schema)),
        }
    }

    /// The schema that unqualified names are created in.
    pub(crate) fn default_schema(&self) -> String {
        self.search_path.first().map_or(PUBLIC, String::as_str).to_owned()
    }

    /// The bound views that read this relation.
    pub(crate) fn dependents(&self, schema: &str, name: &str) -> Vec<View> {
        let all = self.views("true").unwrap_or_default();
        let reads = |view: &View| view.relations.iter().any(|(s, n)| s == schema && n == name);
        all.into_iter().filter(|view| !view.late_binding && reads(view)).collect()
    }

    fn table_at(&self, database: &str, schema: &str, name: &str) -> Option<Table> {
        let sql = format!(
            "select column_name, data_type, coalesce(comment, ''), not is_nullable, column_default from duckdb_columns() \
             where database_name = {} and schema_name = {} and table_name = {} order by column_index",
            quoted(database),
            quoted(schema),
            quoted(name)
        );
        let mut statement = self.connection.prepare(&sql).ok()?;
        let columns: Vec<TargetColumn> = statement
            .query_map([], |row| {
                let (data_type, comment): (String, String) = (row.get(1)?, row.get(2)?);
                Ok(declared(row.get(0)?, &data_type, &comment, row.get(3)?, row.get(4)?))
            })
            .ok()?
            .collect::<Result<_, _>>()
            .ok()?;
        let temporary = database == "temp";
        let schema = if temporary { "pg_temp" } else { schema }.to_owned();
        (!columns.is_empty()).then(|| Table { schema, name: name.to_owned(), temporary, columns })
    }

    fn views(&self, condition: &str) -> Result<Vec<View>, duckdb::Error> {
        let sql = format!(
            "select schema_name, view_name, comment from duckdb_views() \
             where database_name = '{DATABASE}' and comment is not null and {condition} order by 1, 2"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
        rows.filter_map(|row| row.map(|(schema, name, comment)| read_view(schema, name, &comment)).transpose())
            .collect()
    }
}

/// Relations of `pg_catalog` as DuckDB answers them. Not among them is what shows its settings or the machine's paths.
const PG_CATALOG: [&str; 16] = [
    "pg_am",
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_database",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_index",
    "pg_indexes",
    "pg_namespace",
    "pg_proc",
    "pg_tables",
    "pg_type",
    "pg_views",
];

fn is_of_postgres(relation: &Relation) -> bool {
    match relation.schema.as_deref() {
        None | Some("pg_catalog") => PG_CATALOG.contains(&relation.name.as_str()),
        Some("information_schema") => true,
        Some(_) => false,
    }
}

impl View {
    /// The comment that keeps the definition.
    pub(crate) fn comment(&self) -> String {
        let relations: Vec<String> = self.relations.iter().map(|(schema, name)| format!("{schema}.{name}")).collect();
        let binding = if self.late_binding { "late" } else { "bound" };
        let state = if self.pending { "pending" } else { "ready" };
        format!("{binding} {state}\n{}\n{}", relations.join("\t"), self.statement)
    }
}

/// The comment that keeps a column's declaration: its type, whether it is an identity, its default.
pub(crate) fn column_comment(column: &TargetColumn) -> String {
    let identity = if column.identity { "identity" } else { "" };
    format!("{}\n{identity}\n{}", column.data_type, column.default.as_deref().unwrap_or_default())
}

/// The type that stands for a DuckDB type where nothing was declared.
pub(crate) fn undeclared(duckdb_type: &str) -> RedshiftType {
    match duckdb_type {
        "BIGINT" | "UINTEGER" => RedshiftType::BigInt,
        "HUGEINT" | "UBIGINT" => RedshiftType::Decimal { precision: 38, scale: 0 },
        "TINYINT" | "UTINYINT" => RedshiftType::SmallInt,
        "FLOAT" => RedshiftType::Real,
        "DOUBLE" => RedshiftType::DoublePrecision,
        "JSON" => RedshiftType::Super,
        "BLOB" => RedshiftType::Varbyte(MAX_VARCHAR_BYTES),
        "VARCHAR" => RedshiftType::Varchar(MAX_VARCHAR_BYTES),
        other => RedshiftType::parse(other).unwrap_or(RedshiftType::Varchar(MAX_VARCHAR_BYTES)),
    }
}

fn declared(
    name: String,
    duckdb_type: &str,
    comment: &str,
    not_null: bool,
    duckdb_default: Option<String>,
) -> TargetColumn {
    let mut lines = comment.splitn(3, '\n');
    let data_type =
        lines.next().and_then(|line| RedshiftType::parse(line).ok()).unwrap_or_else(|| undeclared(duckdb_type));
    let identity = lines.next() == Some("identity");
    let default = lines.next().filter(|text| !text.is_empty()).map(str::to_owned).or(duckdb_default);
    TargetColumn { name, data_type, not_null, default, identity }
}

fn read_view(schema: String, name: String, comment: &str) -> Option<View> {
    let mut lines = comment.splitn(3, '\n');
    let (binding, state) = lines.next()?.split_once(' ')?;
    let relations = lines.next()?.split('\t').filter_map(|relation| relation.split_once('.'));
    Some(View {
        schema,
        name,
        late_binding: binding == "late",
        pending: state == "pending",
        relations: relations.map(|(schema, name)| (schema.to_owned(), name.to_owned())).collect(),
        statement: lines.next()?.to_owned(),
    })
}
