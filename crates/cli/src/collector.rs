//! A client of the collector, as the SDKs of Segment are: batches, compressed, sent again when the collector is busy.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use backon::{ExponentialBuilder, Retryable};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// How often a batch is sent before it is given up.
const TRIES: usize = 10;

/// How much of an answer is shown.
const SHOWN_BYTES: usize = 300;

/// Sends to one collector under one write key. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: Uri,
    authorization: HeaderValue,
    compresses: bool,
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the collector was not reached")]
    Unreached(#[source] hyper_util::client::legacy::Error),
    #[error("the collector's answer broke off")]
    BrokenOff(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the collector answered {status}: {body}")]
    Refused { status: StatusCode, body: String },
}

impl SendError {
    /// Whether the same batch may be taken later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreached(_) | Self::BrokenOff(_) => true,
            Self::Refused { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl Collector {
    /// A client of the collector at this URL; the path of batches is added to it.
    pub(crate) fn new(url: &str, write_key: &str) -> anyhow::Result<Self> {
        let url = format!("{}/v1/batch", url.trim_end_matches('/'));
        let url = url.parse::<Uri>().with_context(|| format!("{url} is no URL"))?;
        let authorization = format!("Basic {}", STANDARD.encode(format!("{write_key}:")));
        let mut authorization = HeaderValue::from_str(&authorization).context("making the header of the write key")?;
        authorization.set_sensitive(true);
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .context("reading this machine's certificates")?
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, url, authorization, compresses: true })
    }

    /// The same client, whose requests are not compressed.
    pub(crate) fn uncompressed(self) -> Self {
        Self { compresses: false, ..self }
    }

    /// Sends one batch until it is taken: `body` is the JSON of Segment's `batch` call.
    ///
    /// # Errors
    /// When the collector refuses it, or could not take it often enough.
    pub(crate) async fn send(&self, body: &[u8]) -> anyhow::Result<()> {
        let body = match self.compresses {
            true => compressed(body).context("compressing a batch")?,
            false => Bytes::copy_from_slice(body),
        };
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(TRIES)
            .with_jitter();
        let sent = (|| self.try_once(body.clone())).retry(backoff).when(SendError::is_passing).await;
        sent.with_context(|| format!("sending a batch to {}", self.url))
    }

    async fn try_once(&self, body: Bytes) -> Result<(), SendError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.compresses {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let response = self.client.request(request).await.map_err(SendError::Unreached)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| SendError::BrokenOff(error.into()))?.to_bytes();
        if status.is_success() {
            return Ok(());
        }
        let shown = &body[..body.len().min(SHOWN_BYTES)];
        Err(SendError::Refused { status, body: String::from_utf8_lossy(shown).trim().to_owned() })
    }
}

fn compressed(body: &[u8]) -> std::io::Result<Bytes> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(body)?;
    gzip.finish().map(Bytes::from)
}
