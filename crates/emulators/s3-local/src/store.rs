//! Buckets and versions on disk.
//!
//! A version is there when its metadata file is: the bytes are renamed into place first, the metadata file after them, and a process that
//! dies in between leaves bytes that nobody sees and the next start removes. Metadata is kept in memory as well, ordered by key; it is read
//! from disk at the start. Nothing is flushed with `fsync`: what a process wrote survives the process, not a loss of power.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::body::Staged;
use crate::conditions::WriteConditions;
use crate::hooks::{Admission, Observer};
use crate::names;
use crate::notifications::{Change, ObjectEvent};
use crate::sequencer::Sequencers;
use crate::store_error::StoreError;
use crate::version::{Content, Headers, Version};

/// All versions of all keys of a bucket, the oldest version of a key first.
pub(crate) type Index = BTreeMap<String, Vec<Arc<Version>>>;

/// The file in a bucket's folder that says when the bucket was created.
const BUCKET_FILE: &str = "bucket.json";

/// The folder in a bucket's folder where bodies are received.
const INCOMING: &str = ".incoming";

/// The folder in a bucket's folder where parts wait for the completion of their multipart upload.
const UPLOADS: &str = ".uploads";

/// All buckets below one folder.
pub(crate) struct Store {
    root: PathBuf,
    buckets: RwLock<BTreeMap<String, Arc<Bucket>>>,
    sequencers: Sequencers,
    observer: Option<Observer>,
    admission: RwLock<Option<Admission>>,
}

/// One bucket.
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) created: DateTime<Utc>,
    folder: PathBuf,
    index: Mutex<Index>,
}

#[derive(Serialize, Deserialize)]
struct BucketFile {
    created: DateTime<Utc>,
}

impl Store {
    /// Opens the store below `root`, which is created if it is not there.
    pub(crate) fn open(root: PathBuf, observer: Option<Observer>) -> Result<Self, StoreError> {
        fs::create_dir_all(&root).map_err(StoreError::disk("create", &root))?;
        let sequencers = Sequencers::default();
        let mut buckets = BTreeMap::new();
        for folder in subfolders(&root)? {
            if folder.join(BUCKET_FILE).is_file() {
                let bucket = Bucket::open(folder, &sequencers)?;
                buckets.insert(bucket.name.clone(), Arc::new(bucket));
            }
        }
        Ok(Self { root, buckets: RwLock::new(buckets), sequencers, observer, admission: RwLock::new(None) })
    }

    pub(crate) fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        if buckets.contains_key(name) {
            return Err(StoreError::BucketExists(name.to_owned()));
        }
        let folder = self.root.join(name);
        fs::create_dir_all(&folder).map_err(StoreError::disk("create", &folder))?;
        write_json(&folder.join(BUCKET_FILE), &BucketFile { created: Utc::now() })?;
        buckets.insert(name.to_owned(), Arc::new(Bucket::open(folder, &self.sequencers)?));
        Ok(())
    }

    pub(crate) fn buckets(&self) -> Vec<Arc<Bucket>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Arc<Bucket>, StoreError> {
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.get(name).cloned().ok_or_else(|| StoreError::NoSuchBucket(name.to_owned()))
    }

    pub(crate) fn set_admission(&self, admission: Option<Admission>) {
        *self.admission.write().unwrap_or_else(PoisonError::into_inner) = admission;
    }

    /// Refuses a key that the bucket does not take, before its body is received.
    pub(crate) fn admit(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let admission = self.admission.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(admission) = admission else { return Ok(()) };
        admission(bucket, key).map_err(|reason| StoreError::Refused {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            reason,
        })
    }

    /// Makes a received body the newest version of `key`, if the conditions hold at that moment. Blocks on the disk.
    pub(crate) fn put(
        &self,
        bucket: &Bucket,
        key: &str,
        staged: Staged,
        headers: Headers,
        put: &Put,
    ) -> Result<Arc<Version>, StoreError> {
        let content = Content { size: staged.size, etag: staged.etag, checksum: staged.checksum, headers };
        let mut index = bucket.index();
        put.conditions.check(key, index.get(key).and_then(|versions| versions.last()))?;
        let version = self.next_version(key, Some(content));
        let data = bucket.folder.join(version.data_path());
        let folder = bucket.folder.join(names::key_folder(key));
        fs::create_dir_all(&folder).map_err(StoreError::disk("create", &folder))?;
        staged.file.persist(&data).map_err(|error| StoreError::disk("write", &data)(error.error))?;
        let version = bucket.record(&mut index, version)?;
        drop(index);
        self.tell(bucket, &version, put.change);
        Ok(version)
    }

    /// Deletes as S3 does in a bucket with versions: without a version a delete marker, with one that version for good. Blocks on the disk.
    pub(crate) fn delete(
        &self,
        bucket: &Bucket,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Option<Arc<Version>>, StoreError> {
        let mut index = bucket.index();
        let Some(version_id) = version_id else {
            let folder = bucket.folder.join(names::key_folder(key));
            fs::create_dir_all(&folder).map_err(StoreError::disk("create", &folder))?;
            let version = self.next_version(key, None);
            let marker = bucket.record(&mut index, version)?;
            drop(index);
            self.tell(bucket, &marker, Change::DeleteMarkerCreated);
            return Ok(Some(marker));
        };
        let Some(versions) = index.get_mut(key) else { return Ok(None) };
        let Some(position) = versions.iter().position(|version| version.version_id == version_id) else {
            return Ok(None);
        };
        let version = bucket.forget(versions, position)?;
        if versions.is_empty() {
            index.remove(key);
        }
        drop(index);
        self.tell(bucket, &version, Change::Deleted);
        Ok(Some(version))
    }

    fn next_version(&self, key: &str, object: Option<Content>) -> Version {
        Version {
            key: key.to_owned(),
            version_id: Uuid::new_v4().simple().to_string(),
            sequencer: self.sequencers.next(),
            last_modified: Utc::now(),
            object,
        }
    }

    fn tell(&self, bucket: &Bucket, version: &Version, change: Change) {
        let Some(observer) = &self.observer else { return };
        let object = version.object.as_ref();
        observer(&ObjectEvent {
            change,
            bucket: bucket.name.clone(),
            key: version.key.clone(),
            version_id: version.version_id.clone(),
            size: object.map(|object| object.size),
            etag: object.map(|object| object.etag.clone()),
            sequencer: version.sequencer.clone(),
            time: Utc::now(),
        });
    }
}

/// How an object is created.
pub(crate) struct Put {
    pub(crate) conditions: WriteConditions,
    pub(crate) change: Change,
}

impl Bucket {
    fn open(folder: PathBuf, sequencers: &Sequencers) -> Result<Self, StoreError> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file: BucketFile = read_json(&folder.join(BUCKET_FILE))?;
        let incoming = folder.join(INCOMING);
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(StoreError::disk("empty", &incoming))?;
        }
        for folder in [incoming, folder.join(UPLOADS)] {
            fs::create_dir_all(&folder).map_err(StoreError::disk("create", &folder))?;
        }
        let mut index = Index::new();
        for key_folder in subfolders(&folder)? {
            load_key(&key_folder, &mut index, sequencers)?;
        }
        Ok(Self { name, created: file.created, folder, index: Mutex::new(index) })
    }

    /// Where bodies are received: on the same file system as their final place.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// Where the parts of multipart uploads wait.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.folder.join(UPLOADS)
    }

    pub(crate) fn data(&self, version: &Version) -> PathBuf {
        self.folder.join(version.data_path())
    }

    pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version that a reader asks for, which is an object.
    pub(crate) fn find(&self, key: &str, version_id: Option<&str>) -> Result<(Arc<Version>, Content), StoreError> {
        let index = self.index();
        let versions = index.get(key).map(Vec::as_slice).unwrap_or_default();
        let version = match version_id {
            None => versions.last().ok_or_else(|| StoreError::NoSuchKey { key: key.to_owned(), deleted: false })?,
            Some(version_id) => versions
                .iter()
                .find(|version| version.version_id == version_id)
                .ok_or_else(|| StoreError::NoSuchVersion { key: key.to_owned(), version_id: version_id.to_owned() })?,
        };
        match (&version.object, version_id) {
            (Some(content), _) => Ok((Arc::clone(version), content.clone())),
            (None, None) => Err(StoreError::NoSuchKey { key: key.to_owned(), deleted: true }),
            (None, Some(version_id)) => {
                Err(StoreError::DeleteMarker { key: key.to_owned(), version_id: version_id.to_owned() })
            }
        }
    }

    fn record(&self, index: &mut Index, version: Version) -> Result<Arc<Version>, StoreError> {
        write_json(&self.folder.join(version.metadata_path()), &version)?;
        let version = Arc::new(version);
        index.entry(version.key.clone()).or_default().push(Arc::clone(&version));
        Ok(version)
    }

    fn forget(&self, versions: &mut Vec<Arc<Version>>, position: usize) -> Result<Arc<Version>, StoreError> {
        let metadata = self.folder.join(versions[position].metadata_path());
        fs::remove_file(&metadata).map_err(StoreError::disk("remove", &metadata))?;
        let version = versions.remove(position);
        let data = self.data(&version);
        if version.object.is_some() {
            fs::remove_file(&data).map_err(StoreError::disk("remove", &data))?;
        }
        if versions.is_empty() {
            // The folder stays where somebody has put a file of their own into it.
            let _ = fs::remove_dir(self.folder.join(names::key_folder(&version.key)));
        }
        Ok(version)
    }
}

/// Reads the versions of one key, and removes bytes that no version owns.
fn load_key(folder: &Path, index: &mut Index, sequencers: &Sequencers) -> Result<(), StoreError> {
    let mut versions: Vec<Version> = Vec::new();
    let mut others = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::disk("list", folder))? {
        let path = entry.map_err(StoreError::disk("list", folder))?.path();
        if path.to_string_lossy().ends_with(names::METADATA_SUFFIX) {
            versions.push(read_json(&path)?);
        } else {
            others.push(path);
        }
    }
    for other in others {
        let owned = versions.iter().any(|version| other.file_name() == version.data_path().file_name());
        if !owned && names::is_ours(&other) {
            fs::remove_file(&other).map_err(StoreError::disk("remove", &other))?;
        }
    }
    versions.sort_by(|a, b| a.sequencer.cmp(&b.sequencer));
    for version in versions {
        sequencers.seen(&version.sequencer);
        index.entry(version.key.clone()).or_default().push(Arc::new(version));
    }
    Ok(())
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::disk("list", folder))? {
        let path = entry.map_err(StoreError::disk("list", folder))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            folders.push(path);
        }
    }
    Ok(folders)
}

/// Reads a file that [`write_json`] wrote.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let text = fs::read(path).map_err(StoreError::disk("read", path))?;
    serde_json::from_slice(&text).map_err(|source| StoreError::Metadata { path: path.to_owned(), source })
}

/// Writes a file whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let text =
        serde_json::to_vec_pretty(value).map_err(|source| StoreError::Metadata { path: path.to_owned(), source })?;
    let incomplete = path.with_extension("incomplete");
    fs::write(&incomplete, text).map_err(StoreError::disk("write", &incomplete))?;
    fs::rename(&incomplete, path).map_err(StoreError::disk("write", path))
}
