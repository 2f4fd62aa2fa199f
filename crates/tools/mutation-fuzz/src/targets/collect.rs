use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use collect_events::{Context, Patience, Stream, WriteKeys, handle};
use function::Metrics;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Skipped, Target, WORDS, events, hash, repository};

/// Nothing listens there: what is accepted cannot be delivered, and the answer reports it.
const ENDPOINT: &str = "http://127.0.0.1:9";
const KEY: &str = "fuzz-key";

/// Requests to the Function URL.
pub(super) struct Collect {
    context: Context,
    runtime: Runtime,
    statuses: RefCell<BTreeMap<u16, u64>>,
}

impl Collect {
    pub(super) fn new() -> Result<Self, Skipped> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Skipped(error.to_string()))?;
        let config = aws_sdk_kinesis::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "fuzz"))
            .endpoint_url(ENDPOINT)
            .retry_config(RetryConfig::disabled())
            .build();
        let patience = Patience {
            total: Duration::ZERO,
            attempt: Duration::from_secs(1),
            first_wait: Duration::ZERO,
            longest_wait: Duration::ZERO,
        };
        let client = aws_sdk_kinesis::Client::from_conf(config);
        let keys = WriteKeys::parse(KEY).map_err(|error| Skipped(error.to_string()))?;
        let context =
            Context { stream: Stream { client, name: "events".to_owned(), patience }, keys, metrics: Metrics::Discard };
        Ok(Self { context, runtime, statuses: RefCell::default() })
    }
}

/// A request as Lambda passes it on.
fn request(path: &str, body: &[u8], is_base64: bool) -> Vec<u8> {
    let text = if is_base64 { STANDARD.encode(body) } else { String::from_utf8_lossy(body).into_owned() };
    let authorization = format!("Basic {}", STANDARD.encode(format!("{KEY}:")));
    let request = json!({
        "version": "2.0",
        "rawPath": path,
        "headers": { "authorization": authorization, "content-type": "application/json" },
        "requestContext": { "http": { "method": "POST", "path": path, "sourceIp": "203.0.113.9" } },
        "body": text,
        "isBase64Encoded": is_base64,
    });
    request.to_string().into_bytes()
}

impl Target for Collect {
    fn name(&self) -> &'static str {
        "collect"
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        let events = events(200);
        let mut requests: Vec<_> =
            events.iter().enumerate().map(|(at, event)| request("/v1/track", event, at % 2 == 0)).collect();
        for several in events.chunks(4) {
            let batch = [&b"{\"batch\":["[..], &several.join(&b','), b"]}"].concat();
            requests.push(request("/v1/batch", &batch, false));
        }
        let samples = std::fs::read_dir(repository().join("events")).into_iter().flatten().flatten();
        let samples = samples.filter(|entry| entry.file_name().to_string_lossy().starts_with("function-url"));
        requests.extend(samples.filter_map(|entry| std::fs::read(entry.path()).ok()));
        requests
    }

    fn dictionary(&self) -> &[&'static [u8]] {
        WORDS
    }

    fn run(&self, input: &[u8]) -> Result<u64, String> {
        let Ok(event) = std::str::from_utf8(input) else { return Ok(0) };
        let response = match self.runtime.block_on(handle(&self.context, event)) {
            Ok(response) => response,
            Err(error) => return Ok(hash(&error.to_string())),
        };
        *self.statuses.borrow_mut().entry(response.status).or_default() += 1;
        if ![200, 204, 400, 401, 403, 404, 405, 413, 415, 503].contains(&response.status) {
            return Err(format!("a status that no client knows: {}", response.status));
        }
        let is_json = response.body.is_empty() || serde_json::from_str::<Value>(&response.body).is_ok();
        if is_json {
            Ok(hash(&(response.status, &response.body)))
        } else {
            Err(format!("expected an answer of JSON, found {}", response.body))
        }
    }

    fn tally(&self) -> String {
        let statuses: Vec<_> =
            self.statuses.borrow().iter().map(|(status, count)| format!("{count} of {status}")).collect();
        format!("answers: {}", statuses.join(", "))
    }
}
