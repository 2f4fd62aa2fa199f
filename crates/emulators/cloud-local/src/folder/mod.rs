//! A folder that stands for the landing bucket: a file that arrives in it is uploaded, once it is quiet.
//!
//! A file counts as arrived when its size and its time of modification have not changed for a while ([`QUIET`]). The key is its path below
//! the folder. Hidden and temporary files are left alone, and so is what a symbolic link leads to outside the folder. Deleting a file
//! deletes nothing in the bucket.

mod keys;
mod remembered;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use keys::Name;
use local_server::failed;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use remembered::{Fingerprint, Remembered};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use walkdir::WalkDir;

use crate::error::Error;

/// How long a file is left unchanged before it counts as complete.
pub const QUIET: Duration = Duration::from_millis(300);

/// How long an upload that failed waits for its next try.
const RETRY: Duration = Duration::from_secs(5);

/// What the watcher reports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A file is being uploaded.
    Uploading {
        /// The key.
        key: String,
        /// Its size in bytes.
        bytes: u64,
    },
    /// A file was uploaded.
    Uploaded {
        /// The key.
        key: String,
        /// Its size in bytes.
        bytes: u64,
        /// The version that it became.
        version_id: Option<String>,
    },
    /// The bucket does not take the file; it is tried again when the file changes.
    Refused {
        /// The key.
        key: String,
        /// Why.
        reason: String,
    },
    /// The upload failed, and is tried again.
    Failed {
        /// The key.
        key: String,
        /// Why.
        reason: String,
    },
    /// A file cannot be uploaded, because its name is not UTF-8.
    Unnameable {
        /// The file.
        path: PathBuf,
    },
    /// A link that leads out of the folder, which is not followed; it is reported once.
    Outside {
        /// The link.
        link: PathBuf,
    },
    /// The operating system could not tell what happened in a part of the folder; it is read again.
    Interrupted {
        /// Why.
        reason: String,
    },
}

/// Receives the progress of uploads. It hands over, and returns.
pub type ProgressObserver = Arc<dyn Fn(Progress) + Send + Sync>;

/// What is watched, and where it goes.
#[derive(Clone)]
pub struct FolderConfig {
    /// The folder; it is created if it is not there.
    pub folder: PathBuf,
    /// The bucket.
    pub bucket: String,
    /// The file that remembers what was uploaded.
    pub remembered: PathBuf,
    /// How long a file must be left unchanged before it counts as complete: [`QUIET`], unless the writer makes longer pauses.
    pub quiet: Duration,
}

/// A folder that is watched until it is shut down or dropped.
pub struct FolderWatcher {
    _watcher: RecommendedWatcher,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl FolderWatcher {
    /// Uploads what is new in the folder since the last time, and goes on with what arrives.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created or watched, or what is remembered cannot be read.
    pub async fn start(config: FolderConfig, client: Client, progress: ProgressObserver) -> Result<Self, Error> {
        fs::create_dir_all(&config.folder).map_err(failed("create", &config.folder))?;
        let folder = config.folder.canonicalize().map_err(failed("find", &config.folder))?;
        let remembered = Remembered::open(config.remembered, &folder)?;
        let (changes, arrivals) = mpsc::unbounded_channel();
        let unwatched = |source: notify::Error| Error::Watch { path: folder.clone(), source: source.into() };
        // A receiver that is gone belongs to a watcher that is being dropped.
        let follow = notify::Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(move |event| drop(changes.send(event)), follow).map_err(unwatched)?;
        watcher.watch(&folder, RecursiveMode::Recursive).map_err(unwatched)?;
        let mut uploads = Uploads {
            folder: folder.clone(),
            bucket: config.bucket,
            client,
            progress,
            remembered,
            quiet: config.quiet,
            settling: BTreeMap::new(),
            outside: BTreeSet::new(),
        };
        uploads.look_into(&folder);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(uploads.run(arrivals, stopped));
        Ok(Self { _watcher: watcher, stop: Some(stop), task })
    }

    /// Ends the watching; an upload that is under way is finished.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

impl Drop for FolderWatcher {
    fn drop(&mut self) {
        if self.stop.is_some() {
            self.task.abort();
        }
    }
}

struct Uploads {
    folder: PathBuf,
    bucket: String,
    client: Client,
    progress: ProgressObserver,
    remembered: Remembered,
    quiet: Duration,
    /// What has changed lately, and when it is to be looked at.
    settling: BTreeMap<PathBuf, Settling>,
    /// The links that lead out of the folder, which were reported.
    outside: BTreeSet<PathBuf>,
}

struct Settling {
    seen: Option<Fingerprint>,
    due: Instant,
}

impl Uploads {
    async fn run(
        mut self,
        mut arrivals: mpsc::UnboundedReceiver<notify::Result<notify::Event>>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        loop {
            let due = self.settling.values().map(|settling| settling.due).min();
            tokio::select! {
                biased;
                _ = &mut stopped => return,
                arrival = arrivals.recv() => match arrival {
                    None => return,
                    Some(arrival) => self.arrived(arrival),
                },
                () = until(due) => self.settle().await,
            }
        }
    }

    fn arrived(&mut self, arrival: notify::Result<notify::Event>) {
        match arrival {
            Ok(event) if event.need_rescan() => self.look_again("events were lost".to_owned()),
            // Reading a file is not a change.
            Ok(event) if event.kind.is_access() => {}
            Ok(event) => event.paths.into_iter().for_each(|path| self.changed(path)),
            Err(error) => self.look_again(error.to_string()),
        }
    }

    fn look_again(&mut self, reason: String) {
        (self.progress)(Progress::Interrupted { reason });
        self.look_into(&self.folder.clone());
    }

    fn changed(&mut self, path: PathBuf) {
        if self.leads_out(&path) {
            return;
        }
        let seen = Fingerprint::of(&path);
        if seen.is_some() || path.is_dir() {
            self.settling.insert(path, Settling { seen, due: Instant::now() + self.quiet });
        }
    }

    /// Whether a link leads from this path out of the folder; each such link is reported once.
    fn leads_out(&mut self, path: &Path) -> bool {
        let is_outside = |path: &Path| path.canonicalize().is_ok_and(|target| !target.starts_with(&self.folder));
        if !is_outside(path) {
            return false;
        }
        let above = path.ancestors().take_while(|above| *above != self.folder);
        let link = above.filter(|above| is_outside(above)).last().unwrap_or(path).to_owned();
        if self.outside.insert(link.clone()) {
            (self.progress)(Progress::Outside { link });
        }
        true
    }

    /// Looks at everything below a folder: a folder that is moved in is one event, and its files are none.
    fn look_into(&mut self, folder: &Path) {
        for entry in WalkDir::new(folder).follow_links(false) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => self.changed(entry.into_path()),
                Err(error) => (self.progress)(Progress::Interrupted { reason: error.to_string() }),
            }
        }
    }

    /// Looks at what is due: uploads what has been quiet, and gives the rest more time.
    async fn settle(&mut self) {
        let now = Instant::now();
        let due: Vec<PathBuf> =
            self.settling.iter().filter(|(_, settling)| settling.due <= now).map(|(path, _)| path.clone()).collect();
        for path in due {
            let Some(settling) = self.settling.remove(&path) else { continue };
            if path.is_dir() {
                self.look_into(&path);
                continue;
            }
            let fingerprint = Fingerprint::of(&path);
            match fingerprint {
                None => {}
                Some(fingerprint) if settling.seen == Some(fingerprint) => self.upload(path, fingerprint).await,
                Some(_) => {
                    _ = self.settling.insert(path, Settling { seen: fingerprint, due: Instant::now() + self.quiet });
                }
            }
        }
    }

    async fn upload(&mut self, path: PathBuf, fingerprint: Fingerprint) {
        let Ok(relative) = path.strip_prefix(&self.folder) else { return };
        // What was a file may be a link by now.
        if self.leads_out(&path) {
            return;
        }
        let key = match keys::name(relative) {
            Name::Key(key) => key,
            Name::Ignored => return,
            Name::NotUtf8 => return (self.progress)(Progress::Unnameable { path }),
        };
        if self.remembered.is_uploaded(&key, fingerprint) {
            return;
        }
        (self.progress)(Progress::Uploading { key: key.clone(), bytes: fingerprint.size });
        let again = Settling { seen: Some(fingerprint), due: Instant::now() + RETRY };
        let body = match ByteStream::from_path(&path).await {
            Ok(body) => body,
            Err(error) => {
                (self.progress)(Progress::Failed { key, reason: error.to_string() });
                self.settling.insert(path, again);
                return;
            }
        };
        match self.client.put_object().bucket(&self.bucket).key(&key).body(body).send().await {
            // A file that changed while it was read has an event of its own, and is uploaded again.
            Ok(put) => {
                self.remembered.uploaded(&key, fingerprint);
                (self.progress)(Progress::Uploaded { key, bytes: fingerprint.size, version_id: put.version_id });
            }
            Err(error) if error.code() == Some("AccessDenied") => {
                let reason = error.message().unwrap_or("access denied").to_owned();
                (self.progress)(Progress::Refused { key, reason });
            }
            Err(error) => {
                (self.progress)(Progress::Failed { key, reason: causes::service(&error) });
                self.settling.insert(path, again);
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
