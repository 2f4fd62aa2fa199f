//! Kinesis Data Streams over a folder: real HTTP, several shards, records in append-only files.
//!
//! ```text
//! <folder>/<stream>/stream.json
//! <folder>/<stream>/consumers/<name>.json                   what a consumer in this process still needs
//! <folder>/<stream>/<shard>/<number of the first record>.log
//! ```
//!
//! A record that was acknowledged is in its file, and survives the process however it ends; nothing is flushed with `fsync`, so a loss of
//! power may take the last ones. Memory holds no records. The protocol is JSON (`awsJson1.1`), which all SDKs speak but Java's, unless that
//! one is told `AWS_CBOR_DISABLE=true`. Not here: rates of shards, resharding, enhanced fan-out, tags, encryption.

mod api;
mod consumer;
mod cursor;
mod faults;
mod put;
mod read;
mod refusal;
mod segment;
mod sequence;
mod shard;
mod store;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Error;
use crate::http::HttpServer;
pub use consumer::{Consumer, Position, Record};
pub use cursor::ReadLimit;
pub use faults::Fault;
pub use shard::Retention;
use store::Store;
pub(crate) use stream::{read_json, write_json};

/// How the server is started.
#[derive(Debug, Clone)]
pub struct KinesisConfig {
    /// The folder of the streams.
    pub folder: PathBuf,
    /// The port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// The region in ARNs.
    pub region: String,
    /// Streams that are created if they are not there, each with its number of shards, at least 1.
    pub streams: Vec<(String, u32)>,
    /// How long records are kept.
    pub retention: Retention,
}

impl KinesisConfig {
    /// A server without streams on a free port.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, region: &str) -> Self {
        Self {
            folder: folder.into(),
            port: 0,
            region: region.to_owned(),
            streams: Vec::new(),
            retention: Retention::default(),
        }
    }
}

/// A server that runs until it is shut down or dropped.
pub struct KinesisServer {
    store: Arc<Store>,
    http: HttpServer,
}

impl KinesisServer {
    /// Opens the folder, cuts off what an earlier process did not write whole, and listens.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written, or the port is taken.
    pub async fn start(config: KinesisConfig) -> Result<Self, Error> {
        let KinesisConfig { folder, port, region, streams, retention } = config;
        let path = folder.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let store = Store::open(folder, &region, retention)?;
            for (name, shards) in streams {
                store.create(&name, shards.max(1), false)?;
            }
            Ok(store)
        });
        let store = opened.await.map_err(|error| segment::failed("open", &path)(error.into()))??;
        let store = Arc::new(store);
        let http = HttpServer::start("kinesis", port, api::router(Arc::clone(&store))).await?;
        Ok(Self { store, http })
    }

    /// The URL of the server.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.http.endpoint()
    }

    /// Reads a stream within this process, from where the consumer of this name was last time, or from its oldest record. None, when there
    /// is no such stream.
    ///
    /// # Errors
    ///
    /// When the consumer cannot be written down.
    pub fn consumer(&self, stream: &str, name: &str) -> Result<Option<Consumer>, Error> {
        self.store.get(stream).map(|stream| Consumer::new(stream, name)).transpose()
    }

    /// Lets puts fail from now on; a fault of the same kind that is not over is replaced.
    pub fn fail_records(&self, fault: Fault) {
        self.store.faults.set(fault);
    }

    /// Stops taking requests, and waits for those that are being answered.
    pub async fn shutdown(self) {
        self.http.shutdown().await;
    }
}
