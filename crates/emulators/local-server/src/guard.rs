//! Which requests reach a service: those that name this machine, come from no foreign web page, and are signed where they could change something.
//!
//! A port of the loopback address is open to every web page that a person of this machine visits: the page can post a form to it, and a name
//! of the page's own can be made to lead to it (DNS rebinding). No credential stands against that here, because any is accepted. So:
//!
//! - The host of a request is a loopback address, `localhost`, or a name that ends with `.localhost`: names that no DNS server of others decides.
//!   That leaves out `localhost.localstack.cloud`, which leads here only as long as its owner's DNS says so.
//! - An `Origin` names a loopback host as well; a request without one that a browser marks as cross-site is refused unless it opens a page.
//! - What is not a GET or HEAD carries AWS's signature, in its header or in the query of a presigned URL. Who signed is not asked. A page cannot
//!   set that header without asking first (CORS), and is never allowed to; it can write the query, and is refused for its `Origin`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::json;

/// How much of a header a message repeats.
const SHOWN: usize = 100;

/// Who calls a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// Clients of AWS's APIs, which sign.
    Clients,
    /// Web pages from anywhere, by design, which do not.
    WebPages,
    /// Processes that were started here, which do not.
    Processes,
}

/// Which requests a server answers.
#[derive(Debug, Clone)]
pub struct Guard {
    callers: Callers,
    /// Names of this machine besides those of the loopback address.
    hosts: Vec<String>,
}

impl Guard {
    /// Answers these callers, under the loopback address's own names.
    #[must_use]
    pub fn new(callers: Callers) -> Self {
        Self { callers, hosts: Vec::new() }
    }

    /// Answers under these names too, as a server in a container needs it.
    #[must_use]
    pub fn with_hosts(self, hosts: Vec<String>) -> Self {
        Self { hosts, ..self }
    }

    /// Puts the guard before a router.
    pub fn before(self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(Arc::new(self), check))
    }

    /// Why a request is refused, if it is.
    fn refuses(&self, request: &Request) -> Option<Refusal> {
        let headers = request.headers();
        let host = request
            .uri()
            .authority()
            .map(|authority| authority.as_str())
            .or_else(|| text(headers, header::HOST.as_str()));
        if !host.is_some_and(|host| self.is_ours(host)) {
            return Some(Refusal::Host(host.unwrap_or_default().to_owned()));
        }
        if self.callers == Callers::WebPages {
            return None;
        }
        if let Some(origin) = headers.get(header::ORIGIN) {
            let origin = String::from_utf8_lossy(origin.as_bytes()).into_owned();
            if !self.is_our_origin(&origin) {
                return Some(Refusal::Origin(origin));
            }
        } else if text(headers, "sec-fetch-site") == Some("cross-site")
            && text(headers, "sec-fetch-mode") != Some("navigate")
        {
            return Some(Refusal::Origin("another site".to_owned()));
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if self.callers == Callers::Clients && !reads && !is_signed(headers, request.uri()) {
            return Some(Refusal::Unsigned);
        }
        None
    }

    fn is_ours(&self, authority: &str) -> bool {
        let host = host_of(authority);
        is_loopback(host) || self.hosts.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    fn is_our_origin(&self, origin: &str) -> bool {
        origin.split_once("://").is_some_and(|(_, authority)| self.is_ours(authority))
    }
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Host(String),
    Origin(String),
    Unsigned,
}

impl Refusal {
    fn message(&self) -> String {
        match self {
            Self::Host(host) => format!(
                "The request names the host {:?}; answered are 127.0.0.1, [::1], localhost and names that end with .localhost. Use one of \
                 these in the URL; `landfall redshift` takes other names with --host.",
                shown(host)
            ),
            Self::Origin(origin) => {
                format!("The request comes from a web page of {:?}; answered are pages of this machine.", shown(origin))
            }
            Self::Unsigned => {
                "Missing Authentication Token: a request that can change something must be signed. Any credentials do, \
                 such as AWS_ACCESS_KEY_ID=local and AWS_SECRET_ACCESS_KEY=local."
                    .to_owned()
            }
        }
    }

    fn respond(&self, callers: Callers, headers: &HeaderMap) -> Response {
        let message = self.message();
        let code =
            if *self == Self::Unsigned { "MissingAuthenticationTokenException" } else { "AccessDeniedException" };
        if !json::target(headers).is_empty() {
            return json::refusal(StatusCode::FORBIDDEN, code, &message);
        }
        match callers {
            Callers::Clients => {
                let escaped = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>{escaped}</Message></Error>"
                );
                (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
            }
            Callers::WebPages | Callers::Processes => (StatusCode::FORBIDDEN, message).into_response(),
        }
    }
}

async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.refuses(&request) {
        None => next.run(request).await,
        Some(refusal) => {
            let path: String = request.uri().path().chars().take(SHOWN).collect();
            tracing::warn!(method = %request.method(), path, reason = refusal.message(), "a request was refused");
            refusal.respond(guard.callers, request.headers())
        }
    }
}

/// Whether a request has AWS's signature. Basic credentials are none: a page's URL can bring them.
fn is_signed(headers: &HeaderMap, uri: &Uri) -> bool {
    if headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"AWS")) {
        return true;
    }
    let names =
        || uri.query().unwrap_or_default().split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    let has = |wanted: &str| names().any(|name| name.eq_ignore_ascii_case(wanted));
    (has("X-Amz-Credential") && has("X-Amz-Signature")) || (has("AWSAccessKeyId") && has("Signature"))
}

/// Whether a host leads to this machine whatever DNS says.
fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = address.parse::<IpAddr>() {
        return address.is_loopback();
    }
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The host of `host:port`.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.is_empty() => {
            // `[::1]` without a port ends with a bracket, and its last part is no number.
            host
        }
        _ => authority,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What of a stranger's text a message repeats.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    fn refusal(callers: Callers, method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<Refusal> {
        Guard::new(callers).refuses(&request(method, uri, headers))
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:4566",
            "localhost",
            "LOCALHOST:1",
            "[::1]",
            "[::1]:4566",
            "landing.localhost:4566",
            "127.1.2.3:1",
        ] {
            assert_eq!(refusal(Callers::WebPages, "GET", "/", &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4566",
            "localhost.evil.example",
            "localhost.localstack.cloud:4566",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "0.0.0.0:4566",
            "10.0.0.1",
            "[::2]:1",
            "localhost@evil.example",
            "localhost:80@evil.example",
            ":4566",
            "",
        ] {
            assert_eq!(
                refusal(Callers::WebPages, "GET", "/", &[("host", host)]),
                Some(Refusal::Host(host.to_owned())),
                "{host}"
            );
        }
        assert_eq!(refusal(Callers::WebPages, "GET", "/", &[]), Some(Refusal::Host(String::new())));
        // An absolute URI goes before the header.
        let absolute = refusal(Callers::WebPages, "GET", "http://evil.example/", &[("host", "localhost")]);
        assert_eq!(absolute, Some(Refusal::Host("evil.example".to_owned())));
        let guard = Guard::new(Callers::WebPages).with_hosts(vec!["redshift-local".to_owned()]);
        assert_eq!(guard.refuses(&request("GET", "/", &[("host", "redshift-local:4567")])), None);
    }

    #[test]
    fn a_foreign_page_is_refused_but_by_the_collector() {
        let from = |callers, origin| refusal(callers, "GET", "/", &[("host", "localhost"), ("origin", origin)]);
        for origin in ["http://localhost:3000", "http://127.0.0.1", "https://app.localhost", "http://[::1]:8000"] {
            assert_eq!(from(Callers::Clients, origin), None, "{origin}");
        }
        for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://", "localhost", ""] {
            assert_eq!(from(Callers::Clients, origin), Some(Refusal::Origin(origin.to_owned())), "{origin}");
            assert_eq!(from(Callers::Processes, origin), Some(Refusal::Origin(origin.to_owned())), "{origin}");
            assert_eq!(from(Callers::WebPages, origin), None, "{origin}");
        }
    }

    #[test]
    fn a_page_may_be_opened_from_another_site_and_not_be_part_of_it() {
        let fetch = |mode| {
            let headers = [("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode)];
            refusal(Callers::Clients, "GET", "/landing/flights.csv", &headers)
        };
        assert_eq!(fetch("navigate"), None);
        assert_eq!(fetch("no-cors"), Some(Refusal::Origin("another site".to_owned())));
    }

    #[test]
    fn what_can_change_something_is_signed() {
        let put = |method, uri, authorization: Option<&str>| {
            let mut headers = vec![("host", "localhost")];
            headers.extend(authorization.map(|value| ("authorization", value)));
            refusal(Callers::Clients, method, uri, &headers)
        };
        for method in ["GET", "HEAD"] {
            assert_eq!(put(method, "/landing/k", None), None);
        }
        for method in ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"] {
            assert_eq!(put(method, "/landing/k", None), Some(Refusal::Unsigned), "{method}");
            assert_eq!(put(method, "/landing/k", Some("Basic bG9jYWw6bG9jYWw=")), Some(Refusal::Unsigned), "{method}");
            assert_eq!(put(method, "/landing/k", Some("AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request")), None);
            assert_eq!(put(method, "/landing/k?X-Amz-Credential=a&X-Amz-Signature=b", None), None);
            assert_eq!(put(method, "/landing/k?AWSAccessKeyId=a&Signature=b&Expires=1", None), None);
            assert_eq!(put(method, "/landing/k?X-Amz-Credential=a", None), Some(Refusal::Unsigned));
        }
        assert_eq!(refusal(Callers::Processes, "POST", "/", &[("host", "127.0.0.1:1")]), None);
    }

    #[test]
    fn a_message_is_short_and_escaped() {
        let host = format!("<script>{}", "x".repeat(500));
        let message = Refusal::Host(host).message();
        assert!(message.len() < 400 && message.contains('…'), "{message}");
    }
}
