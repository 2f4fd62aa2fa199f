//! S3 over a folder: real HTTP, real versions, plain files.
//!
//! The protocol is the library's (s3s); buckets, versions and files are ours, because every bucket here keeps its versions, as the buckets
//! that a load reads from do. What is where on disk:
//!
//! ```text
//! <root>/<bucket>/bucket.json
//! <root>/<bucket>/<what a person recognises of the key>~<hash of the key>/<sequencer>.<extension>     the bytes of a version
//! <root>/<bucket>/<...>~<hash of the key>/<sequencer>.version.json                                    key, version id, ETag, ...
//! ```
//!
//! Clients address buckets by path (`force_path_style`); a bucket in the host name is not understood. Any credentials are accepted, and
//! none: the server listens on the loopback address only.

mod body;
mod checksums;
mod conditions;
mod error;
mod listing;
mod lists;
mod multipart;
mod names;
mod objects;
mod sequencer;
mod service;
mod signatures;
mod store;
mod version;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::error::Error;
use crate::http::HttpServer;
use crate::notifications::ObjectEvent;
use error::StoreError;
use service::Service;
use store::Store;

/// Is told of every object that was created or deleted, after it was. It is called on the thread that did it: it hands over, and returns.
pub type Observer = Arc<dyn Fn(&ObjectEvent) + Send + Sync>;

/// Says whether a bucket takes an object of this name, given the bucket and the key; a refusal carries the reason, which the uploader
/// reads in an `AccessDenied`. It stands for the bucket policy.
pub type Admission = Arc<dyn Fn(&str, &str) -> Result<(), String> + Send + Sync>;

/// How the server is started.
#[derive(Clone)]
pub struct S3Config {
    /// The folder of the buckets.
    pub root: PathBuf,
    /// The port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// The region that buckets say they are in.
    pub region: String,
    /// Who is told of every object created or deleted.
    pub observer: Option<Observer>,
}

/// An S3 server that runs until it is shut down or dropped.
pub struct S3Server {
    store: Arc<Store>,
    http: HttpServer,
}

impl S3Server {
    /// Reads what the folder holds and listens.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written, holds a metadata file that is not one, or the port is taken.
    pub async fn start(config: S3Config) -> Result<Self, Error> {
        let S3Config { root, port, region, observer } = config;
        let folder = root.clone();
        let opened = tokio::task::spawn_blocking(move || Store::open(root, observer)).await;
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Storage { path: folder.clone(), source };
        let store = Arc::new(opened.map_err(|error| failed(error.into()))?.map_err(|error| failed(error.into()))?);
        let service = S3ServiceBuilder::new(Service { store: Arc::clone(&store), region }).build();
        let router = Router::new().fallback(answer).with_state(service);
        Ok(Self { store, http: HttpServer::start("s3", port, router).await? })
    }

    /// The URL of the server, for `endpoint_url` of a client with `force_path_style`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.http.endpoint()
    }

    /// Creates a bucket, if it is not there yet.
    ///
    /// # Errors
    ///
    /// When its folder cannot be written.
    pub async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        let store = Arc::clone(&self.store);
        let bucket = name.to_owned();
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Bucket { name: name.to_owned(), source };
        match tokio::task::spawn_blocking(move || store.create_bucket(&bucket))
            .await
            .map_err(|error| failed(error.into()))?
        {
            Ok(()) | Err(StoreError::BucketExists(_)) => Ok(()),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// Sets which objects the buckets take; none takes all.
    pub fn set_admission(&self, admission: Option<Admission>) {
        self.store.set_admission(admission);
    }

    /// Stops taking requests, and waits for those that are being answered.
    pub async fn shutdown(self) {
        self.http.shutdown().await;
    }
}

async fn answer(State(service): State<S3Service>, request: Request) -> Response {
    let request = signatures::strip(request).map(s3s::Body::http_body_unsync);
    match service.call(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(?error, "a request was not answered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
