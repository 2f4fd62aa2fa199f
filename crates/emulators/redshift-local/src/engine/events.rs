//! The completion event of a statement.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::history::Record;
use crate::config::Config;

/// Sends the event of a statement that asked for one; its outcome is visible already.
pub(crate) fn send(config: &Config, record: &Record) {
    if !record.request.with_event {
        return;
    }
    if let Some(completion) = &config.completion {
        completion.completed(event(config, record));
    }
}

/// A `Redshift Data Statement Status Change`, spelt as the management guide spells it.
fn event(config: &Config, record: &Record) -> Value {
    let (request, progress) = (&record.request, record.progress());
    let (region, account) = (&config.region, &config.account);
    let resource = match (&request.target.cluster, &request.target.workgroup) {
        (Some(cluster), _) => format!("arn:aws:redshift:{region}:{account}:cluster:{cluster}"),
        (None, Some(workgroup)) if workgroup.starts_with("arn:") => workgroup.clone(),
        (None, workgroup) => {
            let name = workgroup.as_deref().unwrap_or("default");
            format!("arn:aws:redshift-serverless:{region}:{account}:workgroup/{name}")
        }
    };
    let last = progress.parts.last();
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": "Redshift Data Statement Status Change",
        "source": "aws.redshift-data",
        "account": account,
        "time": progress.updated.to_rfc3339_opts(SecondsFormat::Secs, true),
        "region": region,
        "resources": [resource],
        "detail": {
            "principal": format!("arn:aws:iam::{account}:user/redshift-local"),
            "statementName": request.name.as_deref().unwrap_or_default(),
            "statementId": request.id,
            "redshiftQueryId": if request.batch.is_some() { -1 } else { last.map_or(-1, |part| part.query_id) },
            "state": progress.status.name(),
            "rows": last.map_or(-1, |part| part.rows),
            "expireAt": (request.created + chrono::Duration::hours(24)).timestamp(),
        }
    })
}
