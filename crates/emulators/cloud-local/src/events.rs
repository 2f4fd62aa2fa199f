//! An event bus: `PutEvents` over HTTP as EventBridge takes it, and subscribers in this process.
//!
//! The rules are those of the EventBridge API reference, `PutEvents`: an entry that is refused does not keep the others from being taken,
//! and the answer says which one and why. Refused are a source that begins with `aws.`, which belongs to AWS's own services, an entry
//! without source, type or detail, and a detail that is not a JSON object. A request holds 1 to 10 entries. The size of entries is not
//! limited here.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Router, routing};
use chrono::{DateTime, SecondsFormat, Utc};
use local_server::{ACCOUNT, Service, json as protocol};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use uuid::Uuid;

/// How many events a subscriber may be behind before it misses the oldest.
const CAPACITY: usize = 16 * 1024;

/// The most entries of one request.
const MOST_ENTRIES: usize = 10;

/// An event on the bus, as a rule's target gets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusEvent {
    /// Always `0`.
    pub version: String,
    /// The id that `PutEvents` answered with.
    pub id: String,
    /// What kind of event it is.
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    /// Who sent it.
    pub source: String,
    /// The account.
    pub account: String,
    /// When it happened: RFC 3339, UTC, whole seconds.
    pub time: String,
    /// The region.
    pub region: String,
    /// The ARNs that it is about.
    pub resources: Vec<String>,
    /// What happened: a JSON object.
    pub detail: Value,
}

/// A bus, and its subscribers in this process.
pub struct EventBus {
    events: broadcast::Sender<BusEvent>,
    region: String,
}

impl Service for EventBus {
    const NAME: &'static str = "EventBridge";

    fn router(&self) -> Router {
        let bus = Bus { events: self.events.clone(), region: self.region.clone() };
        Router::new().route("/", routing::post(answer)).with_state(bus)
    }
}

impl EventBus {
    /// A bus without subscribers.
    #[must_use]
    pub fn new(region: &str) -> Self {
        Self { events: broadcast::Sender::new(CAPACITY), region: region.to_owned() }
    }

    /// All events from now on. A subscriber that falls 16,384 events behind learns how many it missed.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<BusEvent> {
        self.events.subscribe()
    }
}

#[derive(Clone)]
struct Bus {
    events: broadcast::Sender<BusEvent>,
    region: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    resources: Vec<String>,
    time: Option<f64>,
}

/// Why an entry is refused: a code and a sentence, as AWS words them.
type Refusal = (&'static str, String);

async fn answer(State(bus): State<Bus>, headers: HeaderMap, body: Bytes) -> Response {
    let target = protocol::target(&headers);
    if target != "AWSEvents.PutEvents" {
        return refuse(
            "UnknownOperationException",
            format!("{target:?} is not known here: the bus takes AWSEvents.PutEvents"),
        );
    }
    let request: PutEvents = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refuse("SerializationException", error.to_string()),
    };
    if request.entries.is_empty() || request.entries.len() > MOST_ENTRIES {
        let count = request.entries.len();
        return refuse(
            "ValidationException",
            format!("a request holds 1 to {MOST_ENTRIES} entries, and this one holds {count}"),
        );
    }
    let mut failed = 0;
    let mut results = Vec::new();
    for entry in request.entries {
        match accept(entry, &bus.region) {
            Ok(event) => {
                results.push(json!({ "EventId": event.id }));
                // Without a subscriber an event goes nowhere, as without a rule.
                let _ = bus.events.send(event);
            }
            Err((code, message)) => {
                failed += 1;
                results.push(json!({ "ErrorCode": code, "ErrorMessage": message }));
            }
        }
    }
    protocol::answer(StatusCode::OK, json!({ "FailedEntryCount": failed, "Entries": results }))
}

fn accept(entry: Entry, region: &str) -> Result<BusEvent, Refusal> {
    let source = required("Source", entry.source)?;
    let detail_type = required("DetailType", entry.detail_type)?;
    let detail = required("Detail", entry.detail)?;
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
    }
    let detail: Value = serde_json::from_str(&detail).map_err(|_| malformed())?;
    if !detail.is_object() {
        return Err(malformed());
    }
    let time = entry
        .time
        .and_then(|seconds| DateTime::from_timestamp_millis((seconds * 1000.0) as i64))
        .unwrap_or_else(Utc::now);
    Ok(BusEvent {
        version: "0".to_owned(),
        id: Uuid::new_v4().to_string(),
        detail_type,
        source,
        account: ACCOUNT.to_owned(),
        time: time.to_rfc3339_opts(SecondsFormat::Secs, true),
        region: region.to_owned(),
        resources: entry.resources,
        detail,
    })
}

fn required(name: &'static str, value: Option<String>) -> Result<String, Refusal> {
    let missing =
        || ("InvalidArgument", format!("Parameter {name} is not valid. Reason: {name} is a required argument."));
    value.filter(|value| !value.is_empty()).ok_or_else(missing)
}

fn malformed() -> Refusal {
    ("MalformedDetail", "Detail is malformed.".to_owned())
}

fn refuse(code: &str, message: String) -> Response {
    protocol::refusal(StatusCode::BAD_REQUEST, code, &message)
}

/// The event with which EventBridge calls a function on a schedule.
pub(crate) fn scheduled(region: &str) -> Value {
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        "region": region,
        "resources": [format!("arn:aws:events:{region}:{ACCOUNT}:rule/landfall-sweep")],
        "detail": {},
    })
}
