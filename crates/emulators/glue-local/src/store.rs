//! What the catalogue holds: in memory to answer from, and in files, which are written first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::Utc;
use local_server::Error;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::refusal::Refusal;
use crate::request::texts;
use crate::shape::Object;

/// The catalogue.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    pub(crate) region: String,
    pub(crate) databases: BTreeMap<String, Database>,
}

/// A database and its tables.
#[derive(Debug)]
pub(crate) struct Database {
    folder: PathBuf,
    pub(crate) kept: Kept,
    pub(crate) tables: BTreeMap<String, Table>,
}

/// A table, the definitions it had, and its partitions by their values.
#[derive(Debug)]
pub(crate) struct Table {
    folder: PathBuf,
    pub(crate) kept: Kept,
    pub(crate) archived: BTreeMap<u64, Kept>,
    pub(crate) partitions: BTreeMap<Vec<String>, Kept>,
}

/// A definition as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// `DatabaseInput`, `TableInput` or `PartitionInput`, with a folded name.
    pub(crate) input: Object,
    /// Seconds since 1970.
    pub(crate) created: f64,
    /// Seconds since 1970.
    pub(crate) updated: f64,
    /// Counts the definitions of a table from 0.
    #[serde(default)]
    pub(crate) version: u64,
}

impl Kept {
    /// A first definition.
    pub(crate) fn new(input: Object) -> Self {
        let now = now();
        Self { input, created: now, updated: now, version: 0 }
    }

    /// The definition after this one.
    pub(crate) fn replaced(&self, input: Object) -> Self {
        Self { input, created: self.created, updated: now(), version: self.version + 1 }
    }

    fn name(&self) -> String {
        self.input.get("Name").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
    }
}

impl Store {
    /// Reads the catalogue of a folder.
    pub(crate) fn open(folder: &Path, region: &str) -> Result<Self, Error> {
        let folder = folder.join("databases");
        let mut databases = BTreeMap::new();
        for folder in files::children(&folder)? {
            let path = folder.join("database.json");
            if path.exists() {
                let kept: Kept = files::read(&path)?;
                databases.insert(kept.name(), Database { tables: tables(&folder)?, folder, kept });
            }
        }
        Ok(Self { folder, region: region.to_owned(), databases })
    }

    pub(crate) fn database(&self, name: &str) -> Result<&Database, Refusal> {
        self.databases.get(name).ok_or_else(|| no_database(name))
    }

    pub(crate) fn database_mut(&mut self, name: &str) -> Result<&mut Database, Refusal> {
        self.databases.get_mut(name).ok_or_else(|| no_database(name))
    }

    pub(crate) fn table(&self, database: &str, name: &str) -> Result<&Table, Refusal> {
        self.database(database)?.tables.get(name).ok_or_else(|| no_table(database, name))
    }

    pub(crate) fn table_mut(&mut self, database: &str, name: &str) -> Result<&mut Table, Refusal> {
        self.database_mut(database)?.tables.get_mut(name).ok_or_else(|| no_table(database, name))
    }

    pub(crate) fn create_database(&mut self, name: String, kept: Kept) -> Result<(), Refusal> {
        let folder = self.folder.join(files::file_name(&name));
        files::write(&folder.join("database.json"), &kept)?;
        self.databases.insert(name, Database { folder, kept, tables: BTreeMap::new() });
        Ok(())
    }

    /// Deletes a database with all its tables.
    pub(crate) fn delete_database(&mut self, name: &str) -> Result<(), Refusal> {
        files::discard(&self.database(name)?.folder)?;
        self.databases.remove(name);
        Ok(())
    }
}

impl Database {
    pub(crate) fn create_table(&mut self, name: String, kept: Kept) -> Result<(), Refusal> {
        let folder = self.folder.join("tables").join(files::file_name(&name));
        files::write(&folder.join("table.json"), &kept)?;
        let table = Table { folder, kept, archived: BTreeMap::new(), partitions: BTreeMap::new() };
        self.tables.insert(name, table);
        Ok(())
    }

    /// Deletes a table with its versions and partitions; says whether there was one.
    pub(crate) fn delete_table(&mut self, name: &str) -> Result<bool, Refusal> {
        let Some(table) = self.tables.get(name) else { return Ok(false) };
        files::discard(&table.folder)?;
        self.tables.remove(name);
        Ok(true)
    }
}

impl Table {
    /// Replaces the definition, and keeps the old one if that is wished.
    pub(crate) fn replace(&mut self, kept: Kept, archive: bool) -> Result<(), Refusal> {
        if archive {
            let path = self.folder.join("versions").join(format!("{}.json", self.kept.version));
            files::write(&path, &self.kept)?;
        }
        files::write(&self.folder.join("table.json"), &kept)?;
        let old = std::mem::replace(&mut self.kept, kept);
        if archive {
            self.archived.insert(old.version, old);
        }
        Ok(())
    }

    pub(crate) fn put_partition(&mut self, values: Vec<String>, kept: Kept) -> Result<(), Refusal> {
        files::write(&self.partition_file(&values), &kept)?;
        self.partitions.insert(values, kept);
        Ok(())
    }

    /// Deletes a partition; says whether there was one.
    pub(crate) fn delete_partition(&mut self, values: &[String]) -> Result<bool, Refusal> {
        if !self.partitions.contains_key(values) {
            return Ok(false);
        }
        files::remove(&self.partition_file(values))?;
        self.partitions.remove(values);
        Ok(true)
    }

    fn partition_file(&self, values: &[String]) -> PathBuf {
        // A text that two lists of values cannot share.
        let name = serde_json::Value::from(values).to_string();
        self.folder.join("partitions").join(format!("{}.json", files::file_name(&name)))
    }
}

fn tables(database: &Path) -> Result<BTreeMap<String, Table>, Error> {
    let mut tables = BTreeMap::new();
    for folder in files::children(&database.join("tables"))? {
        let path = folder.join("table.json");
        if !path.exists() {
            continue;
        }
        let kept: Kept = files::read(&path)?;
        let versions = files::read_all::<Kept>(&folder.join("versions"))?.into_iter();
        // A version is archived before the table moves on; a crash in between leaves the version that is still current.
        let archived = versions.map(|(_, old)| (old.version, old)).filter(|(version, _)| *version < kept.version);
        let partitions = files::read_all::<Kept>(&folder.join("partitions"))?.into_iter();
        let partitions = partitions.map(|(_, kept)| (texts(kept.input.get("Values")), kept));
        let table = Table { archived: archived.collect(), partitions: partitions.collect(), folder, kept };
        tables.insert(table.kept.name(), table);
    }
    Ok(tables)
}

fn no_database(name: &str) -> Refusal {
    Refusal::not_found(format!("Database {name} not found."))
}

/// The refusal of a table that is not there.
pub(crate) fn no_table(database: &str, name: &str) -> Refusal {
    Refusal::not_found(format!("Table {name} not found in database {database}."))
}

/// Seconds since 1970, to the millisecond.
fn now() -> f64 {
    Utc::now().timestamp_millis() as f64 / 1_000.0
}
