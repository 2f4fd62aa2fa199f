//! The operations of the Data API, from JSON to JSON.

mod describe;
mod error;
mod execute;
mod lists;
mod metadata;
mod results;
mod validate;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::engine::Engine;
pub(crate) use error::ApiError;

/// Answers one operation.
pub(crate) async fn dispatch(engine: &Arc<Engine>, operation: &str, body: &[u8]) -> Result<String, ApiError> {
    let answer = match operation {
        "ExecuteStatement" => execute::execute(engine, read(body)?).await,
        "BatchExecuteStatement" => execute::batch(engine, read(body)?).await,
        "DescribeStatement" => describe::describe(engine, read(body)?).await,
        "CancelStatement" => describe::cancel(engine, &read(body)?),
        "GetStatementResult" => return results::json(engine, read(body)?).await,
        "GetStatementResultV2" => return results::csv(engine, read(body)?).await,
        "ListStatements" => lists::statements(engine, &read(body)?),
        "ListSessions" => lists::sessions(engine, &read(body)?),
        "ListDatabases" => metadata::databases(engine, &read(body)?),
        "ListSchemas" => metadata::schemas(engine, &read(body)?),
        "ListTables" => metadata::tables(engine, &read(body)?),
        "DescribeTable" => metadata::table(engine, &read(body)?),
        _ => Err(ApiError::unknown_operation(operation)),
    }?;
    Ok(answer.to_string())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(body).map_err(|error| ApiError::serialization(&error))?;
    serde_json::from_value(without_nulls(value)).map_err(|error| ApiError::validation(error.to_string()))
}

/// A member that is null is a member that is not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().filter(|(_, member)| !member.is_null()).collect()),
        other => other,
    }
}
