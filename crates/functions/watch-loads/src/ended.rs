use serde_json::Value;

use crate::error::Error;

/// What the function is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// A statement has ended.
    Finish {
        /// The statement's id.
        id: String,
        /// Its StatementName.
        name: String,
    },
    /// Look for statements whose event was lost.
    Reconcile,
}

/// Reads one event: a completion event of the Data API, a schedule, or `{"statement_id", "statement_name"}`.
///
/// The fields of a completion event are those of the management guide, "Monitoring events for the Amazon Redshift Data API
/// in EventBridge". Only the id and the name are used: what else the detail says differs between Serverless and clusters.
pub(crate) fn task(event: &Value) -> Result<Task, Error> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    if text("/detail-type") == Some("Redshift Data Statement Status Change")
        && let Some(id) = text("/detail/statementId")
    {
        let name = text("/detail/statementName").unwrap_or_default();
        return Ok(Task::Finish { id: id.to_owned(), name: name.to_owned() });
    }
    if matches!(text("/source"), Some("aws.events" | "aws.scheduler")) || text("/sweep").is_some() {
        return Ok(Task::Reconcile);
    }
    if let (Some(id), Some(name)) = (text("/statement_id"), text("/statement_name")) {
        return Ok(Task::Finish { id: id.to_owned(), name: name.to_owned() });
    }
    let found = event.as_object().map_or_else(
        || "no fields".to_owned(),
        |fields| format!("the fields {}", fields.keys().take(8).cloned().collect::<Vec<_>>().join(", ")),
    );
    Err(Error::Event { found })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_events() {
        let completion = json!({
            "version": "0", "id": "f3c2", "detail-type": "Redshift Data Statement Status Change",
            "source": "aws.redshift-data", "account": "111122223333", "time": "2020-10-01T21:14:26Z",
            "region": "us-east-1", "resources": ["arn:aws:redshift:us-east-1:111122223333:cluster:c1"],
            "detail": {
                "principal": "arn:aws:iam::111122223333:user/u", "statementName": "landfall/load/x/y/1",
                "statementId": "b2ef", "redshiftQueryId": -1, "state": "FINISHED", "rows": 1, "expireAt": 1_601_673_265
            }
        });
        let finish = Task::Finish { id: "b2ef".into(), name: "landfall/load/x/y/1".into() };
        assert_eq!(task(&completion).unwrap(), finish);
        assert_eq!(task(&json!({"statement_id": "b2ef", "statement_name": "landfall/load/x/y/1"})).unwrap(), finish);
        assert_eq!(
            task(&json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})).unwrap(),
            Task::Reconcile
        );
    }

    #[test]
    fn anything_else_is_named() {
        let error = task(&json!({"Records": [], "x": 1})).unwrap_err().to_string();
        assert!(error.contains("Records, x"), "{error}");
    }
}
