//! The protocol `awsJson1.1`: an operation in the header `X-Amz-Target`, JSON in and JSON out.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The content type of requests and answers.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// What a request asks for, such as `AWSGlue.GetTable`; empty when it does not say.
#[must_use]
pub fn target(headers: &HeaderMap) -> &str {
    headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default()
}

/// An answer.
#[must_use]
pub fn answer(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

/// An answer without a body, as some operations have it.
#[must_use]
pub fn no_content() -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT_TYPE)]).into_response()
}

/// A refusal: an exception of the service and a sentence.
#[must_use]
pub fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    answer(status, json!({ "__type": code, "message": message }))
}
