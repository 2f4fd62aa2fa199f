//! From a statement to its answer.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use polyglot_sql::expressions::Expression;
use tokio::sync::oneshot;

use crate::catalog::{self, Partition, Table};
use crate::engine::{Engine, Limits};
use crate::error::Error;
use crate::schema::LocalFile;
use crate::statement::{self, Statement, TableName};
use crate::{projection, pruning, storage, translate};

/// The memory of a query, unless another is set.
const MEMORY_MIB: u64 = 1_024;
/// The threads of a query, unless another number is set.
const THREADS: u16 = 2;
/// What a thread's stack holds: deeply nested SQL is parsed by recursion.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Answers queries as Athena does: from the catalogue's definitions, over the objects that they name.
#[derive(Debug, Clone)]
pub struct Athena {
    glue: aws_sdk_glue::Client,
    s3: aws_sdk_s3::Client,
    cache: PathBuf,
    limits: Limits,
}

/// The rows of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// The values of each row as text, `None` for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// The bytes of the files that were read: whole files, of which Athena reads and bills only the columns that it needs.
    pub bytes_scanned: u64,
    /// How many files were read.
    pub files: usize,
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type as Athena names it: `varchar`, `bigint`, `array(varchar)`.
    pub data_type: String,
}

impl Athena {
    /// Answers from this catalogue and this store. `cache` is a folder that keeps objects once they were read; it may be deleted at any time
    /// between queries.
    #[must_use]
    pub fn new(glue: aws_sdk_glue::Client, s3: aws_sdk_s3::Client, cache: &Path) -> Self {
        let limits = Limits { memory_mib: MEMORY_MIB, threads: THREADS };
        Self { glue, s3, cache: cache.to_owned(), limits }
    }

    /// Lets a query use so much memory, in MiB, before it spills to the cache's folder, and so many threads. The defaults are 1,024 and 2.
    #[must_use]
    pub fn with_limits(self, memory_mib: u64, threads: u16) -> Self {
        Self { limits: Limits { memory_mib, threads }, ..self }
    }

    /// Answers one statement in Athena's SQL; `database` is where tables are that name no database.
    ///
    /// # Errors
    ///
    /// [`Error`] names what is wrong in the statement, the catalogue or the files, and where.
    pub async fn query(&self, database: &str, sql: &str) -> Result<Answer, Error> {
        let (text, default) = (sql.to_owned(), database.to_owned());
        match apart(move || statement::read(&text, &default)).await? {
            Statement::Query(tree, tables) => self.select(*tree, tables).await,
            Statement::ShowDatabases => Ok(listed("database_name", catalog::databases(&self.glue).await?)),
            Statement::ShowTables { database, pattern } => {
                let mut tables = catalog::tables(&self.glue, &database).await?;
                tables.retain(|table| pattern.as_ref().is_none_or(|pattern| matches(pattern, table)));
                Ok(listed("tab_name", tables))
            }
            Statement::ShowPartitions(name) => {
                let table = catalog::table(&self.glue, &name).await?;
                let mut partitions = catalog::partitions(&self.glue, &table).await?;
                partitions.sort_by(|one, other| one.values.cmp(&other.values));
                let named = |partition: &Partition| {
                    let keys = table.keys.iter().zip(&partition.values);
                    keys.map(|((key, _), value)| format!("{key}={value}")).collect::<Vec<_>>().join("/")
                };
                Ok(listed("partition", partitions.iter().map(named).collect()))
            }
            Statement::Describe(name) => Ok(described(&catalog::table(&self.glue, &name).await?)),
        }
    }

    async fn select(&self, tree: Expression, names: Vec<TableName>) -> Result<Answer, Error> {
        let mut tables = Vec::new();
        for name in &names {
            let table = catalog::table(&self.glue, name).await?;
            let partitions = self.partitions(&table, &tree).await?;
            tables.push((table, partitions));
        }
        std::fs::create_dir_all(&self.cache).map_err(|source| Error::Cache {
            operation: "create",
            path: self.cache.clone(),
            source,
        })?;
        let cache = self.cache.canonicalize().unwrap_or_else(|_| self.cache.clone());
        let (limits, folder) = (self.limits, cache.clone());
        let (engine, sql, tables) = apart(move || {
            let engine = Engine::open(limits, &folder)?;
            let sql = translate::query(&translate::named(tree.clone()))?;
            let tables = tables.into_iter().map(|(table, partitions)| {
                let partitions = chosen(&engine, &table, partitions, &tree)?;
                Ok((table, partitions))
            });
            let tables = tables.collect::<Result<Vec<_>, Error>>()?;
            Ok((engine, sql, tables))
        })
        .await?;
        let mut read = Vec::new();
        let (mut bytes_scanned, mut count) = (0, 0);
        for (table, partitions) in tables {
            let locations = partitions.iter().map(|partition| partition.location.clone()).enumerate().collect();
            let objects = storage::list(&self.s3, locations).await?;
            let paths = storage::fetch(&self.s3, &cache, &objects).await?;
            bytes_scanned += objects.iter().map(|object| object.size).sum::<u64>();
            count += objects.len();
            let files = objects.iter().zip(paths).map(|(object, path)| {
                let file = LocalFile { path: path.to_string_lossy().into_owned(), url: object.url() };
                (file, partitions[object.partition].values.clone())
            });
            read.push((table, files.collect::<Vec<_>>()));
        }
        let (columns, rows) = apart(move || {
            for (number, (table, files)) in read.iter().enumerate() {
                engine.define(table, files, number)?;
            }
            engine.run(&sql, &read.iter().map(|(table, _)| table).collect::<Vec<_>>())
        })
        .await?;
        Ok(Answer { columns, rows, bytes_scanned, files: count })
    }

    /// The partitions that Athena sees: projected or registered ones, or the table itself when it has no keys.
    async fn partitions(&self, table: &Table, tree: &Expression) -> Result<Vec<Partition>, Error> {
        if projection::is_enabled(table) {
            let literals = |key: &String| (key.clone(), pruning::equals(tree, &table.name, key));
            let injected: HashMap<_, _> = table.keys.iter().map(|(key, _)| literals(key)).collect();
            return projection::partitions(table, &injected);
        }
        if !table.keys.is_empty() {
            return catalog::partitions(&self.glue, table).await;
        }
        let location = table.location.clone();
        let location = location.ok_or_else(|| {
            catalog::refused(&table.name, "Location", "missing", "a table without partitions needs a location")
        })?;
        Ok(vec![Partition { values: Vec::new(), location }])
    }
}

/// The partitions that the query can need.
fn chosen(
    engine: &Engine,
    table: &Table,
    partitions: Vec<Partition>,
    tree: &Expression,
) -> Result<Vec<Partition>, Error> {
    let keys: Vec<&str> = table.keys.iter().map(|(key, _)| key.as_str()).collect();
    let condition = pruning::condition(tree, &table.name, &keys)?;
    let Some(condition) = condition.filter(|_| !keys.is_empty()) else { return Ok(partitions) };
    let numbers = engine.choose(table, &partitions, &condition)?;
    Ok(numbers.into_iter().filter_map(|number| partitions.get(number).cloned()).collect())
}

/// Runs work that blocks, or recurses deeply, on a thread of its own.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().name("athena".to_owned()).stack_size(STACK_BYTES);
    // There is no receiver if the query was abandoned.
    let started = thread.spawn(move || drop(send.send(work())));
    started.map_err(|error| Error::Engine { operation: "start a thread", source: error.into() })?;
    receive.await.map_err(|error| Error::Engine { operation: "finish its work", source: error.into() })?
}

fn listed(column: &str, values: Vec<String>) -> Answer {
    let columns = vec![Column { name: column.to_owned(), data_type: "varchar".to_owned() }];
    let rows = values.into_iter().map(|value| vec![Some(value)]).collect();
    Answer { columns, rows, bytes_scanned: 0, files: 0 }
}

fn described(table: &Table) -> Answer {
    let column = |name: &str| Column { name: name.to_owned(), data_type: "varchar".to_owned() };
    let columns = table.columns.iter().map(|(name, kind)| (name, kind, None));
    let keys = table.keys.iter().map(|(name, kind)| (name, kind, Some("partition key".to_owned())));
    let rows = columns.chain(keys).map(|(name, kind, extra)| vec![Some(name.clone()), Some(kind.to_string()), extra]);
    Answer {
        columns: ["col_name", "data_type", "extra"].map(column).to_vec(),
        rows: rows.collect(),
        bytes_scanned: 0,
        files: 0,
    }
}

/// Whether a name matches a pattern of SHOW TABLES: `*` is any text, `|` separates alternatives.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.split('|').any(|alternative| {
        let mut parts = alternative.split('*');
        let Some(rest) = parts.next().and_then(|start| name.strip_prefix(start)) else { return false };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
        let found = middle.iter().try_fold(rest, |rest, part| rest.split_once(part).map(|(_, after)| after));
        found.is_some_and(|rest| rest.ends_with(last))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_show_tables() {
        for (pattern, name, expected) in [
            ("orders", "orders", true),
            ("orders", "orders2", false),
            ("order*", "orders", true),
            ("*_lines", "order_lines", true),
            ("o*l*s", "order_lines", true),
            ("a|order*", "orders", true),
            ("x*", "orders", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
