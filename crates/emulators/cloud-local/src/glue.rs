//! AWS Glue's Data Catalog: databases, tables with their versions, and partitions, over HTTP as Glue's API takes them.
//!
//! The rules are those of the Glue API reference: names of databases and tables are folded to lower case; `UpdateTable` replaces the
//! definition, archives the old one unless `SkipArchive` is set, and compares `VersionId` with the current version if it is given; the
//! partition operations that take a list answer for every item on its own. A member that a request's structure does not have is ignored,
//! at every level, as the wire protocol has it; a member of a wrong type is not. Operations, members and forms of `Expression` that are not
//! known here are refused by name, never answered wrongly.

mod databases;
mod expression;
mod files;
mod pages;
mod partitions;
mod refusal;
mod request;
mod shape;
mod store;
mod tables;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::error::Error;
use crate::http::HttpServer;
use crate::lock::StateLock;
use refusal::Refusal;
use request::Request;
use store::Store;

/// How large a request may be, in bytes: a hundred partitions with the widest schemas.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What `X-Amz-Target` begins with.
const TARGET: &str = "AWSGlue.";

/// Where the catalogue is kept and listens.
#[derive(Debug, Clone)]
pub struct GlueConfig {
    /// The folder that keeps the catalogue; it is created, and belongs to one server at a time.
    pub folder: PathBuf,
    /// The port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// The region, which is told as the session in `CreatedBy` and nowhere else.
    pub region: String,
}

/// A catalogue that answers until it is shut down or dropped.
pub struct GlueServer {
    http: HttpServer,
    conflicts: Arc<AtomicU32>,
    _lock: StateLock,
}

impl GlueServer {
    /// Opens the catalogue in its folder and listens.
    ///
    /// # Errors
    ///
    /// When another process uses the folder, a file in it cannot be read, or the port is taken.
    pub async fn start(config: GlueConfig) -> Result<Self, Error> {
        let lock = StateLock::take(&config.folder)?;
        let store = Store::open(&config.folder, &config.region)?;
        let conflicts = Arc::new(AtomicU32::new(0));
        let catalog = Catalog { store: Arc::new(Mutex::new(store)), conflicts: Arc::clone(&conflicts) };
        let router = Router::new()
            .route("/", routing::post(answer))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(catalog);
        Ok(Self { http: HttpServer::start("glue", config.port, router).await?, conflicts, _lock: lock })
    }

    /// The URL of the catalogue.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.http.endpoint()
    }

    /// Lets the next `requests` writing requests fail with `ConcurrentModificationException` and change nothing, for a test. It meets the
    /// operations for which Glue documents that error: `CreateDatabase`, `DeleteDatabase`, `CreateTable`, `UpdateTable`, `DeleteTable`
    /// and the `Batch...Partition` operations that write.
    pub fn conflict_next(&self, requests: u32) {
        self.conflicts.store(requests, Ordering::SeqCst);
    }

    /// Stops listening, and waits for what is being answered.
    pub async fn shutdown(self) {
        self.http.shutdown().await;
    }
}

#[derive(Clone)]
struct Catalog {
    store: Arc<Mutex<Store>>,
    conflicts: Arc<AtomicU32>,
}

/// What answers an operation.
type Operation = fn(&mut Store, &Request) -> Result<Value, Refusal>;

/// Answers one request; files are read and written, so it runs where blocking is allowed.
async fn answer(State(catalog): State<Catalog>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default().to_owned();
    let ended = tokio::task::spawn_blocking(move || catalog.answer(&target, &body)).await;
    match ended.unwrap_or_else(|error| Err(Refusal::internal("answer", &error))) {
        Ok(body) => json_response(StatusCode::OK, body),
        Err(refusal) => {
            let status =
                if refusal.is_internal() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
            json_response(status, json!({ "__type": refusal.code, "Message": refusal.message }))
        }
    }
}

impl Catalog {
    fn answer(&self, target: &str, body: &[u8]) -> Result<Value, Refusal> {
        let name = target.strip_prefix(TARGET).unwrap_or(target);
        let Some((operation, conflicts)) = operation(name).filter(|_| target.starts_with(TARGET)) else {
            let message = format!("{target:?} is not known here: the catalogue has databases, tables and partitions");
            return Err(Refusal::new("UnknownOperationException", message));
        };
        let request = Request::read(body)?;
        if conflicts && self.takes_conflict() {
            return Err(Refusal::conflict(name));
        }
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        operation(&mut store, &request)
    }

    fn takes_conflict(&self) -> bool {
        self.conflicts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

/// The operation of this name, and whether Glue documents `ConcurrentModificationException` for it.
fn operation(name: &str) -> Option<(Operation, bool)> {
    Some(match name {
        "CreateDatabase" => (databases::create, true),
        "GetDatabase" => (databases::get, false),
        "GetDatabases" => (databases::list, false),
        "DeleteDatabase" => (databases::delete, true),
        "CreateTable" => (tables::create, true),
        "GetTable" => (tables::get, false),
        "GetTables" => (tables::list, false),
        "UpdateTable" => (tables::update, true),
        "DeleteTable" => (tables::delete, true),
        "GetTableVersions" => (tables::versions, false),
        "CreatePartition" => (partitions::create, false),
        "GetPartition" => (partitions::get, false),
        "GetPartitions" => (partitions::list, false),
        "UpdatePartition" => (partitions::update, false),
        "DeletePartition" => (partitions::delete, false),
        "BatchCreatePartition" => (partitions::batch_create, true),
        "BatchGetPartition" => (partitions::batch_get, false),
        "BatchUpdatePartition" => (partitions::batch_update, true),
        "BatchDeletePartition" => (partitions::batch_delete, true),
        _ => return None,
    })
}

fn json_response(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}
