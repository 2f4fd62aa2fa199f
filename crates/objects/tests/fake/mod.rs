//! An S3 in memory behind the SDK's own client: ranges, conditions, multipart uploads, and a log of what was asked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::http::StatusCode;

/// Gives the bytes of a range of an object that is not stored.
pub(crate) type Generator = Arc<dyn Fn(u64, u64) -> Vec<u8> + Send + Sync>;

/// An object's size, and its bytes by range.
#[derive(Clone)]
pub(crate) struct Content {
    pub(crate) size: u64,
    pub(crate) bytes: Generator,
}

impl Content {
    pub(crate) fn stored(bytes: Vec<u8>) -> Self {
        Content {
            size: bytes.len() as u64,
            bytes: Arc::new(move |start, end| bytes[start as usize..end as usize].to_vec()),
        }
    }
}

/// What the fake holds and what it does.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Content>,
    /// Bytes of keys under `drop/`, which are counted and not kept.
    pub(crate) dropped: u64,
    /// `METHOD key?query`, without values that change.
    pub(crate) log: Vec<String>,
    /// Parts of uploads that are neither complete nor aborted.
    pub(crate) parts: BTreeMap<u32, Vec<u8>>,
    /// Requests whose log line contains this text are answered with this status.
    pub(crate) fail: Option<(&'static str, u16)>,
    /// After the first GET of a key, it has other content.
    pub(crate) overwrite: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<State>>);

impl Fake {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("a", "b", None, None, "test"))
            .endpoint_url("http://s3.test")
            .force_path_style(true)
            .http_client(http_client_fn(move |_, _| connector.clone()));
        Client::from_conf(config.build())
    }

    fn answer(&self, request: HttpRequest) -> HttpResponse {
        let uri = request.uri().trim_start_matches("http://s3.test/bucket/").to_owned();
        let (key, query) = uri.split_once('?').unwrap_or((&uri, ""));
        let query: Vec<&str> = query.split('&').filter(|part| !part.starts_with("x-id=") && !part.is_empty()).collect();
        let has = |name: &str| query.iter().any(|part| part.split('=').next() == Some(name));
        let header = |name: &str| request.headers().get(name).map(str::to_owned);
        let line = match (header("range"), header("x-amz-copy-source")) {
            (Some(range), _) => format!("{} {key} {range}", request.method()),
            (None, Some(source)) => {
                let tags = header("x-amz-tagging-directive").unwrap_or_default();
                format!("COPY {source} {key}, tags: {tags}")
            }
            (None, None) => format!("{} {key} {}", request.method(), query.join("&")).trim_end().to_owned(),
        };
        let mut state = self.state();
        state.log.push(line.clone());
        if let Some((_, status)) = state.fail.filter(|(text, _)| line.contains(text)) {
            return response(status, &[], "<Error><Code>Failed</Code></Error>");
        }
        if line.starts_with("COPY") {
            return response(200, &[], "<CopyObjectResult/>");
        }
        let body = || request.body().bytes().unwrap_or_default().to_vec();
        match (request.method(), has("uploadId"), has("partNumber")) {
            ("GET", ..) => get(&mut state, key, header("range"), header("if-match")),
            ("PUT", _, true) => {
                let number = query.iter().find_map(|part| part.strip_prefix("partNumber=")).unwrap().parse().unwrap();
                match key.starts_with("drop/") {
                    true => state.dropped += body().len() as u64,
                    false => drop(state.parts.insert(number, body())),
                }
                response(200, &[("etag", "\"part\"".to_owned())], "")
            }
            ("PUT", ..) if is_refused(&state, key, header("if-none-match"), header("if-match")) => {
                response(412, &[], "<Error><Code>PreconditionFailed</Code></Error>")
            }
            ("PUT", ..) => {
                state.objects.insert(key.to_owned(), Content::stored(body()));
                response(200, &[], "")
            }
            ("POST", false, _) => response(
                200,
                &[],
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
            ),
            ("POST", true, _) => {
                let whole = std::mem::take(&mut state.parts).into_values().flatten().collect();
                state.objects.insert(key.to_owned(), Content::stored(whole));
                response(200, &[], "<CompleteMultipartUploadResult/>")
            }
            ("DELETE", true, _) => {
                state.parts.clear();
                response(204, &[], "")
            }
            _ => response(501, &[], ""),
        }
    }
}

/// Whether a condition of a PUT does not hold. S3 API, "PutObject": `If-None-Match: *`, `If-Match: <ETag>`.
fn is_refused(state: &State, key: &str, if_none_match: Option<String>, if_match: Option<String>) -> bool {
    let etag = state.objects.get(key).map(|content| format!("\"{}\"", content.size));
    (if_none_match.is_some() && etag.is_some()) || (if_match.is_some() && if_match != etag)
}

fn get(state: &mut State, key: &str, range: Option<String>, if_match: Option<String>) -> HttpResponse {
    let Some(content) = state.objects.get(key).cloned() else {
        return response(404, &[], "<Error><Code>NoSuchKey</Code></Error>");
    };
    let size = content.size;
    let etag = format!("\"{size}\"");
    if if_match.is_some_and(|wanted| wanted != etag) {
        return response(412, &[], "<Error><Code>PreconditionFailed</Code></Error>");
    }
    let Some(range) = range else {
        return response(200, &[("etag", etag)], (content.bytes)(0, size));
    };
    let (start, end) = range.trim_start_matches("bytes=").split_once('-').unwrap();
    let (start, end) = (start.parse::<u64>().unwrap(), end.parse::<u64>().unwrap().min(size.saturating_sub(1)));
    if start >= size {
        return response(416, &[], "<Error><Code>InvalidRange</Code></Error>");
    }
    let body = (content.bytes)(start, end + 1);
    if state.overwrite {
        state.objects.insert(key.to_owned(), Content::stored(vec![b'x'; size as usize + 1]));
    }
    let headers = [("etag", etag), ("content-range", format!("bytes {start}-{end}/{size}"))];
    response(206, &headers, body)
}

fn response(status: u16, headers: &[(&'static str, String)], body: impl Into<SdkBody>) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into());
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.clone());
    }
    response
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.answer(request)))
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}
