//! What is about to be written, kept in files, so that it is written once even though the process dies in between.
//!
//! ```text
//! <folder>/staged/<number>      the bytes of the objects
//! <folder>/plan.json            which objects they become, and which records they hold
//! <folder>/checkpoint.json      which records are delivered
//! ```
//!
//! Without a plan, staged files are of no use: the records are read again. With a plan, its objects are written, again if need be, under
//! the same names with the same bytes; then the checkpoint moves, then the plan goes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::write::GzEncoder;
use local_server::{Error, failed, read_json, write_json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::buffers::{Buffers, Group};
use crate::prefix::Prefix;

/// How objects are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// With GZIP; names end with `.gz`.
    Gzip,
}

/// Which records of a stream are delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// When the stream was created: a new stream of the same name begins anew.
    pub(crate) created: i64,
    /// For each shard the number of the first record that is not delivered.
    pub(crate) next: Vec<u64>,
}

/// Objects that are to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// What the checkpoint was.
    pub(crate) from: Checkpoint,
    /// What it becomes.
    pub(crate) to: Checkpoint,
    pub(crate) objects: Vec<Object>,
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) key: String,
    /// The name of the file with its bytes.
    pub(crate) file: String,
}

/// How objects are named.
#[derive(Debug, Clone)]
pub(crate) struct Naming {
    pub(crate) stream: String,
    pub(crate) prefix: Prefix,
    pub(crate) error_prefix: Prefix,
    pub(crate) compression: Compression,
    pub(crate) extension: Option<String>,
}

impl Naming {
    fn key(&self, group: &Group, oldest: i64, now: DateTime<Utc>) -> String {
        let oldest = DateTime::from_timestamp_millis(oldest).unwrap_or(now);
        let prefix = match group {
            Group::Partition(values) => self.prefix.evaluate(values, oldest, ""),
            Group::Errors(kind) => self.error_prefix.evaluate(&[], oldest, kind),
        };
        let extension = match (&self.extension, self.compression) {
            (Some(extension), _) => extension,
            (None, Compression::Gzip) => ".gz",
            (None, Compression::None) => "",
        };
        let time = now.format("%Y-%m-%d-%H-%M-%S");
        // The version of a delivery stream's configuration; this one is never changed while it runs.
        format!("{prefix}{}-1-{time}-{}{extension}", self.stream, Uuid::new_v4())
    }
}

/// The files of a delivery stream.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    folder: PathBuf,
}

impl Files {
    /// Opens the folder, which is created if it is not there.
    pub(crate) fn open(folder: PathBuf) -> Result<Self, Error> {
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        Ok(Self { folder })
    }

    pub(crate) fn checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        read_if_there(&self.folder.join("checkpoint.json"))
    }

    pub(crate) fn set_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        write_json(&self.folder.join("checkpoint.json"), checkpoint)
    }

    pub(crate) fn plan(&self) -> Result<Option<Plan>, Error> {
        read_if_there(&self.folder.join("plan.json"))
    }

    pub(crate) fn set_plan(&self, plan: &Plan) -> Result<(), Error> {
        write_json(&self.folder.join("plan.json"), plan)
    }

    /// Removes the plan, then the bytes of its objects.
    pub(crate) fn clear(&self) -> Result<(), Error> {
        let plan = self.folder.join("plan.json");
        remove(&plan, |path| fs::remove_file(path))?;
        remove(&self.folder.join("staged"), |path| fs::remove_dir_all(path))
    }

    /// Writes the bytes of the objects, compressed, into files, and gives the objects their names.
    pub(crate) fn stage(&self, buffers: &Buffers, naming: &Naming) -> Result<Vec<Object>, Error> {
        let staged = self.folder.join("staged");
        remove(&staged, |path| fs::remove_dir_all(path))?;
        fs::create_dir_all(&staged).map_err(failed("create", &staged))?;
        let now = Utc::now();
        let mut objects = Vec::new();
        for (number, (group, buffer)) in buffers.groups.iter().enumerate() {
            let file = number.to_string();
            let path = staged.join(&file);
            write(&path, &buffer.bytes, naming.compression).map_err(failed("write", &path))?;
            objects.push(Object { key: naming.key(group, buffer.oldest, now), file });
        }
        Ok(objects)
    }

    /// The file with the bytes of an object.
    pub(crate) fn staged(&self, object: &Object) -> PathBuf {
        self.folder.join("staged").join(&object.file)
    }
}

fn write(path: &Path, bytes: &[u8], compression: Compression) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    match compression {
        Compression::None => file.write_all(bytes)?,
        Compression::Gzip => {
            let mut encoder = GzEncoder::new(&mut file, flate2::Compression::fast());
            encoder.write_all(bytes)?;
            encoder.finish()?;
        }
    }
    file.flush()
}

fn read_if_there<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    if path.exists() { read_json(path).map(Some) } else { Ok(None) }
}

fn remove(path: &Path, how: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
    match how(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}
