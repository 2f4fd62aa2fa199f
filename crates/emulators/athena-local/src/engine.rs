//! DuckDB: one database in memory for one query, which sees the catalogue's tables and nothing else.

use std::path::Path;

use arrow::array::Array as _;
use duckdb::{Config, Connection};

use crate::athena::Column;
use crate::catalog::{Partition, Table};
use crate::error::{BoxError, Error, nearest};
use crate::hive::HiveType;
use crate::schema::{self, Layout, LocalFile};
use crate::translate::MACROS;
use crate::values;

/// The value of a key that Hive writes for NULL.
const NULL_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// How many rows one INSERT puts into a table of partitions.
const ROWS: usize = 1_000;

/// The values of a row as text, `None` for NULL.
type Row = Vec<Option<String>>;

/// What a query may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) memory_mib: u64,
    pub(crate) threads: u16,
}

/// A database in memory.
pub(crate) struct Engine {
    connection: Connection,
}

impl Engine {
    /// A database that may read the cache's files and nothing else.
    pub(crate) fn open(limits: Limits, cache: &Path) -> Result<Self, Error> {
        let failed = |error: duckdb::Error| Error::Engine { operation: "start", source: BoxError::from(error) };
        let settings = Config::default()
            .max_memory(&format!("{}MiB", limits.memory_mib))
            .and_then(|settings| settings.threads(limits.threads.into()))
            .map_err(failed)?;
        let connection = Connection::open_in_memory_with_flags(settings).map_err(failed)?;
        let cache = cache.to_string_lossy();
        let sql = format!(
            "set temp_directory = {}; set allowed_directories = [{}]; set enable_external_access = false; \
             set timezone = 'UTC'; set integer_division = true; create schema landfall;",
            text_literal(&format!("{cache}/spilled")),
            text_literal(&format!("{cache}/"))
        );
        connection.execute_batch(&sql).map_err(failed)?;
        connection.execute_batch(MACROS).map_err(failed)?;
        connection.execute_batch("set lock_configuration = true").map_err(failed)?;
        Ok(Self { connection })
    }

    /// The numbers of the partitions that meet a condition on the keys.
    pub(crate) fn choose(&self, table: &Table, partitions: &[Partition], condition: &str) -> Result<Vec<usize>, Error> {
        let rows = partitions.iter().enumerate().map(|(number, partition)| (number.to_string(), &partition.values));
        self.keep("candidates", table, rows)?;
        let sql =
            format!("select cast(\"landfall id\" as bigint) from landfall.candidates where {condition} order by 1");
        let asked = self.connection.prepare(&sql).and_then(|mut prepared| {
            let numbers = prepared.query_map([], |row| row.get::<_, i64>(0))?;
            numbers.collect::<Result<Vec<_>, _>>()
        });
        let numbers = asked.map_err(|error| self.failed(&error, &[table]))?;
        self.batch("drop table landfall.candidates")?;
        Ok(numbers.into_iter().filter_map(|number| usize::try_from(number).ok()).collect())
    }

    /// Makes a table known: its files, each with the values of its partition.
    pub(crate) fn define(&self, table: &Table, files: &[(LocalFile, Vec<String>)], number: usize) -> Result<(), Error> {
        let mut distinct: Vec<LocalFile> = files.iter().map(|(file, _)| file.clone()).collect();
        distinct.sort_by(|one, other| one.path.cmp(&other.path));
        distinct.dedup_by(|one, other| one.path == other.path);
        let groups = schema::groups(&self.connection, table, &distinct)?;
        let of_files = format!("files_{number}");
        self.keep(&of_files, table, files.iter().map(|(file, values)| (file.path.clone(), values)))?;
        let mut parts: Vec<String> =
            groups.iter().map(|(layout, paths)| part(table, layout, paths, &of_files)).collect();
        if parts.is_empty() {
            let columns = table.columns.iter().chain(&table.keys).map(|(name, kind)| null(name, kind));
            parts.push(format!("select {} where false", columns.collect::<Vec<_>>().join(", ")));
        }
        let database = quoted(&table.name.database);
        self.batch(&format!(
            "create schema if not exists {database}; create view {database}.{} as {}",
            quoted(&table.name.name),
            parts.join(" union all ")
        ))
    }

    /// Runs a query.
    pub(crate) fn run(&self, sql: &str, tables: &[&Table]) -> Result<(Vec<Column>, Vec<Row>), Error> {
        let failed = |error: duckdb::Error| self.failed(&error, tables);
        let mut prepared = self.connection.prepare(sql).map_err(failed)?;
        drop(prepared.stream_arrow([]).map_err(failed)?);
        let columns = (0..prepared.column_count()).map(|at| Column {
            name: prepared.column_name(at).cloned().unwrap_or_default(),
            data_type: values::type_name(&prepared.column_logical_type(at)),
        });
        let columns = columns.collect();
        let mut rows = Vec::new();
        while let Some(chunk) = prepared.step().map_err(failed)? {
            let row = |at| chunk.columns().iter().map(|column| values::text(column.as_ref(), at)).collect();
            rows.extend((0..chunk.len()).map(row));
        }
        Ok((columns, rows))
    }

    /// A table of ids and the values of keys, which the definitions join by.
    fn keep<'a>(
        &self,
        name: &str,
        table: &Table,
        rows: impl Iterator<Item = (String, &'a Vec<String>)>,
    ) -> Result<(), Error> {
        let columns = table.keys.iter().map(|(key, kind)| format!(", {} {}", quoted(key), kind.duckdb()));
        self.batch(&format!("create table landfall.{name} (\"landfall id\" varchar{})", columns.collect::<String>()))?;
        let rows: Vec<String> = rows
            .map(|(id, values)| {
                let values = values.iter().map(|value| match value.as_str() {
                    NULL_VALUE => ", null".to_owned(),
                    value => format!(", {}", text_literal(value)),
                });
                format!("({}{})", text_literal(&id), values.collect::<String>())
            })
            .collect();
        rows.chunks(ROWS)
            .try_for_each(|rows| self.batch(&format!("insert into landfall.{name} values {}", rows.join(", "))))
    }

    fn batch(&self, sql: &str) -> Result<(), Error> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| Error::Engine { operation: "define the tables of the query", source: error.into() })
    }

    fn failed(&self, error: &duckdb::Error, tables: &[&Table]) -> Error {
        let message = message(error);
        let unknown = ["Referenced column \"", "not have a column named \""].iter().find_map(|start| {
            let (_, rest) = message.split_once(start)?;
            rest.split_once('"').map(|(name, _)| name.to_owned())
        });
        let Some(name) = unknown else { return Error::Query { message } };
        let columns = tables.iter().flat_map(|table| table.columns.iter().chain(&table.keys));
        let nearest = nearest(&name.to_lowercase(), columns.map(|(column, _)| column.as_str()));
        Error::UnknownColumn { name, nearest }
    }
}

/// The rows of the files of one layout.
fn part(table: &Table, layout: &Layout, paths: &[String], of_files: &str) -> String {
    let column = |(name, kind): &(String, HiveType)| match (layout.get(name), kind) {
        (None, kind) => null(name, kind),
        // Athena's timestamps have milliseconds and no zone; they are shown in UTC.
        (Some(_), HiveType::Timestamp) => format!(
            "date_trunc('milliseconds', cast(f.{0} as timestamp) + interval 500 microseconds) as {0}",
            quoted(name)
        ),
        (Some(_), kind) => format!("cast(f.{0} as {1}) as {0}", quoted(name), kind.duckdb()),
    };
    let columns = table.columns.iter().map(column);
    let keys = table.keys.iter().map(|(key, _)| format!("p.{0} as {0}", quoted(key)));
    let selected: Vec<String> = columns.chain(keys).collect();
    let paths: Vec<String> = paths.iter().map(|path| text_literal(path)).collect();
    let read = format!("read_parquet([{}], filename = 'landfall file', hive_partitioning = false)", paths.join(", "));
    format!(
        "select {} from {read} f join landfall.{of_files} p on p.\"landfall id\" = f.\"landfall file\"",
        selected.join(", ")
    )
}

fn null(name: &str, kind: &HiveType) -> String {
    format!("cast(null as {}) as {}", kind.duckdb(), quoted(name))
}

/// DuckDB's message, without the statement that it was given.
pub(crate) fn message(error: &duckdb::Error) -> String {
    let text = error.to_string();
    let text = text.split("\n\nLINE ").next().unwrap_or_default();
    text.split("\nLINE ").next().unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

/// A quoted identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text literal.
pub(crate) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
