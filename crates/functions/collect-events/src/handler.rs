use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use event_lake::Instant;
use function::{Metric, Unit};

use crate::body::{self, BASE64};
use crate::context::Context;
use crate::error::Error;
use crate::incoming::Incoming;
use crate::keys::WriteKeys;
use crate::plan::{BATCH_BYTES_MAX, Body, EVENT_BYTES_MAX};
use crate::record::Stamp;
use crate::refusal::Refusal;
use crate::response::Response;
use crate::route::Route;

/// What a request did, in numbers.
#[derive(Debug, Default)]
struct Counts {
    events: usize,
    refused: usize,
    retried: usize,
}

/// Answers a request to the Function URL. Success means that every event is in the stream.
///
/// # Errors
/// Only for an event that is no such request.
pub async fn handle(context: &Context, event: &str) -> Result<Response, Error> {
    let incoming = Incoming::read(event)?;
    let Some(route) = Route::of(incoming.path()) else {
        return Ok(refuse(context, &Refusal::NoPath, &Counts::default()));
    };
    if !route.takes(incoming.method()) {
        let refusal = Refusal::Method { allowed: route.methods() };
        return Ok(refuse(context, &refusal, &Counts::default()));
    }
    Ok(match (incoming.method(), route) {
        ("OPTIONS", _) => Response::preflight(route.methods()),
        ("HEAD", _) => Response::success().without_body(),
        ("GET", _) => Response::success(),
        _ => {
            let mut counts = Counts::default();
            match collect(context, &incoming, route, &mut counts).await {
                Ok(()) => {
                    report(context, &counts, None);
                    Response::success()
                }
                Err(refusal) => refuse(context, &refusal, &counts),
            }
        }
    })
}

async fn collect(context: &Context, incoming: &Incoming<'_>, route: Route, counts: &mut Counts) -> Result<(), Refusal> {
    // A stranger's body is not unpacked when the header tells that it is one's.
    let key = incoming.authorization().and_then(basic_user);
    if let Some(key) = &key {
        admit(&context.keys, key)?;
    }
    let max = if route == Route::Batch { BATCH_BYTES_MAX } else { EVENT_BYTES_MAX };
    let text = body::text(incoming, max)?;
    let body = match route {
        Route::Event(name) => Body::event(name, &text)?,
        Route::Batch | Route::Health => Body::batch(&text)?,
    };
    if key.is_none() {
        admit(&context.keys, &body.write_key().ok_or(Refusal::NoKey)?)?;
    }
    let plan = body.plan()?;
    let received_at = now();
    let stamp = Stamp { received_at: &received_at, source_ip: incoming.source_ip() };
    let delivery = context.stream.deliver(plan.records(stamp)).await;
    counts.events = delivery.records;
    counts.retried = delivery.retried;
    counts.refused = plan.refused.len();
    if let Some(reason) = delivery.failure {
        tracing::error!(stream = context.stream.name, reason, "events cannot be stored");
        return Err(Refusal::Unavailable);
    }
    match plan.refused.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Events { accepted: delivery.records, refused: plan.refused }),
    }
}

/// The user name of Basic authentication (RFC 7617): the write key, with an empty password behind a colon.
fn basic_user(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    // What cannot be decoded is no key that is known.
    let decoded = BASE64.decode(credentials.trim()).unwrap_or_default();
    let decoded = String::from_utf8(decoded).unwrap_or_default();
    Some(decoded.split(':').next().unwrap_or_default().to_owned())
}

fn admit(keys: &WriteKeys, key: &str) -> Result<(), Refusal> {
    if keys.has(key) { Ok(()) } else { Err(Refusal::UnknownKey) }
}

fn now() -> String {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = i64::try_from(millis).ok().and_then(Instant::from_millis);
    now.map(|now| now.to_string()).unwrap_or_default()
}

fn refuse(context: &Context, refusal: &Refusal, counts: &Counts) -> Response {
    tracing::warn!(status = refusal.status(), reason = refusal.to_string(), "a request was refused");
    report(context, counts, Some(refusal));
    Response::refusal(refusal)
}

fn report(context: &Context, counts: &Counts, refusal: Option<&Refusal>) {
    let is_down = refusal == Some(&Refusal::Unavailable);
    // Counts of one request are far below 2^53.
    #[expect(clippy::cast_precision_loss)]
    let count = |name, value: usize| Metric { name, unit: Unit::Count, value: value as f64 };
    context.metrics.put(
        &[("Stream", &context.stream.name)],
        &[
            count("EventsCollected", counts.events),
            count("EventsRefused", counts.refused),
            count("RecordsRetried", counts.retried),
            count("RequestsRefused", usize::from(refusal.is_some() && !is_down)),
            count("RequestsUnavailable", usize::from(is_down)),
        ],
    );
}
