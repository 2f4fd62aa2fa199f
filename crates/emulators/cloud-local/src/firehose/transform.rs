//! Batches through the function, with its retries.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use uuid::Uuid;

use super::answer::{self, Failure, Origin, Verdict};
use super::prefix::Prefix;
use super::stats::Counters;
use crate::handler::{Delivery, DeliveryObserver, Handler};
use crate::kinesis::Record;

/// Records of one shard, in their order.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) shard: u32,
    pub(super) shard_id: String,
    pub(super) records: Vec<Record>,
}

/// A batch with a verdict on each of its records.
#[derive(Debug)]
pub(super) struct Transformed {
    pub(super) batch: Batch,
    pub(super) verdicts: Vec<Verdict>,
    /// How often the function was invoked for it.
    pub(super) attempts: u32,
    /// When the last invocation ended: milliseconds since 1970.
    pub(super) ended: i64,
}

/// The function, and how it is invoked.
pub(super) struct Transform {
    pub(super) name: String,
    pub(super) handler: Handler,
    pub(super) origin: Origin,
    pub(super) retries: u32,
    pub(super) retry_after: Duration,
    pub(super) timeout: Duration,
    pub(super) prefix: Prefix,
    pub(super) counters: Arc<Counters>,
    pub(super) observer: Option<DeliveryObserver>,
}

impl Transform {
    /// Invokes the function until it answers as it should, or for the last time.
    pub(super) async fn run(&self, batch: Batch) -> Transformed {
        let id = Uuid::new_v4().to_string();
        let most = self.retries.saturating_add(1);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failure = match self.attempt(&id, &batch).await {
                Ok(verdicts) => {
                    self.tell(Delivery::Done { target: self.name.clone(), id, tries: attempts });
                    return Transformed { batch, verdicts, attempts, ended: Utc::now().timestamp_millis() };
                }
                Err(failure) => failure,
            };
            let (target, error) = (self.name.clone(), format!("{}: {}", failure.code, failure.message));
            if attempts >= most {
                let body = answer::event(&self.origin, &id, &batch.shard_id, &batch.records);
                self.tell(Delivery::GivenUp { target, id, tries: attempts, error, body });
                let verdicts = vec![Verdict::Failed(failure); batch.records.len()];
                return Transformed { batch, verdicts, attempts, ended: Utc::now().timestamp_millis() };
            }
            self.tell(Delivery::Failed { target, id: id.clone(), tries: attempts, error });
            self.counters.update(|stats| stats.retries += 1);
            tokio::time::sleep(self.retry_after * 2u32.pow((attempts - 1).min(6))).await;
        }
    }

    async fn attempt(&self, id: &str, batch: &Batch) -> Result<Vec<Verdict>, Failure> {
        self.counters.update(|stats| stats.invocations += 1);
        let event = answer::event(&self.origin, id, &batch.shard_id, &batch.records);
        match tokio::time::timeout(self.timeout, self.handler.call(event)).await {
            Ok(Ok(answer)) => answer::read(&batch.records, &answer, &self.prefix),
            Ok(Err(error)) => Err(Failure::function(&error)),
            Err(_) => Err(Failure::timed_out(self.timeout.as_secs())),
        }
    }

    fn tell(&self, delivery: Delivery) {
        if let Some(observer) = &self.observer {
            observer(delivery);
        }
    }
}

/// A batch that no function sees: every record is delivered as it came.
pub(super) fn unchanged(batch: Batch) -> Transformed {
    let verdict = |record: &Record| Verdict::Ok { data: record.data.to_vec(), partition: Vec::new() };
    let verdicts = batch.records.iter().map(verdict).collect();
    Transformed { batch, verdicts, attempts: 0, ended: Utc::now().timestamp_millis() }
}
