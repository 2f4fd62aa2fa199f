//! The operations on partitions, one at a time and in lists.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use local_server::ACCOUNT;
use serde_json::{Value, json};

use crate::expression::Filter;
use crate::pages::page;
use crate::refusal::Refusal;
use crate::request::{Request, object, texts, values};
use crate::shape::{Object, PARTITION_INPUT, camel};
use crate::store::{Kept, Store, Table};
use crate::tables::tell_storage;

/// The most partitions of one answer of `GetPartitions`.
const MOST_RESULTS: usize = 1_000;
/// The most partitions that one request creates or updates.
const MOST_WRITTEN: usize = 100;
/// The most partitions that one request deletes.
const MOST_DELETED: usize = 25;
/// The most partitions that `BatchGetPartition` takes.
const MOST_GOT: usize = 1_000;
/// The most characters of an expression.
const MOST_EXPRESSION: usize = 2_048;

pub(crate) fn create(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let input = request.structure("PartitionInput", &PARTITION_INPUT)?;
    create_one(table_mut(store, request)?, "partitionInput", input)?;
    Ok(json!({}))
}

pub(crate) fn get(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let values = request.values("PartitionValues")?;
    let (database, name) = names(request)?;
    let table = store.table(&database, &name)?;
    checked(table, &values)?;
    let kept = table.partitions.get(&values).ok_or_else(|| no_partition(&values))?;
    Ok(json!({ "Partition": told(&database, &name, kept) }))
}

pub(crate) fn list(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let (database, name) = names(request)?;
    let table = store.table(&database, &name)?;
    let keys = keys(table);
    let filter = request.text("Expression", MOST_EXPRESSION)?.filter(|expression| !expression.trim().is_empty());
    let filter = filter.map(|expression| Filter::read(expression, &keys)).transpose()?;
    let segment = request.segment()?;
    let without_columns = request.flag("ExcludeColumnSchema");
    let partitions = table.partitions.iter().filter(|(values, _)| {
        filter.as_ref().is_none_or(|filter| filter.accepts(values)) && is_in_segment(values, segment)
    });
    let partitions = partitions.map(|(values, kept)| {
        let mut partition = told(&database, &name, kept);
        if without_columns && let Some(storage) = partition["StorageDescriptor"].as_object_mut() {
            storage.remove("Columns");
        }
        (values.clone(), partition)
    });
    let page = page(partitions, request.text("NextToken", usize::MAX)?, request.most_results(MOST_RESULTS)?)?;
    Ok(json!({ "Partitions": page.items, "NextToken": page.next }))
}

pub(crate) fn update(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let values = request.values("PartitionValueList")?;
    let input = request.structure("PartitionInput", &PARTITION_INPUT)?;
    update_one(table_mut(store, request)?, values, input)?;
    Ok(json!({}))
}

pub(crate) fn delete(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let values = request.values("PartitionValues")?;
    delete_one(table_mut(store, request)?, &values)?;
    Ok(json!({}))
}

pub(crate) fn batch_create(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let items = request.list("PartitionInputList", 0..=MOST_WRITTEN)?;
    let accept = |(number, item): (usize, &Value)| {
        let path = format!("partitionInputList.{}.member", number + 1);
        Ok((PARTITION_INPUT.accept(&path, item).map(object)?, path))
    };
    let inputs = items.iter().enumerate().map(accept).collect::<Result<Vec<_>, Refusal>>()?;
    let table = table_mut(store, request)?;
    let mut errors = Vec::new();
    for (input, path) in inputs {
        let values = texts(input.get("Values"));
        if let Err(refusal) = create_one(table, &path, input) {
            errors.push(json!({ "PartitionValues": values, "ErrorDetail": detail(refusal)? }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

/// The partitions that there are; the others are told as not processed: "partitions that were not returned", says the API's model,
/// which does not say whether those that are not there belong to them.
pub(crate) fn batch_get(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let lists = value_lists(request, "PartitionsToGet", MOST_GOT)?;
    let (database, name) = names(request)?;
    let table = store.table(&database, &name)?;
    let (mut partitions, mut unprocessed) = (Vec::new(), Vec::new());
    for values in &lists {
        match table.partitions.get(values) {
            Some(kept) => partitions.push(told(&database, &name, kept)),
            None => unprocessed.push(json!({ "Values": values })),
        }
    }
    Ok(json!({ "Partitions": partitions, "UnprocessedKeys": unprocessed }))
}

pub(crate) fn batch_update(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let items = request.list("Entries", 1..=MOST_WRITTEN)?;
    let accept = |(number, item): (usize, &Value)| {
        let path = format!("entries.{}.member", number + 1);
        let values = values(&format!("{path}.partitionValueList"), item.get("PartitionValueList"))?;
        let input = PARTITION_INPUT.accept(&format!("{path}.partitionInput"), &item["PartitionInput"])?;
        Ok((values, object(input)))
    };
    let entries = items.iter().enumerate().map(accept).collect::<Result<Vec<_>, Refusal>>()?;
    let table = table_mut(store, request)?;
    let mut errors = Vec::new();
    for (values, input) in entries {
        if let Err(refusal) = update_one(table, values.clone(), input) {
            errors.push(json!({ "PartitionValueList": values, "ErrorDetail": detail(refusal)? }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

pub(crate) fn batch_delete(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let lists = value_lists(request, "PartitionsToDelete", MOST_DELETED)?;
    let table = table_mut(store, request)?;
    let mut errors = Vec::new();
    for values in lists {
        if let Err(refusal) = delete_one(table, &values) {
            errors.push(json!({ "PartitionValues": values, "ErrorDetail": detail(refusal)? }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

fn create_one(table: &mut Table, path: &str, input: Object) -> Result<(), Refusal> {
    let values = values(&format!("{path}.values"), input.get("Values"))?;
    checked(table, &values)?;
    if table.partitions.contains_key(&values) {
        return Err(Refusal::exists(format!("Partition already exists: {values:?}")));
    }
    table.put_partition(values, Kept::new(input))
}

/// Replaces a partition's definition. Its values cannot be changed: a partition with others is another one.
fn update_one(table: &mut Table, values: Vec<String>, mut input: Object) -> Result<(), Refusal> {
    checked(table, &values)?;
    let kept = table.partitions.get(&values).ok_or_else(|| no_partition(&values))?;
    if input.get("Values").is_some_and(|given| texts(Some(given)) != values) {
        return Err(Refusal::invalid(format!("The values of the partition {values:?} cannot be changed")));
    }
    input.insert("Values".to_owned(), json!(values));
    let kept = kept.replaced(input);
    table.put_partition(values, kept)
}

fn delete_one(table: &mut Table, values: &[String]) -> Result<(), Refusal> {
    checked(table, values)?;
    if table.delete_partition(values)? { Ok(()) } else { Err(no_partition(values)) }
}

/// The names of the database and the table of a request.
fn names(request: &Request) -> Result<(String, String), Refusal> {
    Ok((request.name("DatabaseName")?, request.name("TableName")?))
}

fn table_mut<'a>(store: &'a mut Store, request: &Request) -> Result<&'a mut Table, Refusal> {
    let (database, name) = names(request)?;
    store.table_mut(&database, &name)
}

/// The partition keys of a table: names and types.
fn keys(table: &Table) -> Vec<(String, String)> {
    let keys = table.kept.input.get("PartitionKeys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |key: &Value, member: &str| key[member].as_str().unwrap_or_default().to_lowercase();
    keys.iter().map(|key| (text(key, "Name"), text(key, "Type"))).collect()
}

/// There is a value for each key, and none is empty.
fn checked(table: &Table, values: &[String]) -> Result<(), Refusal> {
    let keys = keys(table);
    if keys.len() != values.len() {
        let named: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Refusal::invalid(format!(
            "The number of partition keys do not match the number of partition values: keys {named:?}, values {values:?}"
        )));
    }
    if values.iter().any(String::is_empty) {
        return Err(Refusal::invalid(format!("Partition values cannot be empty: {values:?}")));
    }
    Ok(())
}

fn value_lists(request: &Request, member: &str, most: usize) -> Result<Vec<Vec<String>>, Refusal> {
    let items = request.list(member, 0..=most)?;
    items.iter().map(|item| values(&format!("{}.values", camel(member)), item.get("Values"))).collect()
}

/// What a list's answer says of one item; a fault of this machine fails the whole request.
fn detail(refusal: Refusal) -> Result<Value, Refusal> {
    if refusal.is_internal() {
        return Err(refusal);
    }
    Ok(json!({ "ErrorCode": refusal.code, "ErrorMessage": refusal.message }))
}

fn told(database: &str, table: &str, kept: &Kept) -> Value {
    let mut partition = kept.input.clone();
    tell_storage(&mut partition);
    let more = [
        ("DatabaseName", json!(database)),
        ("TableName", json!(table)),
        ("CreationTime", json!(kept.created)),
        ("CatalogId", json!(ACCOUNT)),
    ];
    partition.extend(more.map(|(member, value)| (member.to_owned(), value)));
    Value::Object(partition)
}

fn is_in_segment(values: &[String], segment: Option<(u64, u64)>) -> bool {
    segment.is_none_or(|(number, total)| {
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        hasher.finish() % total == number
    })
}

fn no_partition(values: &[String]) -> Refusal {
    Refusal::not_found(format!("Cannot find partition: {values:?}"))
}
