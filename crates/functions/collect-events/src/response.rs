use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::refusal::Refusal;

/// Seconds after which a client may try again when the stream is not available: a shard's limit is one of a second, and a resharding takes
/// longer.
const RETRY_AFTER: &str = "5";

/// How long a browser may remember what a preflight said, in seconds; none of them does so for longer than a day.
const PREFLIGHT_MAX_AGE: &str = "86400";

/// What the Function URL answers (payload format 2.0). None of its headers repeats a part of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// The HTTP status.
    #[serde(rename = "statusCode")]
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<&'static str, &'static str>,
    /// JSON, or nothing.
    pub body: String,
    /// Always false.
    #[serde(rename = "isBase64Encoded")]
    pub is_base64: bool,
}

impl Response {
    /// Every event is in the stream.
    pub(crate) fn success() -> Self {
        Self::json(200, r#"{"success":true}"#.to_owned())
    }

    /// To `HEAD`.
    pub(crate) fn without_body(mut self) -> Self {
        self.body.clear();
        self
    }

    /// To a browser's question what it may send: anything, from anywhere. Write keys are no cookies, and browsers send none with them.
    pub(crate) fn preflight(methods: &'static str) -> Self {
        let mut response = Self::json(204, String::new());
        response.headers.remove("content-type");
        response.headers.extend([
            ("access-control-allow-methods", methods),
            // By name as well: `*` does not stand for `authorization`.
            ("access-control-allow-headers", "authorization, content-encoding, content-type, x-retry-count, *"),
            ("access-control-max-age", PREFLIGHT_MAX_AGE),
        ]);
        response
    }

    /// Why not. `WWW-Authenticate` is left out: a browser would ask its user for a password.
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        let mut body = json!({ "success": false, "code": refusal.code(), "message": refusal.to_string() });
        if let Refusal::Events { accepted, refused } = refusal {
            body["accepted"] = json!(accepted);
            body["refused"] = json!(refused);
        }
        let mut response = Self::json(refusal.status(), body.to_string());
        match refusal {
            Refusal::Method { allowed } => response.headers.insert("allow", allowed),
            Refusal::Unavailable => response.headers.insert("retry-after", RETRY_AFTER),
            _ => None,
        };
        response
    }

    fn json(status: u16, body: String) -> Self {
        let headers = BTreeMap::from([
            ("access-control-allow-origin", "*"),
            ("access-control-expose-headers", "retry-after"),
            ("cache-control", "no-store"),
            ("content-type", "application/json"),
        ]);
        Self { status, headers, body, is_base64: false }
    }
}
