//! A statement or batch, as the Data API describes it.

use std::fmt;
use std::time::Duration;

use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use chrono::{DateTime, Utc};

/// How far a statement or batch is.
///
/// Rule: Redshift Data API reference, "DescribeStatement".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementStatus {
    /// Accepted.
    Submitted,
    /// Chosen to run.
    Picked,
    /// Runs.
    Started,
    /// Ended well.
    Finished,
    /// Ended with an error.
    Failed,
    /// Stopped by a person or a program.
    Aborted,
    /// A status that is not documented, as the API writes it.
    Unknown(String),
}

/// The state of a statement or batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The statement's id.
    pub id: String,
    /// How far it is.
    pub status: StatementStatus,
    /// The warehouse's message.
    pub error: Option<String>,
    /// Rows returned or changed; -1 where the warehouse does not know.
    pub rows: i64,
    /// How long it ran; zero until it ended.
    pub duration: Duration,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When its state last changed: of one that has ended, its end. The epoch where the API does not say.
    pub updated_at: DateTime<Utc>,
    /// Whether there is a result to fetch.
    pub has_result: bool,
    /// The batch's statements, in order; empty for a single statement.
    pub sub_statements: Vec<SubStatement>,
}

/// One statement of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubStatement {
    /// How far it is.
    pub status: StatementStatus,
    /// The warehouse's message.
    pub error: Option<String>,
    /// Rows returned or changed; -1 where the warehouse does not know.
    pub rows: i64,
    /// The warehouse's own number of the query; -1 where there is none.
    pub query_id: i64,
}

/// A statement that the API remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its StatementName.
    pub name: String,
    /// How far it is.
    pub status: StatementStatus,
}

impl StatementStatus {
    /// Whether it does not change any more.
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Aborted)
    }

    /// The API's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Picked => "PICKED",
            Self::Started => "STARTED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
            Self::Unknown(word) => word,
        }
    }

    /// From the API's word; a status that is missing is unknown.
    pub(crate) fn read(word: Option<&str>) -> Self {
        match word.unwrap_or_default() {
            "SUBMITTED" => Self::Submitted,
            "PICKED" => Self::Picked,
            "STARTED" => Self::Started,
            "FINISHED" => Self::Finished,
            "FAILED" => Self::Failed,
            "ABORTED" => Self::Aborted,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for StatementStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<DescribeStatementOutput> for Description {
    fn from(output: DescribeStatementOutput) -> Self {
        let moment = |time: Option<aws_sdk_redshiftdata::primitives::DateTime>| {
            let millis = time.and_then(|time| time.to_millis().ok());
            millis.and_then(DateTime::from_timestamp_millis).unwrap_or_default()
        };
        Self {
            status: StatementStatus::read(output.status.as_ref().map(|status| status.as_str())),
            error: output.error.filter(|text| !text.is_empty()),
            rows: output.result_rows,
            duration: Duration::from_nanos(u64::try_from(output.duration).unwrap_or_default()),
            created_at: moment(output.created_at),
            updated_at: moment(output.updated_at),
            has_result: output.has_result_set.unwrap_or_default(),
            sub_statements: output
                .sub_statements
                .unwrap_or_default()
                .into_iter()
                .map(|part| SubStatement {
                    status: StatementStatus::read(part.status.as_ref().map(|status| status.as_str())),
                    error: part.error.filter(|text| !text.is_empty()),
                    rows: part.result_rows,
                    query_id: part.redshift_query_id,
                })
                .collect(),
            id: output.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_written_alike() {
        let check = |word: &str, status: StatementStatus, ended: bool| {
            let read = StatementStatus::read(Some(word));
            assert_eq!((&read, read.as_str(), read.has_ended()), (&status, word, ended));
        };
        check("SUBMITTED", StatementStatus::Submitted, false);
        check("PICKED", StatementStatus::Picked, false);
        check("STARTED", StatementStatus::Started, false);
        check("FINISHED", StatementStatus::Finished, true);
        check("FAILED", StatementStatus::Failed, true);
        check("ABORTED", StatementStatus::Aborted, true);
        check("QUEUED", StatementStatus::Unknown("QUEUED".into()), false);
        assert_eq!(StatementStatus::read(None), StatementStatus::Unknown(String::new()));
    }
}
