use std::time::Duration;

use aws_sdk_redshiftdata as api;
use aws_sdk_redshiftdata::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_redshiftdata::operation::batch_execute_statement::builders::BatchExecuteStatementFluentBuilder;
use aws_sdk_redshiftdata::types::{Field, StatusString};
use serde::Serialize;

use crate::load::LoadPlan;
use crate::statement::{Description, Listed, StatementStatus};
use crate::warehouse::{ClusterLogin, Endpoint, Warehouse};

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
        /// Whether the same request is refused each time: the API's `ValidationException`.
        is_permanent: bool,
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

impl ClientError {
    /// Whether the same request will never be taken.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Call { is_permanent: true, .. })
    }
}

impl Client {
    /// A client for one warehouse.
    pub fn new(api: api::Client, warehouse: Warehouse) -> Self {
        Self { api, warehouse }
    }

    /// The same warehouse as a provisioned cluster's identifier and one of its users.
    #[must_use]
    pub fn as_user(&self, cluster: &str, user: &str) -> Self {
        let login = ClusterLogin::User(user.to_owned());
        let endpoint = Endpoint::Cluster { identifier: cluster.to_owned(), login };
        let warehouse = Warehouse { endpoint, database: self.warehouse.database.clone() };
        Self { api: self.api.clone(), warehouse }
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.warehouse.database
    }

    /// Submits a load's batch and does not wait. A repetition with the same token returns the same id and runs nothing.
    ///
    /// # Errors
    /// The API's refusal, or that it could not be reached.
    pub async fn submit(&self, plan: &LoadPlan) -> Result<Submission, ClientError> {
        let sqls = plan.steps.iter().map(|step| step.sql.clone()).collect();
        self.submit_batch(sqls, &plan.name, |request| request.client_token(&plan.token).with_event(true)).await
    }

    /// Submits a transaction under a name and does not wait. No completion event is sent.
    ///
    /// # Errors
    /// The API's refusal, or that it could not be reached.
    pub async fn transaction(&self, sqls: &[String], name: &str) -> Result<Submission, ClientError> {
        self.submit_batch(sqls.to_vec(), name, |request| request).await
    }

    async fn submit_batch(
        &self,
        sqls: Vec<String>,
        name: &str,
        with: impl FnOnce(BatchExecuteStatementFluentBuilder) -> BatchExecuteStatementFluentBuilder,
    ) -> Result<Submission, ClientError> {
        let Warehouse { endpoint, database } = &self.warehouse;
        let request = self
            .api
            .batch_execute_statement()
            .set_sqls(Some(sqls))
            .statement_name(name)
            .database(database)
            .set_workgroup_name(endpoint.workgroup_name())
            .set_cluster_identifier(endpoint.cluster_identifier())
            .set_db_user(endpoint.db_user())
            .set_secret_arn(endpoint.secret_arn());
        let answer = with(request).send().await.map_err(|e| self.failed("BatchExecuteStatement", &e))?;
        Ok(Submission { id: answer.id.unwrap_or_default() })
    }

    /// Submits one statement under a name and does not wait.
    async fn execute(&self, sql: &str, name: &str) -> Result<Submission, ClientError> {
        let Warehouse { endpoint, database } = &self.warehouse;
        let answer = self
            .api
            .execute_statement()
            .sql(sql)
            .statement_name(name)
            .database(database)
            .set_workgroup_name(endpoint.workgroup_name())
            .set_cluster_identifier(endpoint.cluster_identifier())
            .set_db_user(endpoint.db_user())
            .set_secret_arn(endpoint.secret_arn())
            .send()
            .await
            .map_err(|e| self.failed("ExecuteStatement", &e))?;
        Ok(Submission { id: answer.id.unwrap_or_default() })
    }

    /// The state of a statement or batch, as it is now.
    ///
    /// # Errors
    /// The API's refusal, or that it could not be reached.
    pub async fn describe(&self, id: &str) -> Result<Description, ClientError> {
        let d = self.api.describe_statement().id(id).send().await.map_err(|e| self.failed("DescribeStatement", &e))?;
        Ok(d.into())
    }

    /// Waits until a statement or batch has ended, by the API's long poll.
    ///
    /// # Errors
    /// The API's refusal, or that the statement still ran after `limit`.
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
            let description = Description::from(answer);
            if description.status.has_ended() {
                return Ok(description);
            }
            if rest.is_zero() {
                return Err(ClientError::TooSlow { id: id.to_owned(), seconds: limit.as_secs() });
            }
        }
    }

    /// Runs one statement to its end.
    ///
    /// # Errors
    /// As [`Self::wait`], and the warehouse's message where the statement failed.
    pub async fn run(&self, sql: &str, name: &str, limit: Duration) -> Result<Description, ClientError> {
        let submission = self.execute(sql, name).await?;
        let description = self.wait(&submission.id, limit).await?;
        if description.status != StatementStatus::Finished {
            let message = description.error.unwrap_or_else(|| description.status.to_string());
            let message = message.trim_start_matches("ERROR:").trim().to_owned();
            return Err(ClientError::Statement { message, sql: sql.to_owned() });
        }
        Ok(description)
    }

    /// Runs a query and returns all of its rows: for results that a person reads.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn query(&self, sql: &str, name: &str, limit: Duration) -> Result<ResultSet, ClientError> {
        let description = self.run(sql, name, limit).await?;
        if description.has_result { self.result(&description.id).await } else { Ok(ResultSet::default()) }
    }

    /// All rows of a finished statement.
    ///
    /// # Errors
    /// The API's refusal, or that it could not be reached.
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
    ///
    /// # Errors
    /// The API's refusal, or that it could not be reached.
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
                status: StatementStatus::read(s.status().map(|status| status.as_str())),
            }));
            match page.next_token {
                Some(token) => next = Some(token),
                None => return Ok(listed),
            }
        }
    }

    /// Stops a statement or batch.
    ///
    /// # Errors
    /// The API's refusal, or that it could not be reached.
    pub async fn cancel(&self, id: &str) -> Result<(), ClientError> {
        self.api.cancel_statement().id(id).send().await.map_err(|e| self.failed("CancelStatement", &e))?;
        Ok(())
    }

    fn failed<E>(&self, operation: &'static str, error: &SdkError<E>) -> ClientError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let is_permanent = error.code() == Some("ValidationException");
        ClientError::Call {
            operation,
            warehouse: self.warehouse.to_string(),
            cause: causes::service(error),
            is_permanent,
        }
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
