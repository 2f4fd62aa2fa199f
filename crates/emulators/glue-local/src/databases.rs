//! The operations on databases.

use local_server::ACCOUNT;
use serde_json::{Value, json};

use crate::pages::page;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::shape::DATABASE_INPUT;
use crate::store::{Kept, Store};
use crate::tables::fold_name;

/// The most databases of one answer.
const MOST_DATABASES: usize = 100;

pub(crate) fn create(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let mut input = request.structure("DatabaseInput", &DATABASE_INPUT)?;
    let name = fold_name(&mut input, "databaseInput")?;
    if store.databases.contains_key(&name) {
        return Err(Refusal::exists(format!("Database already exists: {name}")));
    }
    store.create_database(name, Kept::new(input))?;
    Ok(json!({}))
}

pub(crate) fn get(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let database = store.database(&request.name("Name")?)?;
    Ok(json!({ "Database": told(&database.kept) }))
}

pub(crate) fn list(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    let databases = store.databases.iter().map(|(name, database)| (name.clone(), told(&database.kept)));
    let page = page(databases, request.text("NextToken", usize::MAX)?, request.most_results(MOST_DATABASES)?)?;
    Ok(json!({ "DatabaseList": page.items, "NextToken": page.next }))
}

/// Deletes a database with its tables, as Glue does.
pub(crate) fn delete(store: &mut Store, request: &Request) -> Result<Value, Refusal> {
    store.delete_database(&request.name("Name")?)?;
    Ok(json!({}))
}

fn told(kept: &Kept) -> Value {
    let mut database = kept.input.clone();
    database.insert("CreateTime".to_owned(), json!(kept.created));
    database.insert("CatalogId".to_owned(), json!(ACCOUNT));
    Value::Object(database)
}
