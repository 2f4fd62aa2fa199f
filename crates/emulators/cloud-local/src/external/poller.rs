//! A queue of the external cloud with a function behind it, as Lambda's event source mapping puts it there.
//!
//! Rules: "Using Lambda with Amazon SQS" in the AWS Lambda developer guide. Two things differ. A message that failed becomes visible after
//! seconds, because a person watches. And one that is with the function stays invisible by being asked for again and again, instead of for
//! six timeouts: what a killed process had is delivered half a minute later.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
};
use local_server::{Delivery, DeliveryObserver, Handler};
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::normalize;
use super::outage::Outage;
use crate::queue::batch;

/// How often a message is received before it is a dead letter.
pub(super) const MAX_RECEIVES: u32 = 5;

/// How long a message stays invisible when nobody asks for it again.
pub(super) const VISIBLE_AFTER: Duration = Duration::from_secs(30);

/// How often it is asked for again while it is with the function.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How many batches are with the function at once.
const CONCURRENCY: usize = 4;

/// How long a request waits for messages; the most that SQS takes.
const WAIT_SECONDS: i32 = 20;

/// Which queue is read, and how.
#[derive(Debug, Clone)]
pub(super) struct PollerConfig {
    /// The queue's name, in reports.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) arn: String,
    pub(super) region: String,
    /// The most messages in a batch, 1 to 10.
    pub(super) batch_size: i32,
}

/// Reads a queue until it is shut down or dropped.
pub(super) struct Poller {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

struct Shared {
    config: PollerConfig,
    sqs: Client,
    handler: Handler,
    observer: DeliveryObserver,
}

impl Poller {
    pub(super) fn start(config: PollerConfig, sqs: Client, handler: Handler, observer: DeliveryObserver) -> Self {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared { config, sqs, handler, observer });
        Self { stop, task: tokio::spawn(poll(shared, stopped)) }
    }

    /// Takes nothing more, and waits for the batches that are with the function.
    pub(super) async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn poll(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let free = Arc::new(Semaphore::new(CONCURRENCY));
    let mut deliveries = JoinSet::new();
    let mut outage = Outage::new(&shared.config.name, Arc::clone(&shared.observer));
    loop {
        while deliveries.try_join_next().is_some() {}
        let received = async {
            // The semaphore is never closed, so that waiting cannot fail.
            let permit = Arc::clone(&free).acquire_owned().await.ok();
            (permit, shared.receive().await)
        };
        let (permit, received) = tokio::select! {
            received = received => received,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match received {
            Ok(messages) if messages.is_empty() => outage.over(),
            Ok(messages) => {
                outage.over();
                let shared = Arc::clone(&shared);
                deliveries.spawn(async move {
                    let _permit = permit;
                    shared.deliver(messages).await;
                });
            }
            Err(error) => tokio::select! {
                () = outage.wait(error) => {}
                _ = stopped.wait_for(|stopped| *stopped) => break,
            },
        }
    }
    while deliveries.join_next().await.is_some() {}
}

impl Shared {
    async fn receive(&self) -> Result<Vec<Message>, String> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.config.url)
            .max_number_of_messages(self.config.batch_size.clamp(1, 10))
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(seconds(VISIBLE_AFTER))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await;
        received.map(|received| received.messages.unwrap_or_default()).map_err(|error| causes::chain(&error))
    }

    /// Gives a batch to the function, and each of its messages its due.
    async fn deliver(&self, messages: Vec<Message>) {
        let call = self.handler.call(event(&self.config, &messages));
        let answer = tokio::select! {
            answer = call => answer,
            () = self.keep(&messages) => return,
        };
        let ids: Vec<&str> = messages.iter().filter_map(Message::message_id).collect();
        let failed: HashMap<String, String> = batch::failures(&ids, answer).into_iter().collect();
        let (again, done): (Vec<&Message>, Vec<&Message>) =
            messages.iter().partition(|message| message.message_id().is_none_or(|id| failed.contains_key(id)));
        self.delete(&done).await;
        self.make_visible(&again).await;
        for message in messages {
            let id = message.message_id.clone().unwrap_or_default();
            self.tell(&message, failed.get(&id).cloned(), id);
        }
    }

    /// Keeps messages invisible as long as it runs.
    async fn keep(&self, messages: &[Message]) {
        loop {
            tokio::time::sleep(ASK_AGAIN).await;
            let entries = messages.iter().map(|message| (message, seconds(VISIBLE_AFTER))).collect();
            self.change_visibility(entries).await;
        }
    }

    /// What failed comes again after a while, which doubles; what has failed too often goes to the dead letters when it is next asked for.
    async fn make_visible(&self, messages: &[&Message]) {
        let entries = messages.iter().map(|message| {
            let receives = receives(message);
            let wait = if receives >= MAX_RECEIVES { 0 } else { 1 << receives.saturating_sub(1) };
            (*message, wait)
        });
        self.change_visibility(entries.collect()).await;
    }

    async fn change_visibility(&self, messages: Vec<(&Message, i32)>) {
        let entries = (0..).zip(messages).filter_map(|(number, (message, visible_after)): (u32, _)| {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(number.to_string());
            entry.receipt_handle(message.receipt_handle()?).visibility_timeout(visible_after).build().ok()
        });
        let entries: Vec<_> = entries.collect();
        if entries.is_empty() {
            return;
        }
        let change = self.sqs.change_message_visibility_batch().queue_url(&self.config.url).set_entries(Some(entries));
        if let Err(error) = change.send().await {
            // They become visible by themselves.
            tracing::warn!(queue = self.config.name, error = causes::chain(&error), "messages kept their visibility");
        }
    }

    async fn delete(&self, messages: &[&Message]) {
        let entries = (0..).zip(messages).filter_map(|(number, message): (u32, _)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
            entry.receipt_handle(message.receipt_handle()?).build().ok()
        });
        let entries: Vec<_> = entries.collect();
        if entries.is_empty() {
            return;
        }
        let delete = self.sqs.delete_message_batch().queue_url(&self.config.url).set_entries(Some(entries));
        if let Err(error) = delete.send().await {
            // At least once: the functions know what they have done.
            tracing::warn!(queue = self.config.name, error = causes::chain(&error), "messages will come again");
        }
    }

    fn tell(&self, message: &Message, error: Option<String>, id: String) {
        let (target, tries) = (self.config.name.clone(), receives(message));
        let delivery = match error {
            None => Delivery::Done { target, id, tries },
            Some(error) if tries < MAX_RECEIVES => Delivery::Failed { target, id, tries, error },
            Some(error) => {
                let text = message.body().unwrap_or_default();
                let body = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
                Delivery::GivenUp { target, id, tries, error, body }
            }
        };
        (self.observer)(delivery);
    }
}

/// The event of a batch of messages.
fn event(config: &PollerConfig, messages: &[Message]) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|message| {
            let attributes = message.attributes.iter().flatten();
            let attributes: Map<String, Value> =
                attributes.map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
            json!({
                "messageId": message.message_id(),
                "receiptHandle": message.receipt_handle(),
                "body": message.body().map(normalize::body),
                "attributes": attributes,
                "messageAttributes": {},
                "md5OfBody": message.md5_of_body(),
                "eventSource": "aws:sqs",
                "eventSourceARN": config.arn,
                "awsRegion": config.region,
            })
        })
        .collect();
    json!({ "Records": records })
}

fn receives(message: &Message) -> u32 {
    let count = message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
