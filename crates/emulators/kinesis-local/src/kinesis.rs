//! The service: its streams, and who reads them in this process.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use local_server::{Error, Service, failed};

use crate::api;
use crate::consumer::Consumer;
use crate::faults::Fault;
use crate::shard::Retention;
use crate::store::Store;

/// What a Kinesis is made of.
#[derive(Debug, Clone)]
pub struct KinesisConfig {
    /// The folder of the streams.
    pub folder: PathBuf,
    /// The region in ARNs.
    pub region: String,
    /// Streams that are created if they are not there, each with its number of shards, at least 1.
    pub streams: Vec<(String, u32)>,
    /// How long records are kept.
    pub retention: Retention,
}

impl KinesisConfig {
    /// A Kinesis without streams.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, region: &str) -> Self {
        Self { folder: folder.into(), region: region.to_owned(), streams: Vec::new(), retention: Retention::default() }
    }
}

/// The streams below one folder.
pub struct Kinesis {
    store: Arc<Store>,
}

impl Service for Kinesis {
    const NAME: &'static str = "Kinesis";

    fn router(&self) -> Router {
        api::router(Arc::clone(&self.store))
    }
}

impl Kinesis {
    /// Opens the folder, cuts off what an earlier process did not write whole, and creates the streams that are missing.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written.
    pub async fn open(config: KinesisConfig) -> Result<Self, Error> {
        let KinesisConfig { folder, region, streams, retention } = config;
        let path = folder.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let store = Store::open(folder, &region, retention)?;
            for (name, shards) in streams {
                store.create(&name, shards.max(1), false)?;
            }
            Ok(store)
        });
        let store = opened.await.map_err(|error| failed("open", &path)(error.into()))??;
        Ok(Self { store: Arc::new(store) })
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
}
