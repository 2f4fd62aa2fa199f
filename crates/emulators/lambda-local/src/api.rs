//! Lambda's Runtime API: what a function's process asks for over HTTP.
//!
//! Rules: "Using the Lambda runtime API for custom runtimes" in the AWS Lambda developer guide.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use local_server::{Callers, Guard};

/// What a process is given.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The request id.
    pub id: String,
    /// When it must be answered: milliseconds since 1970.
    pub deadline_ms: u64,
    /// The function's ARN.
    pub function_arn: String,
    /// The event, in JSON.
    pub event: Bytes,
}

/// Hands out invocations and takes their outcomes.
pub trait Runtime: Send + Sync + 'static {
    /// The next invocation; it waits until there is one.
    fn next(&self) -> impl Future<Output = Invocation> + Send;

    /// The answer to an invocation.
    fn answered(&self, id: &str, answer: Body) -> impl Future<Output = StatusCode> + Send;

    /// An invocation has failed, or, without an id, the function's start.
    fn failed(&self, id: Option<&str>, error: Body) -> impl Future<Output = StatusCode> + Send;
}

/// The API over what hands out and takes, for processes of this machine.
pub fn router<R: Runtime>(runtime: Arc<R>) -> Router {
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next::<R>))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response::<R>))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error::<R>))
        .route("/2018-06-01/runtime/init/error", post(init_error::<R>))
        .with_state(runtime);
    Guard::new(Callers::Processes).before(router)
}

async fn next<R: Runtime>(State(runtime): State<Arc<R>>) -> Response {
    let invocation = runtime.next().await;
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", invocation.id)
        .header("lambda-runtime-deadline-ms", invocation.deadline_ms)
        .header("lambda-runtime-invoked-function-arn", invocation.function_arn)
        .body(Body::from(invocation.event));
    response.unwrap_or_default()
}

async fn response<R: Runtime>(State(runtime): State<Arc<R>>, Path(id): Path<String>, body: Body) -> StatusCode {
    runtime.answered(&id, body).await
}

async fn error<R: Runtime>(State(runtime): State<Arc<R>>, Path(id): Path<String>, body: Body) -> StatusCode {
    runtime.failed(Some(&id), body).await
}

async fn init_error<R: Runtime>(State(runtime): State<Arc<R>>, body: Body) -> StatusCode {
    runtime.failed(None, body).await
}
