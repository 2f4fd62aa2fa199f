//! The catalogue's tables and partitions.

use std::collections::HashMap;
use std::error::Error as StdError;

use aws_sdk_glue::Client;
use aws_sdk_glue::types::Column;

use crate::error::{BoxError, Error, nearest};
use crate::hive::HiveType;
use crate::statement::TableName;

/// A table's definition.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: TableName,
    /// The columns of its files.
    pub(crate) columns: Vec<(String, HiveType)>,
    /// The partition keys, in their order.
    pub(crate) keys: Vec<(String, HiveType)>,
    /// Where its files are, if stated.
    pub(crate) location: Option<String>,
    /// The parameters, which configure projection.
    pub(crate) parameters: HashMap<String, String>,
}

/// The values of the keys, and where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) values: Vec<String>,
    pub(crate) location: String,
}

/// Asks for a table's definition.
pub(crate) async fn table(client: &Client, name: &TableName) -> Result<Table, Error> {
    let answer = client.get_table().database_name(&name.database).name(&name.name).send().await;
    let found = match answer {
        Ok(answer) => answer.table,
        Err(error) if error.as_service_error().is_some_and(|error| error.is_entity_not_found_exception()) => None,
        Err(error) => return Err(failed("GetTable", name, error)),
    };
    let Some(found) = found else {
        let tables = tables(client, &name.database).await?;
        return Err(Error::UnknownTable {
            database: name.database.clone(),
            name: name.name.clone(),
            nearest: nearest(&name.name, tables.iter().map(String::as_str)),
        });
    };
    let Some(storage) = found.storage_descriptor() else {
        return Err(refused(name, "StorageDescriptor", "missing", "only tables of files can be read here"));
    };
    let format = storage.input_format().unwrap_or_default();
    if !format.to_lowercase().contains("parquet") {
        return Err(refused(name, "InputFormat", format, "only tables of Parquet files can be read here"));
    }
    Ok(Table {
        name: name.clone(),
        columns: columns(name, storage.columns())?,
        keys: columns(name, found.partition_keys())?,
        location: storage.location().map(str::to_owned),
        parameters: found.parameters().cloned().unwrap_or_default(),
    })
}

/// The registered partitions of a table.
pub(crate) async fn partitions(client: &Client, table: &Table) -> Result<Vec<Partition>, Error> {
    let request = client.get_partitions().database_name(&table.name.database).table_name(&table.name.name);
    let mut pages = request.exclude_column_schema(true).into_paginator().send();
    let mut partitions = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed("GetPartitions", &table.name, error))?;
        for partition in page.partitions() {
            let location = partition.storage_descriptor().and_then(|storage| storage.location());
            let Some(location) = location else {
                let property = format!("location of the partition {:?}", partition.values());
                return Err(refused(&table.name, &property, "missing", "register the partition with its location"));
            };
            partitions.push(Partition { values: partition.values().to_vec(), location: location.to_owned() });
        }
    }
    Ok(partitions)
}

/// The names of a database's tables, in their order.
pub(crate) async fn tables(client: &Client, database: &str) -> Result<Vec<String>, Error> {
    let mut pages = client.get_tables().database_name(database).into_paginator().send();
    let mut tables = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => tables.extend(page.table_list().iter().map(|table| table.name().to_owned())),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_entity_not_found_exception()) => {
                let databases = databases(client).await?;
                let nearest = nearest(database, databases.iter().map(String::as_str));
                return Err(Error::UnknownDatabase { name: database.to_owned(), nearest });
            }
            Err(error) => return Err(failed("GetTables", &database, error)),
        }
    }
    tables.sort();
    Ok(tables)
}

/// The names of the databases, in their order.
pub(crate) async fn databases(client: &Client) -> Result<Vec<String>, Error> {
    let mut pages = client.get_databases().into_paginator().send();
    let mut databases = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed("GetDatabases", &"the account", error))?;
        databases.extend(page.database_list().iter().map(|database| database.name().to_owned()));
    }
    databases.sort();
    Ok(databases)
}

/// A definition that cannot be read.
pub(crate) fn refused(table: &TableName, property: &str, value: &str, remedy: &str) -> Error {
    Error::Definition {
        table: table.to_string(),
        property: property.to_owned(),
        value: value.to_owned(),
        remedy: remedy.to_owned(),
    }
}

fn columns(table: &TableName, columns: &[Column]) -> Result<Vec<(String, HiveType)>, Error> {
    let column = |column: &Column| {
        let text = column.r#type().unwrap_or_default();
        let kind = HiveType::parse(text).ok_or_else(|| {
            let property = format!("type of the column {:?}", column.name());
            refused(table, &property, text, "a type of Hive is expected, such as string, bigint or array<string>")
        })?;
        Ok((column.name().to_lowercase(), kind))
    };
    columns.iter().map(column).collect()
}

fn failed<E>(operation: &'static str, subject: &impl ToString, error: E) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    Error::Catalog { operation, subject: subject.to_string(), source: BoxError::from(error) }
}
