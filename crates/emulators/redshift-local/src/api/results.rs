//! GetStatementResult and GetStatementResultV2.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::describe::{find, format_name};
use super::error::ApiError;
use super::validate;
use crate::engine::Engine;
use crate::engine::history::Status;
use crate::engine::results::{Format, ResultSet};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ResultInput {
    id: String,
    next_token: Option<String>,
    wait_time_seconds: Option<i64>,
}

/// GetStatementResult: typed fields.
pub(crate) async fn json(engine: &Arc<Engine>, input: ResultInput) -> Result<String, ApiError> {
    let (result, page) = result(engine, &input, Format::Json).await?;
    let records = page_text(&result, page)?;
    let head = answer(&result, page);
    // The records are text already; to parse them again would cost as much as the query.
    Ok(format!("{{\"Records\":[{records}],{}", &head.to_string()[1..]))
}

/// GetStatementResultV2: CSV text.
pub(crate) async fn csv(engine: &Arc<Engine>, input: ResultInput) -> Result<String, ApiError> {
    let (result, page) = result(engine, &input, Format::Csv).await?;
    let mut answer = answer(&result, page);
    answer["Records"] = json!([{"CSVRecords": page_text(&result, page)?}]);
    answer["ResultFormat"] = json!(format_name(result.format));
    Ok(answer.to_string())
}

async fn result(
    engine: &Arc<Engine>,
    input: &ResultInput,
    wanted: Format,
) -> Result<(Arc<ResultSet>, usize), ApiError> {
    let wait = validate::wait(input.wait_time_seconds)?;
    let page = input.next_token.as_deref().map_or(Ok(0), validate::read_token)?;
    let (record, number) = find(engine, &input.id)?;
    if let Some(limit) = wait {
        record.wait(limit).await;
    }
    let progress = record.progress();
    let part = match number {
        None => progress.parts.first().filter(|_| record.request.batch.is_none()),
        Some(number) => number.checked_sub(1).and_then(|at| progress.parts.get(at)),
    };
    let finished = progress.status == Status::Finished || (number.is_some() && progress.status.is_final());
    let result = part.filter(|_| finished).and_then(|part| part.result.clone());
    let result = result.ok_or_else(|| {
        ApiError::validation(format!(
            "Query does not have result. Please check query status with DescribeStatement: {} is {}.",
            input.id,
            progress.status.name()
        ))
    })?;
    if result.format != wanted {
        let operation = if wanted == Format::Json { "GetStatementResultV2" } else { "GetStatementResult" };
        return Err(ApiError::validation(format!(
            "The result format of this statement is {}: use {operation}.",
            format_name(result.format)
        )));
    }
    Ok((result, page))
}

fn page_text(result: &ResultSet, page: usize) -> Result<String, ApiError> {
    let text = result.page(page).ok_or_else(|| ApiError::validation("The NextToken is invalid."))?;
    text.map_err(|error| ApiError::internal(format!("the result could not be read: {error}")))
}

fn answer(result: &ResultSet, page: usize) -> Value {
    let columns: Vec<Value> = result.columns.iter().map(|column| column.json()).collect();
    let mut answer = json!({"ColumnMetadata": columns, "TotalNumRows": result.rows});
    if result.has_page(page + 1) {
        answer["NextToken"] = json!(validate::write_token(page + 1));
    }
    answer
}
