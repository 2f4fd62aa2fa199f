//! The service: the catalogue behind its operations.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Router, routing};
use local_server::json as protocol;
use local_server::{Error, Service, StateLock};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::request::Request;
use crate::store::Store;
use crate::{databases, partitions, tables};

/// How large a request may be, in bytes: a hundred partitions with the widest schemas.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What `X-Amz-Target` begins with.
const TARGET: &str = "AWSGlue.";

/// What a catalogue is made of.
#[derive(Debug, Clone)]
pub struct GlueConfig {
    /// The folder that keeps the catalogue; it is created, and belongs to one server at a time.
    pub folder: PathBuf,
    /// The region, which is told as the session in `CreatedBy` and nowhere else.
    pub region: String,
}

/// The catalogue of one folder.
pub struct Glue {
    catalog: Catalog,
    _lock: StateLock,
}

impl Service for Glue {
    const NAME: &'static str = "Glue";

    fn router(&self) -> Router {
        Router::new()
            .route("/", routing::post(answer))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(self.catalog.clone())
    }
}

impl Glue {
    /// Opens the catalogue in its folder.
    ///
    /// # Errors
    ///
    /// When another process uses the folder, or a file in it cannot be read.
    pub fn open(config: &GlueConfig) -> Result<Self, Error> {
        let lock = StateLock::take(&config.folder)?;
        let store = Store::open(&config.folder, &config.region)?;
        let catalog = Catalog { store: Arc::new(Mutex::new(store)), conflicts: Arc::default() };
        Ok(Self { catalog, _lock: lock })
    }

    /// Lets the next `requests` writing requests fail with `ConcurrentModificationException` and change nothing, for a test. It meets the
    /// operations for which Glue documents that error: `CreateDatabase`, `DeleteDatabase`, `CreateTable`, `UpdateTable`, `DeleteTable`
    /// and the `Batch...Partition` operations that write.
    pub fn conflict_next(&self, requests: u32) {
        self.catalog.conflicts.store(requests, Ordering::SeqCst);
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
    let target = protocol::target(&headers).to_owned();
    let ended = tokio::task::spawn_blocking(move || catalog.answer(&target, &body)).await;
    match ended.unwrap_or_else(|error| Err(Refusal::internal("answer", &error))) {
        Ok(body) => protocol::answer(StatusCode::OK, body),
        Err(refusal) => {
            let status =
                if refusal.is_internal() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
            protocol::answer(status, json!({ "__type": refusal.code, "Message": refusal.message }))
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
