//! ExecuteStatement and BatchExecuteStatement.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::describe::{epoch, has_result};
use super::error::ApiError;
use super::validate;
use crate::engine::Engine;
use crate::engine::history::{ExecutionMode, Record, Request, Target, TokenUse};
use crate::engine::results::Format;
use crate::engine::sessions::{Info, Lease, SessionStatus, Unusable};
use crate::parameters::{Parameter, names};

/// A batch may hold this many statements.
const MAX_STATEMENTS: usize = 40;
/// A statement's text may hold this many bytes.
const MAX_SQL_BYTES: usize = 100 * 1024;
/// This many statements may be under way.
const MAX_ACTIVE_STATEMENTS: usize = 500;
/// This many sessions may be open.
const MAX_ACTIVE_SESSIONS: usize = 500;

/// What both operations take beside their SQL.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Members {
    sql: Option<String>,
    sqls: Option<Vec<String>>,
    cluster_identifier: Option<String>,
    secret_arn: Option<String>,
    db_user: Option<String>,
    database: Option<String>,
    with_event: Option<bool>,
    statement_name: Option<String>,
    parameters: Option<Vec<Parameter>>,
    workgroup_name: Option<String>,
    client_token: Option<String>,
    result_format: Option<Format>,
    session_keep_alive_seconds: Option<i64>,
    session_id: Option<String>,
    execution_mode: Option<ExecutionMode>,
    wait_time_seconds: Option<i64>,
}

/// The members of ExecuteStatement.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct ExecuteInput(Members);

/// The members of BatchExecuteStatement.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct BatchInput(Members);

/// ExecuteStatement.
pub(crate) async fn execute(engine: &Arc<Engine>, ExecuteInput(members): ExecuteInput) -> Result<Value, ApiError> {
    if members.sqls.is_some() || members.execution_mode.is_some() {
        return Err(ApiError::validation("ExecuteStatement takes neither Sqls nor ExecutionMode."));
    }
    let Some(sql) = members.sql.clone() else {
        return Err(ApiError::validation("Value null at 'sql' failed to satisfy constraint: Member must not be null"));
    };
    submit(engine, members, vec![sql], None).await
}

/// BatchExecuteStatement.
pub(crate) async fn batch(engine: &Arc<Engine>, BatchInput(members): BatchInput) -> Result<Value, ApiError> {
    if members.sql.is_some() {
        return Err(ApiError::validation("BatchExecuteStatement takes Sqls, not Sql."));
    }
    let sqls = members.sqls.clone().unwrap_or_default();
    if !(1..=MAX_STATEMENTS).contains(&sqls.len()) {
        return Err(ApiError::validation(format!(
            "Value at 'sqls' failed to satisfy constraint: Member must have length between 1 and {MAX_STATEMENTS}, not {}",
            sqls.len()
        )));
    }
    let mode = members.execution_mode.unwrap_or_default();
    submit(engine, members, sqls, Some(mode)).await
}

async fn submit(
    engine: &Arc<Engine>,
    members: Members,
    sqls: Vec<String>,
    batch: Option<ExecutionMode>,
) -> Result<Value, ApiError> {
    let wait = validate::wait(members.wait_time_seconds)?;
    check(&members, &sqls)?;
    let id = uuid::Uuid::new_v4().to_string();
    if let Some(token) = &members.client_token {
        match engine.history.take_token(token, &fingerprint(&members), &id) {
            TokenUse::New => {}
            TokenUse::Repeated(statement) => {
                let known = engine.history.find(&statement);
                return known.map(|record| answer(&record)).ok_or_else(|| ApiError::internal("a statement was lost"));
            }
            TokenUse::Different => {
                return Err(ApiError::validation("ClientToken was already used with different request parameters."));
            }
        }
    }
    let token = members.client_token.clone();
    let started = start(engine, members, sqls, batch, id);
    let record = started.inspect_err(|_| {
        if let Some(token) = &token {
            engine.history.drop_token(token);
        }
    })?;
    if let Some(limit) = wait {
        record.wait(limit).await;
    }
    Ok(answer(&record))
}

fn check(members: &Members, sqls: &[String]) -> Result<(), ApiError> {
    validate::length("clientToken", members.client_token.as_deref(), 1, 64)?;
    validate::length("statementName", members.statement_name.as_deref(), 0, 2048)?;
    validate::range("sessionKeepAliveSeconds", members.session_keep_alive_seconds, 0, 86_400)?;
    if sqls.iter().map(String::len).sum::<usize>() > MAX_SQL_BYTES {
        return Err(ApiError::validation("SQL statement size exceeds the limit of 100 KB."));
    }
    if sqls.iter().any(|sql| sql.trim().is_empty()) {
        return Err(ApiError::validation("SQL statement cannot be empty."));
    }
    let Some(parameters) = &members.parameters else { return Ok(()) };
    if parameters.is_empty() {
        return Err(ApiError::validation(
            "Value at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    for parameter in parameters {
        validate::length("parameters.value", Some(&parameter.value), 1, usize::MAX)?;
        let plain = !parameter.name.is_empty() && parameter.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain {
            return Err(ApiError::validation(format!(
                "Parameter name '{}' must satisfy pattern: [0-9a-zA-Z_]+",
                parameter.name
            )));
        }
        if !sqls.iter().any(|sql| names(sql).contains(&parameter.name)) {
            return Err(ApiError::validation(format!("Parameters contain unused parameter: {}", parameter.name)));
        }
    }
    let given = |name: &String| parameters.iter().any(|parameter| parameter.name == *name);
    match sqls.iter().flat_map(|sql| names(sql)).find(|name| !given(name)) {
        Some(missing) => Err(ApiError::validation(format!("Parameters are missing a value for: {missing}"))),
        None => Ok(()),
    }
}

fn start(
    engine: &Arc<Engine>,
    members: Members,
    sqls: Vec<String>,
    batch: Option<ExecutionMode>,
    id: String,
) -> Result<Arc<Record>, ApiError> {
    if engine.history.active() >= MAX_ACTIVE_STATEMENTS {
        return Err(ApiError::too_many_statements());
    }
    let target = Target {
        cluster: members.cluster_identifier.clone(),
        workgroup: members.workgroup_name.clone(),
        secret: members.secret_arn.clone(),
        db_user: members.db_user.clone(),
        database: members.database.clone(),
    };
    let (lease, target, session, pid) = lease(engine, &members, target, &id)?;
    let request = Request {
        id,
        name: members.statement_name,
        sqls,
        batch,
        parameters: members.parameters.unwrap_or_default(),
        format: members.result_format.unwrap_or_default(),
        with_event: members.with_event.unwrap_or_default(),
        target,
        session,
        created: Utc::now(),
        pid,
    };
    let record = Arc::new(Record::new(request));
    engine.history.add(Arc::clone(&record));
    crate::engine::start(engine, Arc::clone(&record), lease)
        .map_err(|error| ApiError::internal(format!("no thread could be started: {error}")))?;
    Ok(record)
}

type Leased = (Lease, Target, Option<String>, i64);

/// The session of a statement: the one it names, a new one that is kept, or one of its own.
fn lease(engine: &Arc<Engine>, members: &Members, target: Target, id: &str) -> Result<Leased, ApiError> {
    engine.sessions.expire();
    let keep_alive =
        members.session_keep_alive_seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    if let Some(session) = &members.session_id {
        validate::id(session)?;
        if target != Target::default() {
            return Err(ApiError::validation(
                "SessionId cannot be used together with a database, cluster, workgroup or secret.",
            ));
        }
        let (connection, info) = engine.sessions.take(session, id, keep_alive).map_err(|unusable| match unusable {
            Unusable::Unknown => ApiError::not_found("Session does not exist or is closed.", session),
            Unusable::Busy => ApiError::validation("Session is busy with another statement."),
        })?;
        let pid = info.pid;
        return Ok((Lease::new(connection, Some(session.clone())), info.target, Some(session.clone()), pid));
    }
    validate::target(engine, &target)?;
    if target.database.is_none() && target.secret.is_none() {
        return Err(ApiError::validation("Database must be specified."));
    }
    let session =
        engine.connect().map_err(|error| ApiError::internal(format!("no session could be opened: {error}")))?;
    let pid = session.pid;
    let Some(keep_alive) = keep_alive.filter(|keep_alive| !keep_alive.is_zero()) else {
        return Ok((Lease::new(session, None), target, None, pid));
    };
    if engine.sessions.active() >= MAX_ACTIVE_SESSIONS {
        return Err(ApiError::too_many_sessions());
    }
    let kept = uuid::Uuid::new_v4().to_string();
    let now = Utc::now();
    engine.sessions.open(Info {
        id: kept.clone(),
        status: SessionStatus::Busy,
        created: now,
        updated: now,
        keep_alive,
        target: target.clone(),
        pid,
        statement: Some(id.to_owned()),
    });
    Ok((Lease::new(session, Some(kept.clone())), target, Some(kept), pid))
}

fn answer(record: &Record) -> Value {
    let (request, progress) = (&record.request, record.progress());
    let mut answer = json!({
        "Id": request.id,
        "CreatedAt": epoch(request.created),
        "DbGroups": [],
        "Status": progress.status.name(),
        "HasResultSet": has_result(&progress),
        "RedshiftPid": request.pid,
    });
    super::describe::add_target(&mut answer, &request.target);
    if let Some(session) = &request.session {
        answer["SessionId"] = json!(session);
    }
    answer
}

/// What makes two requests the same: everything but the token and how long the answer is waited for.
fn fingerprint(members: &Members) -> String {
    let bare = Members { client_token: None, wait_time_seconds: None, ..members.clone() };
    let text = serde_json::to_string(&bare).unwrap_or_default();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
