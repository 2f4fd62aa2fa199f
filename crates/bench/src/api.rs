use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::figures::{Figures, Meter};

/// A time that no invocation reaches: 2100-01-01.
const DEADLINE_MS: &str = "4102444800000";

const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:bench";

/// What a run ends with.
pub(crate) struct Outcome {
    pub(crate) figures: Figures,
    /// Of the first round of events.
    pub(crate) answers: Vec<Bytes>,
}

/// Serves until the last invocation is answered, or the function tells an error.
pub(crate) async fn serve(
    listener: TcpListener,
    payloads: Vec<Bytes>,
    warm_up: usize,
    count: usize,
    function: Option<u32>,
) -> anyhow::Result<Outcome> {
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
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        .with_state(Arc::clone(&server));
    let ended = Arc::clone(&server);
    let stop = async move { ended.ended.notified().await };
    tokio::select! {
        served = axum::serve(listener, routes) => served.context("serving the Runtime API")?,
        () = stop => {}
    }
    let mut run = server.run.lock().unwrap_or_else(PoisonError::into_inner);
    match run.end.take() {
        Some(Ok(figures)) => Ok(Outcome { figures, answers: std::mem::take(&mut run.answers) }),
        Some(Err(text)) => bail!("the function told an error: {text}"),
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
    fn answered(&mut self, number: usize, answer: Answer) -> bool {
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

struct Answer {
    bytes: usize,
    /// Kept of the first round only.
    text: Option<Bytes>,
}

async fn next(State(server): State<Arc<Server>>) -> Response {
    let invocation = server.run.lock().unwrap_or_else(PoisonError::into_inner).next();
    let Some((number, event)) = invocation else {
        // As Lambda does when there is nothing to do.
        return std::future::pending().await;
    };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", number)
        .header("lambda-runtime-deadline-ms", DEADLINE_MS)
        .header("lambda-runtime-invoked-function-arn", FUNCTION_ARN)
        .body(Body::from(event));
    response.unwrap_or_default()
}

async fn response(State(server): State<Arc<Server>>, Path(number): Path<usize>, body: Body) -> StatusCode {
    let is_kept = {
        let run = server.run.lock().unwrap_or_else(PoisonError::into_inner);
        if number >= run.sent {
            return StatusCode::BAD_REQUEST;
        }
        number < run.payloads.len()
    };
    let Ok(answer) = read(body, is_kept).await else { return StatusCode::BAD_REQUEST };
    let is_last = server.run.lock().unwrap_or_else(PoisonError::into_inner).answered(number, answer);
    if is_last {
        server.ended.notify_one();
    }
    StatusCode::ACCEPTED
}

async fn error(State(server): State<Arc<Server>>, body: Body) -> StatusCode {
    let text = read(body, true).await.ok().and_then(|answer| answer.text).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    server.run.lock().unwrap_or_else(PoisonError::into_inner).end = Some(Err(text));
    server.ended.notify_one();
    StatusCode::ACCEPTED
}

/// Reads a body to its end, and drops what is not kept as it comes.
async fn read(body: Body, is_kept: bool) -> Result<Answer, axum::Error> {
    if is_kept {
        let text = body.collect().await?.to_bytes();
        return Ok(Answer { bytes: text.len(), text: Some(text) });
    }
    let (mut body, mut bytes) = (body, 0);
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(Answer { bytes, text: None })
}

#[cfg(test)]
mod tests;
