//! The streams below one folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::Utc;
use local_server::{Error, failed};

use crate::faults::Faults;
use crate::shard::Retention;
use crate::stream::{Description, Stream};

/// All streams.
pub(crate) struct Store {
    folder: PathBuf,
    pub(crate) region: String,
    retention: Retention,
    streams: RwLock<BTreeMap<String, Arc<Stream>>>,
    pub(crate) faults: Faults,
}

impl Store {
    /// Opens what is in the folder, which is created if it is not there.
    pub(crate) fn open(folder: PathBuf, region: &str, retention: Retention) -> Result<Self, Error> {
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        let mut streams = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(failed("list", &folder))? {
            let path = entry.map_err(failed("list", &folder))?.path();
            if Stream::is_in(&path) {
                let stream = Stream::open(path, region, retention)?;
                streams.insert(stream.description.name.clone(), Arc::new(stream));
            }
        }
        let region = region.to_owned();
        Ok(Self { folder, region, retention, streams: RwLock::new(streams), faults: Faults::default() })
    }

    /// Creates a stream; none, when there is one of this name.
    pub(crate) fn create(&self, name: &str, shards: u32, is_on_demand: bool) -> Result<Option<Arc<Stream>>, Error> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        if streams.contains_key(name) {
            return Ok(None);
        }
        let folder = self.folder.join(name);
        if folder.exists() {
            // Left by a deletion that did not end.
            fs::remove_dir_all(&folder).map_err(failed("remove", &folder))?;
        }
        let created = Utc::now().timestamp_millis();
        let description = Description { name: name.to_owned(), shards, created, is_on_demand };
        let stream = Arc::new(Stream::create(folder, &self.region, &description, self.retention)?);
        streams.insert(name.to_owned(), Arc::clone(&stream));
        Ok(Some(stream))
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Stream>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All streams in the order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<Stream>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Deletes a stream, and tells whether there was one.
    pub(crate) fn delete(&self, name: &str) -> Result<bool, Error> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let Some(stream) = streams.remove(name) else { return Ok(false) };
        stream.delete().map(|()| true)
    }
}
