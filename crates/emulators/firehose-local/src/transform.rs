//! Batches through the function, with its retries.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use kinesis_local::Record;
use local_server::{Delivery, DeliveryObserver, Handler};
use uuid::Uuid;

use crate::answer::{self, Failure, Origin, Verdict};
use crate::prefix::Prefix;
use crate::stats::Counters;

/// Records of one shard, in their order.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) shard: u32,
    pub(crate) shard_id: String,
    pub(crate) records: Vec<Record>,
}

/// A batch with a verdict on each of its records.
#[derive(Debug)]
pub(crate) struct Transformed {
    pub(crate) batch: Batch,
    pub(crate) verdicts: Vec<Verdict>,
    /// How often the function was invoked for it.
    pub(crate) attempts: u32,
    /// When the last invocation ended: milliseconds since 1970.
    pub(crate) ended: i64,
}

/// The function, and how it is invoked.
pub(crate) struct Transform {
    pub(crate) name: String,
    pub(crate) handler: Handler,
    pub(crate) origin: Origin,
    pub(crate) retries: u32,
    pub(crate) retry_after: Duration,
    pub(crate) timeout: Duration,
    pub(crate) prefix: Prefix,
    pub(crate) counters: Arc<Counters>,
    pub(crate) observer: Option<DeliveryObserver>,
}

impl Transform {
    /// Invokes the function until it answers as it should, or for the last time.
    pub(crate) async fn run(&self, batch: Batch) -> Transformed {
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
pub(crate) fn unchanged(batch: Batch) -> Transformed {
    let verdict = |record: &Record| Verdict::Ok { data: record.data.to_vec(), partition: Vec::new() };
    let verdicts = batch.records.iter().map(verdict).collect();
    Transformed { batch, verdicts, attempts: 0, ended: Utc::now().timestamp_millis() }
}
