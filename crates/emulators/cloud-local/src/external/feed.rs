//! A broadcast that misses nothing before its first subscriber.

use local_server::Handler;
use serde_json::Value;
use tokio::sync::broadcast;

use crate::events::BusEvent;

/// A broadcast; the first subscriber receives it from the start.
pub(super) struct Feed<T> {
    pub(super) sender: broadcast::Sender<T>,
    /// Holds what is sent before anybody subscribes.
    first: Option<broadcast::Receiver<T>>,
}

impl<T: Clone> Feed<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let (sender, first) = broadcast::channel(capacity);
        Self { sender, first: Some(first) }
    }

    pub(super) fn receiver(&mut self) -> broadcast::Receiver<T> {
        self.first.take().unwrap_or_else(|| self.sender.subscribe())
    }
}

/// Hands the events in the messages of a batch to those who subscribed; what is no event is dropped.
pub(super) fn outcomes_handler(outcomes: broadcast::Sender<BusEvent>) -> Handler {
    Handler::new(move |batch: Value| {
        let records = batch.get("Records").and_then(Value::as_array).into_iter().flatten();
        for body in records.filter_map(|record| record.get("body")?.as_str()) {
            match serde_json::from_str::<BusEvent>(body) {
                // Without a subscriber nobody wants to know.
                Ok(event) => drop(outcomes.send(event)),
                Err(error) => tracing::warn!(%error, "a message on the queue of outcomes is no event"),
            }
        }
        std::future::ready(Ok::<_, String>(Value::Null))
    })
}
