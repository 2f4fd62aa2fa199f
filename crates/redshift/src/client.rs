use std::time::Duration;

use aws_sdk_redshiftdata as api;
use aws_sdk_redshiftdata::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_redshiftdata::operation::batch_execute_statement::builders::BatchExecuteStatementFluentBuilder;
use aws_sdk_redshiftdata::types::{Field, StatusString};
use serde::Serialize;

use crate::load::Plan;

/// Where the SQL runs: a database of a Serverless workgroup or of a provisioned cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warehouse {
    /// A Serverless workgroup's name or ARN.
    pub workgroup: Option<String>,
    /// A provisioned cluster's identifier.
    pub cluster: Option<String>,
    /// The database.
    pub database: String,
    /// The database user of a provisioned cluster; without it the caller's IAM identity is the user.
    pub db_user: Option<String>,
    /// A secret with the user and password, in place of an IAM identity.
    pub secret_arn: Option<String>,
}

/// The Redshift Data API for one warehouse.
#[derive(Debug, Clone)]
pub struct Client {
    api: api::Client,
    warehouse: Warehouse,
}

/// A batch or statement that the API has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its id, for [`Client::describe`].
    pub id: String,
}

/// The state of a statement or batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// The statement's id.
    pub id: String,
    /// SUBMITTED, PICKED, STARTED, FINISHED, FAILED or ABORTED.
    pub status: String,
    /// The warehouse's message.
    pub error: Option<String>,
    /// Rows returned or changed; -1 where the warehouse does not know.
    pub rows: i64,
    /// How long it ran; zero until it ended.
    pub duration: Duration,
    /// When it was submitted, in epoch milliseconds.
    pub created_at_ms: i64,
    /// Whether there is a result to fetch.
    pub has_result: bool,
    /// The batch's statements, in order; empty for a single statement.
    pub sub_statements: Vec<SubStatement>,
}

/// One statement of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubStatement {
    /// As of [`Description::status`].
    pub status: String,
    /// The warehouse's message.
    pub error: Option<String>,
    /// Rows returned or changed; -1 where the warehouse does not know.
    pub rows: i64,
    /// The warehouse's own number of the query; -1 where there is none.
    pub query_id: i64,
}

/// A query's result, whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ResultSet {
    /// The column labels.
    pub columns: Vec<String>,
    /// The warehouse's type of each column, for instance `int4`.
    pub types: Vec<String>,
    /// Row by row, in the order of the columns.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// A statement that the API remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its StatementName.
    pub name: String,
    /// As of [`Description::status`].
    pub status: String,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The API refused a call or could not be reached.
    #[error("{operation} on {warehouse}: {cause}")]
    Call {
        /// The API's operation.
        operation: &'static str,
        /// Workgroup or cluster, and database.
        warehouse: String,
        /// The service's code and message, or the chain of the SDK's error.
        cause: String,
    },
    /// A statement ended as FAILED or ABORTED.
    #[error("{message}\n  in: {sql}")]
    Statement {
        /// The warehouse's message.
        message: String,
        /// The statement's text.
        sql: String,
    },
    /// A statement did not end in time.
    #[error("statement {id} still runs after {seconds} s")]
    TooSlow {
        /// Its id.
        id: String,
        /// How long was waited.
        seconds: u64,
    },
}

/// The API's own limit of one long poll.
const LONGEST_POLL: Duration = Duration::from_secs(30);

impl Client {
    /// A client for one warehouse.
    pub fn new(api: api::Client, warehouse: Warehouse) -> Self {
        Self { api, warehouse }
    }

    /// The same warehouse as a provisioned cluster's identifier and one of its users.
    #[must_use]
    pub fn as_user(&self, cluster: &str, user: &str) -> Self {
        let warehouse = Warehouse {
            workgroup: None,
            cluster: Some(cluster.to_owned()),
            database: self.warehouse.database.clone(),
            db_user: Some(user.to_owned()),
            secret_arn: None,
        };
        Self { api: self.api.clone(), warehouse }
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.warehouse.database
    }

    /// Submits a load's batch and does not wait. A repetition with the same token returns the same id and runs nothing.
    pub async fn submit(&self, plan: &Plan) -> Result<Submission, ClientError> {
        let sqls = plan.steps.iter().map(|step| step.sql.clone()).collect();
        self.submit_batch(sqls, &plan.name, |request| request.client_token(&plan.token).with_event(true)).await
    }

    /// Submits a transaction under a name and does not wait. No completion event tells its end.
    pub async fn transaction(&self, sqls: &[String], name: &str) -> Result<Submission, ClientError> {
        self.submit_batch(sqls.to_vec(), name, |request| request).await
    }

    async fn submit_batch(
        &self,
        sqls: Vec<String>,
        name: &str,
        with: impl FnOnce(BatchExecuteStatementFluentBuilder) -> BatchExecuteStatementFluentBuilder,
    ) -> Result<Submission, ClientError> {
        let w = &self.warehouse;
        let request = self
            .api
            .batch_execute_statement()
            .set_sqls(Some(sqls))
            .statement_name(name)
            .database(&w.database)
            .set_workgroup_name(w.workgroup.clone())
            .set_cluster_identifier(w.cluster.clone())
            .set_db_user(w.db_user.clone())
            .set_secret_arn(w.secret_arn.clone());
        let answer = with(request).send().await.map_err(|e| self.failed("BatchExecuteStatement", &e))?;
        Ok(Submission { id: answer.id.unwrap_or_default() })
    }

    /// Submits one statement under a name and does not wait.
    async fn execute(&self, sql: &str, name: &str) -> Result<Submission, ClientError> {
        let w = &self.warehouse;
        let answer = self
            .api
            .execute_statement()
            .sql(sql)
            .statement_name(name)
            .database(&w.database)
            .set_workgroup_name(w.workgroup.clone())
            .set_cluster_identifier(w.cluster.clone())
            .set_db_user(w.db_user.clone())
            .set_secret_arn(w.secret_arn.clone())
            .send()
            .await
            .map_err(|e| self.failed("ExecuteStatement", &e))?;
        Ok(Submission { id: answer.id.unwrap_or_default() })
    }

    /// The state of a statement or batch, as it is now.
    pub async fn describe(&self, id: &str) -> Result<Description, ClientError> {
        let d = self.api.describe_statement().id(id).send().await.map_err(|e| self.failed("DescribeStatement", &e))?;
        Ok(describe(d))
    }

    /// Waits until a statement or batch has ended, by the API's long poll.
    pub async fn wait(&self, id: &str, limit: Duration) -> Result<Description, ClientError> {
        let start = std::time::Instant::now();
        loop {
            let rest = limit.saturating_sub(start.elapsed());
            let poll = rest.clamp(Duration::from_secs(1), LONGEST_POLL).as_secs();
            let answer = self
                .api
                .describe_statement()
                .id(id)
                .wait_time_seconds(i32::try_from(poll).unwrap_or(1))
                .send()
                .await
                .map_err(|e| self.failed("DescribeStatement", &e))?;
            let description = describe(answer);
            if description.has_ended() {
                return Ok(description);
            }
            if rest.is_zero() {
                return Err(ClientError::TooSlow { id: id.to_owned(), seconds: limit.as_secs() });
            }
        }
    }

    /// Runs one statement to its end.
    pub async fn run(&self, sql: &str, name: &str, limit: Duration) -> Result<Description, ClientError> {
        let submission = self.execute(sql, name).await?;
        let description = self.wait(&submission.id, limit).await?;
        if description.status != "FINISHED" {
            let message = description.error.unwrap_or(description.status);
            let message = message.trim_start_matches("ERROR:").trim().to_owned();
            return Err(ClientError::Statement { message, sql: sql.to_owned() });
        }
        Ok(description)
    }

    /// Runs a query and returns all of its rows: for results that a person reads.
    pub async fn query(&self, sql: &str, name: &str, limit: Duration) -> Result<ResultSet, ClientError> {
        let description = self.run(sql, name, limit).await?;
        if description.has_result { self.result(&description.id).await } else { Ok(ResultSet::default()) }
    }

    /// All rows of a finished statement.
    pub async fn result(&self, id: &str) -> Result<ResultSet, ClientError> {
        let mut result = ResultSet::default();
        let mut next = None;
        loop {
            let page = self
                .api
                .get_statement_result()
                .id(id)
                .set_next_token(next)
                .send()
                .await
                .map_err(|e| self.failed("GetStatementResult", &e))?;
            if result.columns.is_empty() {
                for column in page.column_metadata() {
                    result.columns.push(column.label().or(column.name()).unwrap_or_default().to_owned());
                    result.types.push(column.type_name().unwrap_or_default().to_owned());
                }
            }
            result.rows.extend(page.records.into_iter().map(|row| row.iter().map(cell).collect()));
            match page.next_token {
                Some(token) => next = Some(token),
                None => return Ok(result),
            }
        }
    }

    /// The statements of the last 24 hours whose name begins with `prefix`, in any state.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Listed>, ClientError> {
        let mut listed = Vec::new();
        let mut next = None;
        loop {
            let page = self
                .api
                .list_statements()
                .statement_name(prefix)
                .status(StatusString::All)
                .max_results(100)
                .set_next_token(next)
                .send()
                .await
                .map_err(|e| self.failed("ListStatements", &e))?;
            listed.extend(page.statements.iter().map(|s| Listed {
                id: s.id().to_owned(),
                name: s.statement_name().unwrap_or_default().to_owned(),
                status: s.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            }));
            match page.next_token {
                Some(token) => next = Some(token),
                None => return Ok(listed),
            }
        }
    }

    /// Stops a statement or batch.
    pub async fn cancel(&self, id: &str) -> Result<(), ClientError> {
        self.api.cancel_statement().id(id).send().await.map_err(|e| self.failed("CancelStatement", &e))?;
        Ok(())
    }

    fn failed<E>(&self, operation: &'static str, error: &SdkError<E>) -> ClientError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let w = &self.warehouse;
        let place = w.workgroup.as_deref().or(w.cluster.as_deref()).unwrap_or("no warehouse");
        ClientError::Call { operation, warehouse: format!("{place}/{}", w.database), cause: causes::service(error) }
    }
}

impl Description {
    /// Whether the state is one that does not change any more.
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "FINISHED" | "FAILED" | "ABORTED")
    }
}

fn describe(d: api::operation::describe_statement::DescribeStatementOutput) -> Description {
    Description {
        status: d.status.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
        error: d.error.filter(|e| !e.is_empty()),
        rows: d.result_rows,
        duration: Duration::from_nanos(u64::try_from(d.duration).unwrap_or_default()),
        created_at_ms: d.created_at.and_then(|t| t.to_millis().ok()).unwrap_or_default(),
        has_result: d.has_result_set.unwrap_or_default(),
        sub_statements: d
            .sub_statements
            .unwrap_or_default()
            .into_iter()
            .map(|s| SubStatement {
                status: s.status.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                error: s.error.filter(|e| !e.is_empty()),
                rows: s.result_rows,
                query_id: s.redshift_query_id,
            })
            .collect(),
        id: d.id,
    }
}

fn cell(field: &Field) -> serde_json::Value {
    match field {
        Field::BooleanValue(value) => (*value).into(),
        Field::LongValue(value) => (*value).into(),
        Field::DoubleValue(value) => (*value).into(),
        Field::StringValue(value) => value.clone().into(),
        Field::BlobValue(bytes) => hex::encode(bytes.as_ref()).into(),
        _ => serde_json::Value::Null,
    }
}
