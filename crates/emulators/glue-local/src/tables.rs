//! The operations on tables.

use local_server::ACCOUNT;
use regex::Regex;
use serde_json::{Value, json};

use crate::pages::page;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::shape::{Object, TABLE_INPUT, constraint};
use crate::store::{Kept, Store, no_table};

/// The most tables of one answer; the same for versions.
const MOST_TABLES: usize = 100;
/// The most characters of an expression.
const MOST_EXPRESSION: usize = 2_048;

pub(crate) fn create(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let database = request.name("DatabaseName")?;
    let mut input = request.structure("TableInput", &TABLE_INPUT)?;
    let name = fold_name(&mut input, "tableInput")?;
    let database = store.database_mut(&database)?;
    if database.tables.contains_key(&name) {
        return Err(Refusal::exists(format!("Table already exists: {name}")));
    }
    database.create_table(name, Kept::new(input))?;
    Ok(json!({}))
}

pub(crate) fn get(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let database = request.name("DatabaseName")?;
    let table = store.table(&database, &request.name("Name")?)?;
    Ok(json!({ "Table": told(store, &database, &table.kept) }))
}

pub(crate) fn list(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let name = request.name("DatabaseName")?;
    let pattern = request.text("Expression", MOST_EXPRESSION)?.map(pattern).transpose()?;
    let tables = store.database(&name)?.tables.iter();
    let tables = tables.filter(|(table, _)| pattern.as_ref().is_none_or(|pattern| pattern.is_match(table)));
    let tables = tables.map(|(table, kept)| (table.clone(), told(store, &name, &kept.kept)));
    let page = page(tables, request.text("NextToken", usize::MAX)?, request.most_results(MOST_TABLES)?)?;
    Ok(json!({ "TableList": page.items, "NextToken": page.next }))
}

/// Replaces the definition; the time of creation and the partitions stay.
pub(crate) fn update(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let database = request.name("DatabaseName")?;
    let mut input = request.structure("TableInput", &TABLE_INPUT)?;
    let name = fold_name(&mut input, "tableInput")?;
    let expected = request.text("VersionId", 255)?;
    let table = store.table_mut(&database, &name)?;
    if expected.is_some_and(|expected| expected != table.kept.version.to_string()) {
        return Err(Refusal::conflict("UpdateTable"));
    }
    let kept = table.kept.replaced(input);
    table.replace(kept, !request.flag("SkipArchive"))?;
    Ok(json!({}))
}

pub(crate) fn delete(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let (database, name) = (request.name("DatabaseName")?, request.name("Name")?);
    if !store.database_mut(&database)?.delete_table(&name)? {
        return Err(no_table(&database, &name));
    }
    Ok(json!({}))
}

/// The current definition and the archived ones, newest first.
pub(crate) fn versions(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let database = request.name("DatabaseName")?;
    let table = store.table(&database, &request.name("TableName")?)?;
    let versions = std::iter::once(&table.kept).chain(table.archived.values().rev());
    let versions = versions.map(|kept| {
        let version = json!({ "Table": told(store, &database, kept), "VersionId": kept.version.to_string() });
        (std::cmp::Reverse(kept.version), version)
    });
    let page = page(versions, request.text("NextToken", usize::MAX)?, request.most_results(MOST_TABLES)?)?;
    Ok(json!({ "TableVersions": page.items, "NextToken": page.next }))
}

/// Folds the name of an input, which must have one.
pub(crate) fn fold_name(input: &mut Object, path: &str) -> Result<String, Refusal> {
    let name = input.get("Name").and_then(Value::as_str).map(str::to_lowercase);
    let name = name.ok_or_else(|| constraint(&format!("{path}.name"), "Member must not be null"))?;
    input.insert("Name".to_owned(), json!(name));
    Ok(name)
}

/// A storage descriptor as it is told: what was not said has a value.
pub(crate) fn tell_storage(definition: &mut Object) {
    if let Some(Value::Object(storage)) = definition.get_mut("StorageDescriptor") {
        let defaults = [
            ("Compressed", json!(false)),
            ("NumberOfBuckets", json!(0)),
            ("SortColumns", json!([])),
            ("StoredAsSubDirectories", json!(false)),
        ];
        for (member, value) in defaults {
            storage.entry(member).or_insert(value);
        }
    }
}

fn told(store: &Store, database: &str, kept: &Kept) -> Value {
    let mut table = kept.input.clone();
    tell_storage(&mut table);
    table.entry("Retention").or_insert(json!(0));
    table.entry("PartitionKeys").or_insert(json!([]));
    let creator = format!("arn:aws:sts::{ACCOUNT}:assumed-role/local/{}", store.region);
    let more = [
        ("DatabaseName", json!(database)),
        ("CreateTime", json!(kept.created)),
        ("UpdateTime", json!(kept.updated)),
        ("CreatedBy", json!(creator)),
        ("IsRegisteredWithLakeFormation", json!(false)),
        ("CatalogId", json!(ACCOUNT)),
        ("VersionId", json!(kept.version.to_string())),
    ];
    table.extend(more.map(|(member, value)| (member.to_owned(), value)));
    Value::Object(table)
}

/// The regular expression that whole names must match.
fn pattern(expression: &str) -> Result<Regex, Refusal> {
    Regex::new(&format!("^(?i:{expression})$"))
        .map_err(|error| Refusal::invalid(format!("Expression {expression:?} is no regular expression: {error}")))
}
