//! What must be in the external cloud, by name: the same things as the infrastructure creates in AWS.

use serde_json::{Value, json};

use crate::cloud::CloudConfig;

/// The end of the name of a queue's dead letters.
pub(super) const DEAD_LETTERS: &str = "-dead-letters";

/// A queue with its rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QueuePlan {
    /// The queue's name; that of its dead letters ends with [`DEAD_LETTERS`].
    pub(super) name: String,
    /// The rule's name.
    pub(super) rule: String,
    /// The rule's bus.
    pub(super) bus: String,
    /// Which events the rule takes.
    pub(super) pattern: Value,
    /// The most messages in a batch.
    pub(super) batch_size: i32,
}

/// The queues; those of tracking events only where there are any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) load_redshift: QueuePlan,
    pub(super) write_parquet: Option<QueuePlan>,
    pub(super) update_catalog: Option<QueuePlan>,
    /// Feeds no function, but the subscribers here.
    pub(super) outcomes: QueuePlan,
}

impl Plan {
    pub(super) fn new(name: &str, config: &CloudConfig) -> Self {
        let outcomes = json!({ "source": ["landfall"], "detail-type": ["Load Outcome"] });
        let prefix = config.tracking.as_ref().map(|tracking| tracking.prefix.as_str());
        let lake = |function, rule, batch_size, areas: &[&str]| {
            let prefix = prefix?;
            let keys = areas.iter().map(|area| json!({ "prefix": format!("{prefix}/{area}/") })).collect();
            Some(queue(name, function, rule, batch_size, created(&config.lake_bucket, keys)))
        };
        Self {
            load_redshift: queue(name, "load-redshift", "created", 10, created(&config.landing_bucket, Vec::new())),
            // An object is up to 64 MB of events.
            write_parquet: lake("write-parquet", "raw", 1, &["raw"]),
            update_catalog: lake("update-catalog", "parquet", 10, &["transformed", "compacted"]),
            outcomes: QueuePlan { bus: name.to_owned(), ..queue(name, "outcomes", "published", 10, outcomes) },
        }
    }
}

fn queue(name: &str, function: &str, rule: &str, batch_size: i32, pattern: Value) -> QueuePlan {
    let queue = format!("{name}-{function}");
    QueuePlan { rule: format!("{queue}-{rule}"), name: queue, bus: "default".to_owned(), pattern, batch_size }
}

/// An object was created in a bucket, under one of these keys if there are any.
fn created(bucket: &str, keys: Vec<Value>) -> Value {
    let mut detail = json!({ "bucket": { "name": [bucket] } });
    if !keys.is_empty() {
        detail["object"] = json!({ "key": keys });
    }
    json!({ "source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventsConfig;

    fn plan(tracking: Option<EventsConfig>) -> String {
        let config = CloudConfig { tracking, ..CloudConfig::new("state") };
        let Plan { load_redshift, write_parquet, update_catalog, outcomes } = Plan::new("landfall-local", &config);
        let line = |queue: QueuePlan| format!("{}\n  {} {}\n  {}\n", queue.name, queue.rule, queue.bus, queue.pattern);
        let queues = [Some(load_redshift), write_parquet, update_catalog, Some(outcomes)];
        queues.into_iter().flatten().map(line).collect()
    }

    #[test]
    fn queues_and_rules_are_those_of_the_infrastructure() {
        insta::assert_snapshot!(plan(Some(EventsConfig::new("web-data"))), @r#"
        landfall-local-load-redshift
          landfall-local-load-redshift-created default
          {"detail":{"bucket":{"name":["landing"]}},"detail-type":["Object Created"],"source":["aws.s3"]}
        landfall-local-write-parquet
          landfall-local-write-parquet-raw default
          {"detail":{"bucket":{"name":["lake"]},"object":{"key":[{"prefix":"web-data/raw/"}]}},"detail-type":["Object Created"],"source":["aws.s3"]}
        landfall-local-update-catalog
          landfall-local-update-catalog-parquet default
          {"detail":{"bucket":{"name":["lake"]},"object":{"key":[{"prefix":"web-data/transformed/"},{"prefix":"web-data/compacted/"}]}},"detail-type":["Object Created"],"source":["aws.s3"]}
        landfall-local-outcomes
          landfall-local-outcomes-published landfall-local
          {"detail-type":["Load Outcome"],"source":["landfall"]}
        "#);
    }

    #[test]
    fn without_tracking_events_there_are_no_queues_for_them() {
        insta::assert_snapshot!(plan(None), @r#"
        landfall-local-load-redshift
          landfall-local-load-redshift-created default
          {"detail":{"bucket":{"name":["landing"]}},"detail-type":["Object Created"],"source":["aws.s3"]}
        landfall-local-outcomes
          landfall-local-outcomes-published landfall-local
          {"detail-type":["Load Outcome"],"source":["landfall"]}
        "#);
    }
}
