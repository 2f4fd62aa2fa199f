//! What was uploaded from a folder, kept in a file, so that a restart uploads only what is new.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use local_server::{Error, failed};
use serde::{Deserialize, Serialize};

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    modified: u64,
}

impl Fingerprint {
    /// The state of the file now; none when it is gone or not a file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Self { size: metadata.len(), modified: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX) })
    }
}

/// The uploaded files of one folder, by key.
pub(super) struct Remembered {
    path: PathBuf,
    record: Record,
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    folder: PathBuf,
    files: BTreeMap<String, Fingerprint>,
}

impl Remembered {
    /// Reads the file, if there is one and it is about this folder.
    pub(super) fn open(path: PathBuf, folder: &Path) -> Result<Self, Error> {
        let mut record = match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice::<Record>(&text).map_err(|error| failed("understand", &path)(error.into()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Record::default(),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        if record.folder != folder {
            record = Record { folder: folder.to_owned(), files: BTreeMap::new() };
        }
        Ok(Self { path, record })
    }

    pub(super) fn is_uploaded(&self, key: &str, fingerprint: Fingerprint) -> bool {
        self.record.files.get(key) == Some(&fingerprint)
    }

    /// Takes note of an upload. When the note cannot be written, a restart uploads the file again, which a load survives.
    pub(super) fn uploaded(&mut self, key: &str, fingerprint: Fingerprint) {
        self.record.files.insert(key.to_owned(), fingerprint);
        let incomplete = self.path.with_extension("incomplete");
        let written = serde_json::to_vec_pretty(&self.record)
            .map_err(std::io::Error::from)
            .and_then(|text| fs::write(&incomplete, text))
            .and_then(|()| fs::rename(&incomplete, &self.path));
        if let Err(error) = written {
            tracing::warn!(path = %self.path.display(), %error, "uploads are not remembered");
        }
    }
}
