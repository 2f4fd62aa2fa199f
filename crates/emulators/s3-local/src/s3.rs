//! The service: its buckets, and what a program around them decides.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use local_server::{BoxError, Service};
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::error::Error;
use crate::hooks::{Admission, Observer};
use crate::protocol::Protocol;
use crate::signatures;
use crate::store::Store;
use crate::store_error::StoreError;

/// What an S3 is made of.
#[derive(Clone)]
pub struct S3Config {
    /// The folder of the buckets.
    pub root: PathBuf,
    /// The region that buckets say they are in.
    pub region: String,
    /// Receives every object created or deleted.
    pub observer: Option<Observer>,
}

/// The buckets below one folder.
pub struct S3 {
    store: Arc<Store>,
    region: String,
}

impl Service for S3 {
    const NAME: &'static str = "S3";

    fn router(&self) -> Router {
        let protocol = Protocol { store: Arc::clone(&self.store), region: self.region.clone() };
        Router::new().fallback(answer).with_state(S3ServiceBuilder::new(protocol).build())
    }
}

impl S3 {
    /// Reads what the folder holds.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written, or holds a metadata file that is not one.
    pub async fn open(config: S3Config) -> Result<Self, Error> {
        let S3Config { root, region, observer } = config;
        let folder = root.clone();
        let opened = tokio::task::spawn_blocking(move || Store::open(root, observer)).await;
        let failed = |source: BoxError| Error::Storage { path: folder.clone(), source };
        let store = opened.map_err(|error| failed(error.into()))?.map_err(|error| failed(error.into()))?;
        Ok(Self { store: Arc::new(store), region })
    }

    /// Creates a bucket if it is missing.
    ///
    /// # Errors
    ///
    /// When its folder cannot be written.
    pub async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        let store = Arc::clone(&self.store);
        let bucket = name.to_owned();
        let failed = |source: BoxError| Error::Bucket { name: name.to_owned(), source };
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
