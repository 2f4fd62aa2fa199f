//! ListStatements and ListSessions.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::describe::{add_target, epoch, format_name};
use super::error::ApiError;
use super::validate;
use crate::engine::Engine;
use crate::engine::history::{Record, Status, Target};
use crate::engine::sessions::{Info, SessionStatus};

/// The page of a list whose size is not stated.
const DEFAULT_PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum StatusFilter {
    All,
    #[serde(untagged)]
    One(Status),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct StatementsInput {
    next_token: Option<String>,
    max_results: Option<i64>,
    statement_name: Option<String>,
    status: Option<StatusFilter>,
    /// There is one caller, so both values list the same statements.
    #[serde(rename = "RoleLevel")]
    _role_level: Option<bool>,
    database: Option<String>,
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SessionsInput {
    next_token: Option<String>,
    max_results: Option<i64>,
    session_id: Option<String>,
    status: Option<SessionStatus>,
    /// There is one caller, so both values list the same sessions.
    #[serde(rename = "RoleLevel")]
    _role_level: Option<bool>,
    database: Option<String>,
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
}

/// ListStatements: the newest first; only finished ones unless a status is asked for.
pub(crate) fn statements(engine: &Arc<Engine>, input: &StatementsInput) -> Result<Value, ApiError> {
    validate::range("maxResults", input.max_results, 0, 100)?;
    let filter = target(&input.database, &input.cluster_identifier, &input.workgroup_name);
    let listed = |record: &Arc<Record>| {
        let status = match &input.status {
            None => record.status() == Status::Finished,
            Some(StatusFilter::All) => true,
            Some(StatusFilter::One(status)) => record.status() == *status,
        };
        let name = record.request.name.as_deref().unwrap_or_default();
        let named = input.statement_name.as_deref().is_none_or(|prefix| name.starts_with(prefix));
        status && named && matches(&filter, &record.request.target)
    };
    let records: Vec<Arc<Record>> = engine.history.newest_first().into_iter().filter(listed).collect();
    let (page, token) = validate::page(records, input.next_token.as_deref(), input.max_results, DEFAULT_PAGE)?;
    let statements: Vec<Value> = page.iter().map(|record| statement(record)).collect();
    Ok(with_token(json!({"Statements": statements}), token))
}

/// ListSessions.
pub(crate) fn sessions(engine: &Arc<Engine>, input: &SessionsInput) -> Result<Value, ApiError> {
    validate::range("maxResults", input.max_results, 0, 100)?;
    engine.sessions.expire();
    let filter = target(&input.database, &input.cluster_identifier, &input.workgroup_name);
    let listed = |info: &Info| {
        input.session_id.as_ref().is_none_or(|id| info.id == *id)
            && input.status.is_none_or(|status| info.status == status)
            && matches(&filter, &info.target)
    };
    let mut infos: Vec<Info> = engine.sessions.list().into_iter().filter(listed).collect();
    infos.sort_by_key(|info| std::cmp::Reverse(info.created));
    let (page, token) = validate::page(infos, input.next_token.as_deref(), input.max_results, DEFAULT_PAGE)?;
    let sessions: Vec<Value> = page.iter().map(session).collect();
    Ok(with_token(json!({"Sessions": sessions}), token))
}

/// Adds the token of the next page, if there is one.
pub(crate) fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["NextToken"] = json!(token);
    }
    answer
}

fn statement(record: &Record) -> Value {
    let (request, progress) = (&record.request, record.progress());
    let mut answer = json!({
        "Id": request.id,
        "Status": progress.status.name(),
        "CreatedAt": epoch(request.created),
        "UpdatedAt": epoch(progress.updated),
        "IsBatchStatement": request.batch.is_some(),
        "ResultFormat": format_name(request.format),
    });
    match request.batch {
        Some(_) => answer["QueryStrings"] = json!(request.sqls),
        None => answer["QueryString"] = json!(request.sqls.first()),
    }
    let optional = [
        ("StatementName", request.name.as_ref()),
        ("SecretArn", request.target.secret.as_ref()),
        ("SessionId", request.session.as_ref()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            answer[name] = json!(value);
        }
    }
    if !request.parameters.is_empty() {
        answer["QueryParameters"] = json!(request.parameters);
    }
    answer
}

fn session(info: &Info) -> Value {
    let mut answer = json!({
        "SessionId": info.id,
        "Status": info.status.name(),
        "CreatedAt": epoch(info.created),
        "UpdatedAt": epoch(info.updated),
        "SessionAliveSeconds": info.keep_alive.as_secs(),
        "SessionTtl": epoch(info.expires()),
    });
    if let Some(statement) = &info.statement {
        answer["CurrentStatementId"] = json!(statement);
    }
    add_target(&mut answer, &info.target);
    if let Value::Object(members) = &mut answer {
        members.remove("SecretArn");
    }
    answer
}

fn target(database: &Option<String>, cluster: &Option<String>, workgroup: &Option<String>) -> Target {
    Target { database: database.clone(), cluster: cluster.clone(), workgroup: workgroup.clone(), ..Target::default() }
}

fn matches(filter: &Target, target: &Target) -> bool {
    let same = |wanted: &Option<String>, given: &Option<String>| wanted.is_none() || wanted == given;
    same(&filter.database, &target.database)
        && same(&filter.cluster, &target.cluster)
        && same(&filter.workgroup, &target.workgroup)
}
