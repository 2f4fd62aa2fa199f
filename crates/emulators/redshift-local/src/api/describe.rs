//! DescribeStatement and CancelStatement.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::validate;
use crate::engine::Engine;
use crate::engine::history::{Part, Progress, Record, Target};
use crate::engine::results::Format;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInput {
    id: String,
    wait_time_seconds: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CancelInput {
    id: String,
}

/// DescribeStatement.
pub(crate) async fn describe(engine: &Arc<Engine>, input: DescribeInput) -> Result<Value, ApiError> {
    let wait = validate::wait(input.wait_time_seconds)?;
    let (record, number) = find(engine, &input.id)?;
    if let Some(limit) = wait {
        record.wait(limit).await;
    }
    let progress = record.progress();
    match number {
        None => Ok(whole(&record, &progress)),
        Some(number) => {
            let part = number.checked_sub(1).and_then(|at| progress.parts.get(at)).ok_or_else(|| missing(&input.id))?;
            Ok(sub_statement(&record, part, number))
        }
    }
}

/// CancelStatement.
pub(crate) fn cancel(engine: &Arc<Engine>, input: &CancelInput) -> Result<Value, ApiError> {
    let (record, _) = find(engine, &input.id)?;
    let status = record.status();
    if status.is_final() {
        return Err(ApiError::validation(format!(
            "Could not cancel a query that is already in {} state with ID: {}",
            status.name(),
            input.id
        )));
    }
    crate::engine::cancel(engine, &record);
    Ok(json!({"Status": true}))
}

/// The statement of an id, and the sub-statement's number where the id has one.
pub(crate) fn find(engine: &Engine, id: &str) -> Result<(Arc<Record>, Option<usize>), ApiError> {
    let (uuid, number) = validate::id(id)?;
    let record = engine.history.find(uuid).ok_or_else(|| missing(id))?;
    Ok((record, number))
}

/// The error for an id that is nobody's.
pub(crate) fn missing(id: &str) -> ApiError {
    ApiError::not_found("Query does not exist.", id)
}

/// A moment as seconds since 1970 with a fraction.
pub(crate) fn epoch(moment: DateTime<Utc>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double exactly for 285,000 years")]
    let milliseconds = moment.timestamp_millis() as f64;
    milliseconds / 1000.0
}

/// Whether any part of a statement has rows to fetch.
pub(crate) fn has_result(progress: &Progress) -> bool {
    progress.parts.iter().any(|part| part.result.is_some())
}

/// Adds whom a statement speaks to, as far as it was named.
pub(crate) fn add_target(answer: &mut Value, target: &Target) {
    let members = [
        ("ClusterIdentifier", &target.cluster),
        ("WorkgroupName", &target.workgroup),
        ("SecretArn", &target.secret),
        ("DbUser", &target.db_user),
        ("Database", &target.database),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            answer[name] = json!(value);
        }
    }
}

/// The name of a result format.
pub(crate) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::Csv => "CSV",
    }
}

fn whole(record: &Record, progress: &Progress) -> Value {
    let request = &record.request;
    let single = progress.parts.first().filter(|_| request.batch.is_none());
    let last = progress.parts.last();
    let mut answer = json!({
        "Id": request.id,
        "Status": progress.status.name(),
        "CreatedAt": epoch(request.created),
        "UpdatedAt": epoch(progress.updated),
        "Duration": nanoseconds(progress.duration),
        "HasResultSet": has_result(progress),
        "RedshiftPid": request.pid,
        "RedshiftQueryId": single.map_or(-1, |part| part.query_id),
        "ResultRows": last.map_or(-1, |part| part.rows),
        "ResultSize": last.map_or(-1, |part| part.bytes),
        "ResultFormat": format_name(request.format),
        "QueryString": request.sqls.first().filter(|_| request.batch.is_none()),
    });
    add_target(&mut answer, &request.target);
    if request.batch.is_some() {
        let parts = progress.parts.iter().zip(1..);
        answer["SubStatements"] = parts.map(|(part, number)| sub_statement(record, part, number)).collect();
        answer["ExecutionMode"] = json!(request.batch);
    }
    if !request.parameters.is_empty() {
        answer["QueryParameters"] = json!(request.parameters);
    }
    let optional = [("Error", &progress.error), ("SessionId", &request.session)];
    for (name, value) in optional {
        if let Some(value) = value {
            answer[name] = json!(value);
        }
    }
    without_nulls(answer)
}

fn sub_statement(record: &Record, part: &Part, number: usize) -> Value {
    without_nulls(json!({
        "Id": format!("{}:{number}", record.request.id),
        "Status": part.status.name(),
        "CreatedAt": epoch(part.created),
        "UpdatedAt": epoch(part.updated),
        "Duration": nanoseconds(part.duration),
        "Error": part.error,
        "HasResultSet": part.result.is_some(),
        "QueryString": record.request.sqls.get(number - 1),
        "RedshiftQueryId": part.query_id,
        "ResultRows": part.rows,
        "ResultSize": part.bytes,
    }))
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
    }
    value
}

fn nanoseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
