//! The operations of Glue that are used.

use std::error::Error as StdError;

use aws_sdk_glue::Client;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_glue::types::{
    DatabaseInput, Partition, PartitionError, PartitionInput, PartitionValueList, Table, TableInput,
};

use crate::error::{Error, GlueError, Wrote};

/// How many partitions BatchCreatePartition takes. Glue API, "BatchCreatePartition".
pub const PARTITIONS_PER_REQUEST: usize = 100;

/// How many partitions BatchGetPartition takes. Glue API, "BatchGetPartition".
const PARTITIONS_PER_READ: usize = 1000;

const EXISTS: &str = "AlreadyExistsException";
const CONFLICT: &str = "ConcurrentModificationException";
const MISSING: &str = "EntityNotFoundException";

/// One database of the catalog.
#[derive(Debug, Clone)]
pub struct Catalog {
    client: Client,
    database: String,
}

impl Catalog {
    /// The database with this name.
    pub fn new(client: Client, database: impl Into<String>) -> Self {
        Self { client, database: database.into() }
    }

    /// A table; `None` if it or the database does not exist.
    ///
    /// # Errors
    /// Glue's.
    pub async fn table(&self, name: &str) -> Result<Option<Table>, Error> {
        match self.client.get_table().database_name(&self.database).name(name).send().await {
            Ok(output) => Ok(output.table),
            Err(error) if code(&error) == Some(MISSING) => Ok(None),
            Err(error) => Err(Error::ReadTable { table: self.path(name), source: glue_error(&error) }),
        }
    }

    /// All tables; none, if there is no database.
    ///
    /// # Errors
    /// Glue's.
    pub async fn tables(&self) -> Result<Vec<Table>, Error> {
        let mut tables = Vec::new();
        let mut pages = self.client.get_tables().database_name(&self.database).into_paginator().send();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => tables.extend(page.table_list.unwrap_or_default()),
                Err(error) if code(&error) == Some(MISSING) => return Ok(Vec::new()),
                Err(error) => {
                    return Err(Error::ListTables { database: self.database.clone(), source: glue_error(&error) });
                }
            }
        }
        Ok(tables)
    }

    /// Creates the database if missing; another caller may create it at the same time.
    ///
    /// # Errors
    /// Glue's.
    pub async fn create_database(&self) -> Result<(), Error> {
        let failed = |source| Error::CreateDatabase { database: self.database.clone(), source };
        let input = DatabaseInput::builder().name(&self.database).build();
        let input = input.map_err(|error| failed(GlueError(causes::chain(&error))))?;
        match self.client.create_database().database_input(input).send().await {
            Ok(_) => Ok(()),
            Err(error) if matches!(code(&error), Some(EXISTS | CONFLICT)) => Ok(()),
            Err(error) => Err(failed(glue_error(&error))),
        }
    }

    /// Creates a table.
    ///
    /// # Errors
    /// Glue's.
    pub async fn create_table(&self, input: TableInput) -> Result<Wrote, Error> {
        let table = self.path(input.name());
        let sent = self.client.create_table().database_name(&self.database).table_input(input).send().await;
        wrote(&sent).map_err(|source| Error::WriteTable { table, source })
    }

    /// Puts a table in the place of the version that it was made from. The version before is not archived.
    ///
    /// Glue's reference does not state which error another version gives: after any, the table's version decides.
    ///
    /// # Errors
    /// Glue's.
    pub async fn update_table(&self, input: TableInput, version_id: Option<String>) -> Result<Wrote, Error> {
        let name = input.name().to_owned();
        let update = self.client.update_table().database_name(&self.database).table_input(input).skip_archive(true);
        let sent = update.set_version_id(version_id.clone()).send().await;
        match wrote(&sent) {
            Ok(wrote) => Ok(wrote),
            Err(source) => {
                let now = self.table(&name).await?.and_then(|table| table.version_id);
                match now == version_id {
                    true => Err(Error::WriteTable { table: self.path(&name), source }),
                    false => Ok(Wrote::Conflict),
                }
            }
        }
    }

    /// The partitions of these days that exist.
    ///
    /// `UnprocessedKeys` are, in the API's model, those "for which partitions were not returned". That may be for want of time, and then
    /// they are asked for again; or because they are not there: those of which an answer brings none are taken as absent. Who creates
    /// such a partition is reported by Glue if it existed after all.
    ///
    /// # Errors
    /// Glue's.
    pub async fn partitions_of(&self, table: &str, dates: &[String]) -> Result<Vec<Partition>, Error> {
        let failed = |source| Error::ReadPartitions { table: self.path(table), source };
        let mut found = Vec::new();
        let mut wanted = Vec::new();
        for date in dates {
            let values = PartitionValueList::builder().values(date).build();
            wanted.push(values.map_err(|error| failed(GlueError(causes::chain(&error))))?);
        }
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(PARTITIONS_PER_READ));
            let get = self.client.batch_get_partition().database_name(&self.database).table_name(table);
            let output = match get.set_partitions_to_get(Some(wanted)).send().await {
                Ok(output) => output,
                Err(error) if code(&error) == Some(MISSING) => return Ok(Vec::new()),
                Err(error) => return Err(failed(glue_error(&error))),
            };
            let partitions = output.partitions.unwrap_or_default();
            wanted = if partitions.is_empty() { Vec::new() } else { output.unprocessed_keys.unwrap_or_default() };
            wanted.extend(rest);
            found.extend(partitions);
        }
        Ok(found)
    }

    /// All partitions of a table.
    ///
    /// # Errors
    /// Glue's.
    pub async fn partitions(&self, table: &str) -> Result<Vec<Partition>, Error> {
        let mut partitions = Vec::new();
        let list = self.client.get_partitions().database_name(&self.database).table_name(table);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => partitions.extend(page.partitions.unwrap_or_default()),
                Err(error) => {
                    return Err(Error::ReadPartitions { table: self.path(table), source: glue_error(&error) });
                }
            }
        }
        Ok(partitions)
    }

    /// Creates partitions, at most [`PARTITIONS_PER_REQUEST`]. One that exists already stays as it is.
    ///
    /// # Errors
    /// Glue's, of the first one that could not be created.
    pub async fn create_partitions(&self, table: &str, inputs: Vec<PartitionInput>) -> Result<Wrote, Error> {
        let dates: Vec<String> = inputs.iter().flat_map(|input| input.values().iter().cloned()).collect();
        let failed = |date: String, source| Error::WritePartition { table: self.path(table), date, source };
        let create = self.client.batch_create_partition().database_name(&self.database).table_name(table);
        let sent = create.set_partition_input_list(Some(inputs)).send().await;
        let errors = match &sent {
            Ok(output) => output.errors(),
            Err(_) => return wrote(&sent).map_err(|source| failed(dates.join(", "), source)),
        };
        let mut ended = Wrote::Done;
        for error in errors {
            match error.error_detail().and_then(|detail| detail.error_code()) {
                Some(EXISTS) => {}
                Some(CONFLICT) => ended = Wrote::Conflict,
                _ => return Err(failed(error.partition_values().join("/"), refused(error))),
            }
        }
        Ok(ended)
    }

    /// Puts a partition in the place of the one of the same day.
    ///
    /// # Errors
    /// Glue's.
    pub async fn update_partition(&self, table: &str, date: &str, input: PartitionInput) -> Result<Wrote, Error> {
        let update = self.client.update_partition().database_name(&self.database).table_name(table);
        let sent = update.partition_value_list(date).partition_input(input).send().await;
        wrote(&sent).map_err(|source| Error::WritePartition { table: self.path(table), date: date.to_owned(), source })
    }

    fn path(&self, table: &str) -> String {
        format!("{}.{table}", self.database)
    }
}

/// How a write ended; Glue's error, if it does not concern other writers.
fn wrote<T, E>(sent: &Result<T, SdkError<E>>) -> Result<Wrote, GlueError>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match sent {
        Ok(_) => Ok(Wrote::Done),
        Err(error) => match code(error) {
            Some(EXISTS | CONFLICT) => Ok(Wrote::Conflict),
            Some(MISSING) => Ok(Wrote::Missing),
            _ => Err(glue_error(error)),
        },
    }
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

fn glue_error<E>(error: &SdkError<E>) -> GlueError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    GlueError(causes::service(error))
}

fn refused(error: &PartitionError) -> GlueError {
    let detail = error.error_detail();
    let text = |text: Option<&str>| text.unwrap_or("no reason").to_owned();
    GlueError(format!(
        "{}: {}",
        text(detail.and_then(|detail| detail.error_code())),
        text(detail.and_then(|detail| detail.error_message()))
    ))
}
