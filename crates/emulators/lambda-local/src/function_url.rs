//! A Lambda Function URL on the loopback address: HTTP requests become events (payload format 2.0), and what the function returns becomes
//! the answer.
//!
//! Rules: "Invoking Lambda function URLs" in the AWS Lambda developer guide; what it leaves open is as in the payload format 2.0 of HTTP APIs.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use local_server::{Callers, Error, Guard, Handler, HttpServer};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What a synchronous invocation takes and returns at most (AWS Lambda developer guide, "Lambda quotas").
pub const PAYLOAD_BYTES_MAX: usize = 6 << 20;

/// A Function URL that is served until it is shut down or dropped.
pub struct FunctionUrl {
    server: HttpServer,
}

struct Function {
    handler: Handler,
    /// The first label of the URL's host: 32 letters and digits.
    id: String,
    region: String,
}

impl FunctionUrl {
    /// Listens on the port, or on a free one when it is 0, and calls the handler for each request, as a Function URL in this region.
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub async fn start(port: u16, handler: Handler, region: &str) -> Result<Self, Error> {
        let function = Function { handler, id: Uuid::new_v4().simple().to_string(), region: region.to_owned() };
        let router = Router::new().fallback(serve).with_state(Arc::new(function));
        Ok(Self { server: HttpServer::start("a Function URL", port, router, Guard::new(Callers::WebPages)).await? })
    }

    /// The URL, without a slash at its end.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Stops listening, and waits a few seconds for what is being answered.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

async fn serve(State(function): State<Arc<Function>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, PAYLOAD_BYTES_MAX).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long");
    };
    let event = event(&function, &parts, &body, Utc::now());
    match function.handler.call(event).await {
        Ok(answer) => response(&answer).unwrap_or_else(|reason| failed(&reason)),
        Err(reason) => failed(&reason),
    }
}

/// The caller learns nothing of the reason, as in AWS.
fn failed(reason: &str) -> Response {
    tracing::warn!(reason, "the function behind a Function URL failed");
    message(StatusCode::BAD_GATEWAY, "Internal Server Error")
}

fn message(status: StatusCode, text: &str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], json!({ "Message": text }).to_string()).into_response()
}

fn event(function: &Function, parts: &Parts, body: &Bytes, now: DateTime<Utc>) -> Value {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let domain = format!("{}.lambda-url.{}.on.aws", function.id, function.region);
    let request_id = Uuid::new_v4().to_string();
    let text = |name: HeaderName| parts.headers.get(name).map(lossy);
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, &request_id),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": function.id,
            "domainName": domain,
            "domainPrefix": function.id,
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                // The server listens on the loopback address only.
                "sourceIp": "127.0.0.1",
                "userAgent": text(USER_AGENT),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies: Vec<String> = parts.headers.get_all(COOKIE).iter().flat_map(split_cookies).collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = Value::Object(parameters(query));
    }
    if !body.is_empty() {
        let as_text = is_text(&parts.headers).then(|| std::str::from_utf8(body).ok()).flatten();
        event["isBase64Encoded"] = json!(as_text.is_none());
        event["body"] = as_text.map_or_else(|| json!(STANDARD.encode(body)), |text| json!(text));
    }
    event
}

/// Names in lower case; values of one name joined by commas; cookies apart; and what AWS's own front adds.
fn headers(headers: &HeaderMap, request_id: &str) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys().filter(|name| *name != COOKIE) {
        let values: Vec<String> = headers.get_all(name).iter().map(lossy).collect();
        joined.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    let trace = format!("Root=1-{:08x}-{}", Utc::now().timestamp(), &request_id.replace('-', "")[..24]);
    for (name, value) in
        [("x-amzn-trace-id", trace.as_str()), ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "http")]
    {
        joined.insert(name.to_owned(), json!(value));
    }
    joined
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn split_cookies(value: &HeaderValue) -> Vec<String> {
    lossy(value).split(';').map(|cookie| cookie.trim().to_owned()).filter(|cookie| !cookie.is_empty()).collect()
}

/// Decoded; values of one name joined by commas.
fn parameters(query: &str) -> Map<String, Value> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut parameters: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        let joined = match parameters.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(name, json!(joined));
    }
    parameters
}

/// Whether the body is delivered as it is. A compressed one, a form, and whatever names no text is binary.
fn is_text(headers: &HeaderMap) -> bool {
    let plain = headers.get(CONTENT_ENCODING).is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let kind = headers.get(CONTENT_TYPE).map(lossy).unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let texts = ["application/json", "application/javascript", "application/xml"];
    plain && (kind.starts_with("text/") || texts.contains(&kind))
}

/// What the function returned, as HTTP. An object with `statusCode` is an answer; anything else is the body of one, in JSON.
fn response(answer: &Value) -> Result<Response, String> {
    let Some(status) = answer.get("statusCode") else {
        return Ok(([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response());
    };
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok()).and_then(|code| u16::try_from(code).ok());
    let status = status.and_then(|code| StatusCode::from_u16(code).ok()).ok_or("its statusCode is no HTTP status")?;
    let mut response = Response::new(Body::from(body(answer)?));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::try_from(name).map_err(|_| "the name of a header cannot be sent")?;
        headers.insert(name, header_value(value)?);
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(SET_COOKIE, header_value(cookie)?);
    }
    if !headers.contains_key(CONTENT_TYPE) && status != StatusCode::NO_CONTENT {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(response)
}

fn header_value(value: &Value) -> Result<HeaderValue, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    HeaderValue::try_from(text).map_err(|_| "the value of a header cannot be sent".to_owned())
}

fn body(answer: &Value) -> Result<Bytes, String> {
    let is_base64 = answer.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    match answer.get("body") {
        None | Some(Value::Null) => Ok(Bytes::new()),
        Some(Value::String(text)) if is_base64 => {
            STANDARD.decode(text).map(Bytes::from).map_err(|_| "its body is no base64".to_owned())
        }
        Some(Value::String(text)) => Ok(Bytes::from(text.clone())),
        Some(value) => Ok(Bytes::from(value.to_string())),
    }
}
