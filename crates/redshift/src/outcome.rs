//! The outcome of a load's batch: read from the states of its sub-statements.

use serde::{Deserialize, Serialize};

use crate::load::{Role, Step};
use crate::statement::{Description, StatementStatus};
use crate::transient::{is_conflict, is_interruption};

/// How a load's batch ended, if it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchOutcome {
    /// Committed.
    Loaded {
        /// Rows that COPY read.
        rows: Option<u64>,
    },
    /// This upload was loaded before; nothing changed.
    Duplicate,
    /// A newer upload was loaded before; nothing changed.
    Superseded,
    /// A check failed; everything was rolled back.
    Rejected {
        /// The check's name.
        check: String,
        /// What the check saw, where the warehouse's message carries it.
        observed: Option<String>,
    },
    /// COPY could not read the file; everything was rolled back.
    Unreadable {
        /// The warehouse's message.
        message: String,
    },
    /// Another transaction was in the way: the same batch may succeed when it is submitted again.
    Conflict {
        /// The warehouse's message.
        message: String,
    },
    /// The warehouse or its way to S3 failed: the same batch may succeed when it is submitted again.
    Interrupted {
        /// The warehouse's message.
        message: String,
    },
    /// Any other statement failed; everything was rolled back.
    Failed {
        /// What the statement was for.
        step: String,
        /// The warehouse's message.
        message: String,
    },
    /// Somebody stopped the batch; everything was rolled back.
    Cancelled,
    /// Not finished yet.
    Running,
}

/// The outcome of a batch with these steps.
///
/// Sub-statements that were never reached keep a state that AWS does not document, so only the first FAILED one counts.
pub fn classify(steps: &[Step], batch: &Description) -> BatchOutcome {
    match batch.status {
        StatementStatus::Finished => BatchOutcome::Loaded { rows: copied_rows(steps, batch) },
        StatementStatus::Aborted => BatchOutcome::Cancelled,
        StatementStatus::Failed => failed(steps, batch),
        StatementStatus::Submitted
        | StatementStatus::Picked
        | StatementStatus::Started
        | StatementStatus::Unknown(_) => BatchOutcome::Running,
    }
}

/// Rows that COPY read; Redshift reports -1 where it does not know.
fn copied_rows(steps: &[Step], batch: &Description) -> Option<u64> {
    let position = steps.iter().position(|step| step.role == Role::Copy)?;
    u64::try_from(batch.sub_statements.get(position)?.rows).ok()
}

fn failed(steps: &[Step], batch: &Description) -> BatchOutcome {
    let failed = batch.sub_statements.iter().position(|part| part.status == StatementStatus::Failed);
    let message = failed
        .and_then(|i| batch.sub_statements[i].error.clone())
        .or_else(|| batch.error.clone())
        .unwrap_or_else(|| "the warehouse gave no reason".to_owned());
    match failed.and_then(|i| steps.get(i)).map(|step| &step.role) {
        // First, because the text of a cast may quote a value of the file, and that may say anything.
        Some(Role::GuardDuplicate) if is_our_cast(&message) => BatchOutcome::Duplicate,
        Some(Role::GuardSuperseded) if is_our_cast(&message) => BatchOutcome::Superseded,
        Some(Role::Check(name)) if is_our_cast(&message) => {
            BatchOutcome::Rejected { check: name.clone(), observed: observed(&message) }
        }
        _ if is_conflict(&message) => BatchOutcome::Conflict { message },
        _ if is_interruption(&message) => BatchOutcome::Interrupted { message },
        Some(Role::Copy) if !is_about_the_table(&message) => BatchOutcome::Unreadable { message },
        Some(role) => BatchOutcome::Failed { step: role.title(), message },
        None => BatchOutcome::Failed { step: "batch".to_owned(), message },
    }
}

/// A guard or check fails by a cast of text to a number; whatever else fails in it (a column that is gone, a permission)
/// is a failure of its own.
///
/// Both wordings exist: compute nodes say `Invalid digit, ... Type: Integer`, the leader node `invalid input syntax for`.
fn is_our_cast(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("invalid digit") || message.contains("invalid input syntax for")
}

/// COPY can fail before it reads anything: the table or a column is not there, or the user may not write it. S3 words its own refusals
/// otherwise.
fn is_about_the_table(message: &str) -> bool {
    let message = message.to_lowercase();
    ["permission denied for relation", "permission denied for schema", "copy into nonexistent table"]
        .iter()
        .any(|words| message.contains(words))
        || (message.contains("of relation") && message.contains("does not exist"))
}

/// The text of ours in the warehouse's message: what stands after `observed`, to the end of its line or quotes.
fn observed(message: &str) -> Option<String> {
    let start = message.find("observed ")? + "observed ".len();
    let end = message[start..].find(['\n', '"']).map_or(message.len(), |length| start + length);
    let text = message[start..end].trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::time::Duration;

    use chrono::DateTime;

    use super::*;
    use crate::statement::SubStatement;

    fn steps() -> Vec<Step> {
        [
            Role::Lock,
            Role::GuardDuplicate,
            Role::GuardSuperseded,
            Role::Copy,
            Role::Check("rows.min".into()),
            Role::Record,
        ]
        .into_iter()
        .map(|role| Step { role, sql: String::new() })
        .collect()
    }

    fn batch(status: StatementStatus, sub_statements: Vec<SubStatement>) -> Description {
        Description {
            id: "b1".into(),
            status,
            error: None,
            rows: -1,
            duration: Duration::ZERO,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            has_result: false,
            sub_statements,
        }
    }

    fn failed_at(position: usize, error: &str) -> BatchOutcome {
        let sub_statements = (0..6)
            .map(|i| SubStatement {
                status: match i.cmp(&position) {
                    Ordering::Less => StatementStatus::Finished,
                    Ordering::Equal => StatementStatus::Failed,
                    Ordering::Greater => StatementStatus::Submitted,
                },
                error: (i == position).then(|| error.to_owned()),
                rows: -1,
                query_id: -1,
            })
            .collect();
        classify(
            &steps(),
            &Description { error: Some("batch".into()), ..batch(StatementStatus::Failed, sub_statements) },
        )
    }

    #[test]
    fn the_failed_statement_decides() {
        let digit = "ERROR: Invalid digit, Value 'o', Pos 0, Type: Integer \n  Detail: \n  error: x\n  code: 1207\n  context: observed 0 rows\n  query: 7";
        assert_eq!(failed_at(1, digit), BatchOutcome::Duplicate);
        assert_eq!(
            failed_at(2, "ERROR: invalid input syntax for integer: \"superseded at\""),
            BatchOutcome::Superseded
        );
        assert_eq!(
            failed_at(4, digit),
            BatchOutcome::Rejected { check: "rows.min".into(), observed: Some("0 rows".into()) }
        );
        assert_eq!(
            failed_at(4, "ERROR: invalid input syntax for integer: \"observed 3, for example XX\""),
            BatchOutcome::Rejected { check: "rows.min".into(), observed: Some("3, for example XX".into()) }
        );
        assert_eq!(
            failed_at(4, "ERROR: Invalid digit, Value 'o', Pos 0, Type: Integer"),
            BatchOutcome::Rejected { check: "rows.min".into(), observed: None }
        );
    }

    #[test]
    fn a_guard_that_fails_for_another_reason_is_no_duplicate() {
        let message = "ERROR: permission denied for relation loads";
        assert_eq!(
            failed_at(1, message),
            BatchOutcome::Failed { step: "guard duplicate".into(), message: message.into() }
        );
        assert_eq!(
            failed_at(3, "ERROR: Load into table"),
            BatchOutcome::Unreadable { message: "ERROR: Load into table".into() }
        );
    }

    #[test]
    fn a_copy_that_fails_for_its_table_says_nothing_of_the_file() {
        for message in [
            "ERROR: permission denied for relation orders",
            "ERROR: Cannot COPY into nonexistent table orders",
            "ERROR: column \"note\" of relation \"orders\" does not exist",
        ] {
            assert_eq!(failed_at(3, message), BatchOutcome::Failed { step: "copy".into(), message: message.into() });
        }
        let message = "ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied";
        assert_eq!(failed_at(3, message), BatchOutcome::Unreadable { message: message.into() });
    }

    #[test]
    fn conflicts_are_known_wherever_they_happen() {
        for message in [
            "ERROR: 1023 DETAIL: Serializable isolation violation on table in Redshift",
            "ERROR:1023 DETAIL: Serializable isolation violation",
            "ERROR: deadlock detected",
            "ERROR: 1018 DETAIL: Relation does not exist.",
        ] {
            assert_eq!(failed_at(3, message), BatchOutcome::Conflict { message: message.into() });
        }
    }

    #[test]
    fn interruptions_are_not_blamed_on_the_file() {
        for message in ["ERROR: Disk Full", "ERROR: S3ServiceException:Slow down.,Status 503,Error SlowDown"] {
            assert_eq!(failed_at(3, message), BatchOutcome::Interrupted { message: message.into() });
        }
    }

    #[test]
    fn a_value_of_the_file_does_not_decide() {
        let message = "ERROR: invalid input syntax for integer: \"observed 3, for example deadlock detected\"";
        let observed = Some("3, for example deadlock detected".into());
        assert_eq!(failed_at(4, message), BatchOutcome::Rejected { check: "rows.min".into(), observed });
    }

    #[test]
    fn rows_are_those_of_copy() {
        let sub = |rows| SubStatement { status: StatementStatus::Finished, error: None, rows, query_id: 1 };
        let subs = vec![sub(-1), sub(1), sub(1), sub(46), sub(1), sub(1)];
        assert_eq!(
            classify(&steps(), &batch(StatementStatus::Finished, subs)),
            BatchOutcome::Loaded { rows: Some(46) }
        );
    }
}
