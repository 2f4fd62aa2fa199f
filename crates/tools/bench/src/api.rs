use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::BodyExt;
use lambda_local::api::{self, Invocation, Runtime};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::figures::{Figures, Meter};

/// A time that no invocation reaches: 2100-01-01.
const DEADLINE_MS: u64 = 4_102_444_800_000;

const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:bench";

/// What a run ends with.
pub(crate) struct RunResult {
    pub(crate) figures: Figures,
    /// Of the first round of events.
    pub(crate) answers: Vec<Bytes>,
}

/// Serves until the last invocation is answered, or the function reports an error.
pub(crate) async fn serve(
    listener: TcpListener,
    payloads: Vec<Bytes>,
    warm_up: usize,
    count: usize,
    function: Option<u32>,
) -> anyhow::Result<RunResult> {
    let run = Run {
        payloads,
        warm_up,
        last: warm_up + count,
        sent: 0,
        answers: Vec::new(),
        function,
        meter: None,
        end: None,
    };
    let server = Arc::new(Server { run: Mutex::new(run), ended: Notify::new() });
    let routes = api::router(Arc::clone(&server));
    let ended = Arc::clone(&server);
    let stop = async move { ended.ended.notified().await };
    tokio::select! {
        served = axum::serve(listener, routes) => served.context("serving the Runtime API")?,
        () = stop => {}
    }
    let mut run = server.run();
    match run.end.take() {
        Some(Ok(figures)) => Ok(RunResult { figures, answers: std::mem::take(&mut run.answers) }),
        Some(Err(text)) => bail!("the function reported an error: {text}"),
        None => bail!("the server ended before the last answer"),
    }
}

struct Server {
    run: Mutex<Run>,
    ended: Notify,
}

/// One run. Invocations are numbered from 0, and their number is their request id; the first ones warm up.
struct Run {
    payloads: Vec<Bytes>,
    warm_up: usize,
    last: usize,
    sent: usize,
    answers: Vec<Bytes>,
    /// The function's process id.
    function: Option<u32>,
    meter: Option<Meter>,
    end: Option<Result<Figures, String>>,
}

impl Run {
    /// The next invocation and its event; `None` when all are sent.
    fn next(&mut self) -> Option<(usize, Bytes)> {
        let number = self.sent;
        if number == self.last {
            return None;
        }
        if number == self.warm_up {
            self.meter = Some(Meter::start(self.function));
        }
        self.sent += 1;
        Some((number, self.payloads[number % self.payloads.len()].clone()))
    }

    /// Takes an answer; whether it was the last.
    fn answered(&mut self, number: usize, answer: FunctionResponse) -> bool {
        let event = self.payloads[number % self.payloads.len()].len();
        if let Some(meter) = &mut self.meter {
            meter.add(event, answer.bytes);
        }
        if let Some(text) = answer.text {
            self.answers.push(text);
        }
        let is_last = number + 1 == self.last;
        if is_last {
            self.end = self.meter.as_ref().map(|meter| Ok(meter.stop()));
        }
        is_last
    }
}

struct FunctionResponse {
    bytes: usize,
    /// Kept of the first round only.
    text: Option<Bytes>,
}

impl Runtime for Server {
    async fn next(&self) -> Invocation {
        let invocation = self.run().next();
        let Some((number, event)) = invocation else {
            // As Lambda does when there is nothing to do.
            return std::future::pending().await;
        };
        Invocation { id: number.to_string(), deadline_ms: DEADLINE_MS, function_arn: FUNCTION_ARN.to_owned(), event }
    }

    async fn answered(&self, id: &str, answer: Body) -> StatusCode {
        let Ok(number) = id.parse::<usize>() else { return StatusCode::BAD_REQUEST };
        let is_kept = {
            let run = self.run();
            if number >= run.sent {
                return StatusCode::BAD_REQUEST;
            }
            number < run.payloads.len()
        };
        let Ok(answer) = read(answer, is_kept).await else { return StatusCode::BAD_REQUEST };
        let is_last = self.run().answered(number, answer);
        if is_last {
            self.ended.notify_one();
        }
        StatusCode::ACCEPTED
    }

    async fn failed(&self, _id: Option<&str>, error: Body) -> StatusCode {
        let text = read(error, true).await.ok().and_then(|answer| answer.text).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        self.run().end = Some(Err(text));
        self.ended.notify_one();
        StatusCode::ACCEPTED
    }
}

impl Server {
    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a body to its end, and drops its parts at once unless it is stored.
async fn read(body: Body, is_stored: bool) -> Result<FunctionResponse, axum::Error> {
    if is_stored {
        let text = body.collect().await?.to_bytes();
        return Ok(FunctionResponse { bytes: text.len(), text: Some(text) });
    }
    let (mut body, mut bytes) = (body, 0);
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(FunctionResponse { bytes, text: None })
}

#[cfg(test)]
mod tests;
