//! What a table must become, so that files can be read through it. Nothing here asks anybody.

use std::collections::HashMap;

use aws_sdk_glue::error::BuildError;
use aws_sdk_glue::types::{Column as GlueColumn, StorageDescriptor, Table, TableInput};

use crate::error::Refusal;
use crate::fit::{Fit, fit};
use crate::parquet_columns::Column;
use crate::projection;
use crate::recipe::{self, PARTITION_KEY};

/// The table that files belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name, in lower case.
    pub name: String,
    /// `s3://bucket/folder/`, where the partitions' folders are.
    pub location: String,
    /// Whether Athena shall work out its partitions.
    pub projection: bool,
}

/// A file that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `s3://bucket/key`, for people.
    pub url: String,
    /// Its day, as `2015-12-10`.
    pub date: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// What is done to a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing: it reads the files as it is.
    Nothing,
    /// It does not exist yet.
    Create(TableInput),
    /// It changes, unless another writer was first.
    Update {
        /// What it becomes.
        input: TableInput,
        /// The version that `input` was made from.
        version_id: Option<String>,
    },
}

/// What is done, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePlan {
    /// What is done.
    pub change: Change,
    /// Columns that the table gets.
    pub added: Vec<String>,
    /// Columns that get a wider type, as `name int -> bigint`.
    pub widened: Vec<String>,
    /// The files that the table cannot read, by their place among the files; the others are not affected by them.
    pub refused: Vec<(usize, Refusal)>,
}

/// The columns that a table has, without the partition key.
pub fn columns_of(table: &Table) -> &[GlueColumn] {
    table.storage_descriptor().map(StorageDescriptor::columns).unwrap_or_default()
}

/// What the table must become to read all the files that it can. `table` is what the catalog has; none, if it has none.
///
/// New columns come last, in the order of the files. Nothing is taken away, and what others set stays.
///
/// # Errors
/// A part of the table lacks what Glue requires, such as a name.
pub fn plan(table: Option<&Table>, wanted: &Wanted, files: &[File]) -> Result<TablePlan, BuildError> {
    let mut merge = Merge::new(table, wanted);
    let mut refused = Vec::new();
    let mut first: Option<&str> = None;
    for (place, file) in files.iter().enumerate() {
        match merge.take(table, file)? {
            Some(refusal) => refused.push((place, refusal)),
            None => first = Some(first.map_or(file.date.as_str(), |first| first.min(&file.date))),
        }
    }
    let change = match first {
        None => Change::Nothing,
        Some(first) => merge.change(table, first)?,
    };
    Ok(TablePlan { change, added: merge.added, widened: merge.widened, refused })
}

struct Merge<'a> {
    wanted: &'a Wanted,
    columns: Vec<GlueColumn>,
    added: Vec<String>,
    widened: Vec<String>,
}

impl<'a> Merge<'a> {
    fn new(table: Option<&Table>, wanted: &'a Wanted) -> Self {
        let columns = table.map(|table| columns_of(table).to_vec()).unwrap_or_default();
        Self { wanted, columns, added: Vec::new(), widened: Vec::new() }
    }

    /// Adds and widens what one file needs, or nothing if the file is refused.
    fn take(&mut self, table: Option<&Table>, file: &File) -> Result<Option<Refusal>, BuildError> {
        if let Some(problem) = table.and_then(|table| not_ours(table, self.wanted)) {
            let table = self.wanted.name.clone();
            return Ok(Some(Refusal::Table { file: file.url.clone(), table, problem }));
        }
        let (mut columns, mut added, mut widened) = (self.columns.clone(), Vec::new(), Vec::new());
        for column in &file.columns {
            let Some(existing) = columns.iter_mut().find(|other| other.name().eq_ignore_ascii_case(&column.name))
            else {
                columns.push(recipe::column(&column.name, &column.type_name)?);
                added.push(column.name.clone());
                continue;
            };
            let has = existing.r#type().unwrap_or_default().to_owned();
            match fit(&has, &column.type_name) {
                Fit::Fits => {}
                Fit::Widens => {
                    widened.push(format!("{} {has} -> {}", column.name, column.type_name));
                    existing.r#type = Some(column.type_name.clone());
                }
                Fit::Differs => return Ok(Some(self.refusal(file, column, &has))),
            }
        }
        self.columns = columns;
        self.added.extend(added);
        self.widened.extend(widened);
        Ok(None)
    }

    fn refusal(&self, file: &File, column: &Column, has: &str) -> Refusal {
        let line = |name: &str, type_name: &str| format!("{name} {type_name}");
        Refusal::Column {
            file: file.url.clone(),
            table: self.wanted.name.clone(),
            column: column.name.clone(),
            has: has.to_owned(),
            found: column.type_name.clone(),
            table_columns: self
                .columns
                .iter()
                .map(|column| line(column.name(), column.r#type().unwrap_or_default()))
                .collect::<Vec<_>>()
                .join(", "),
            file_columns: file
                .columns
                .iter()
                .map(|column| line(&column.name, &column.type_name))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }

    fn change(&self, table: Option<&Table>, first: &str) -> Result<Change, BuildError> {
        let Wanted { name, location, projection } = self.wanted;
        let set = |parameters: Option<&HashMap<String, String>>| match projection {
            true => projection::missing(parameters, location, first),
            false => HashMap::new(),
        };
        let Some(table) = table else {
            return recipe::new_table(name, location, self.columns.clone(), set(None)).map(Change::Create);
        };
        let parameters = set(table.parameters());
        if self.added.is_empty() && self.widened.is_empty() && parameters.is_empty() {
            return Ok(Change::Nothing);
        }
        let mut input = recipe::unchanged(table)?;
        if let Some(storage) = &mut input.storage_descriptor {
            storage.columns = Some(self.columns.clone());
        }
        input.parameters.get_or_insert_default().extend(parameters);
        Ok(Change::Update { input, version_id: table.version_id.clone() })
    }
}

/// Why these files cannot be read through a table of this name.
fn not_ours(table: &Table, wanted: &Wanted) -> Option<String> {
    let Some(storage) = table.storage_descriptor().filter(|storage| recipe::is_parquet(storage)) else {
        return Some("it is no table of Parquet files".to_owned());
    };
    if table.view_definition().is_some() || table.federated_table().is_some() || table.target_table().is_some() {
        return Some("it is a view, or a table of another catalog".to_owned());
    }
    let location = storage.location().unwrap_or_default();
    if location.trim_end_matches('/') != wanted.location.trim_end_matches('/') {
        return Some(format!("its location is {location}, not {}", wanted.location));
    }
    let keys: Vec<&str> = table.partition_keys().iter().map(GlueColumn::name).collect();
    (keys != [PARTITION_KEY]).then(|| format!("its partition keys are [{}], not [{PARTITION_KEY}]", keys.join(", ")))
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a test that meets something else fails")]
mod tests;
