//! Completion events sent on: to a function, as a rule of EventBridge would, or onto an event bus.
//!
//! Either is best effort, as on AWS: what cannot be delivered is told and given up, and who waits for it looks for statements
//! that have ended.

use std::future::Future;
use std::sync::Arc;

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::Value;
use tokio::runtime::Handle;

use crate::config::Completion;

/// The source of completion events on a bus: a bus refuses every source that begins with `aws.`.
pub const BUS_SOURCE: &str = "landfall.redshift-data";

/// Is told why an event could not be delivered.
pub type Undelivered = Arc<dyn Fn(String) + Send + Sync>;

/// Invokes a function asynchronously with each event, as EventBridge invokes the target of a rule.
pub struct ToFunction {
    client: aws_sdk_lambda::Client,
    function: String,
    undelivered: Undelivered,
    runtime: Handle,
}

impl ToFunction {
    /// Names the function, by name or ARN. It is called within a Tokio runtime, which then sends.
    #[must_use]
    pub fn new(client: aws_sdk_lambda::Client, function: &str, undelivered: Undelivered) -> Self {
        Self { client, function: function.to_owned(), undelivered, runtime: Handle::current() }
    }
}

impl Completion for ToFunction {
    fn completed(&self, event: Value) {
        let invoke = self.client.invoke().function_name(&self.function).invocation_type(InvocationType::Event);
        let invoke = invoke.payload(Blob::new(event.to_string()));
        let function = self.function.clone();
        deliver(&self.runtime, &self.undelivered, async move {
            let sent = invoke.send().await.map_err(|error| causes::service(&error));
            sent.map(drop).map_err(|error| format!("the function {function} was not invoked: {error}"))
        });
    }
}

/// Puts each event onto an event bus, under the source [`BUS_SOURCE`] and otherwise as the Data API sends it.
pub struct ToBus {
    client: aws_sdk_eventbridge::Client,
    bus: String,
    undelivered: Undelivered,
    runtime: Handle,
}

impl ToBus {
    /// Names the bus, by name or ARN. It is called within a Tokio runtime, which then sends.
    #[must_use]
    pub fn new(client: aws_sdk_eventbridge::Client, bus: &str, undelivered: Undelivered) -> Self {
        Self { client, bus: bus.to_owned(), undelivered, runtime: Handle::current() }
    }
}

impl Completion for ToBus {
    fn completed(&self, event: Value) {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(BUS_SOURCE)
            .detail_type(event["detail-type"].as_str().unwrap_or_default())
            .set_resources(event["resources"].as_array().map(|all| all.iter().filter_map(text).collect()))
            .detail(event["detail"].to_string())
            .build();
        let (put, bus) = (self.client.put_events().entries(entry), self.bus.clone());
        deliver(&self.runtime, &self.undelivered, async move {
            let answer = put.send().await.map_err(|error| format!("the bus {bus}: {}", causes::service(&error)))?;
            // PutEvents succeeds as a whole, and says of each entry whether it was taken.
            let refused = answer.entries().iter().find_map(|entry| entry.error_message());
            refused.map_or(Ok(()), |error| Err(format!("the bus {bus} refused an event: {error}")))
        });
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Sends on without keeping the statement's thread; the client tries again by itself.
fn deliver(
    runtime: &Handle,
    undelivered: &Undelivered,
    sent: impl Future<Output = Result<(), String>> + Send + 'static,
) {
    let undelivered = Arc::clone(undelivered);
    runtime.spawn(async move {
        if let Err(error) = sent.await {
            undelivered(error);
        }
    });
}
