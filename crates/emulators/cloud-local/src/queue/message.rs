//! Messages, and the files that keep them until they are done.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use local_server::{Error, failed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

/// A message in a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: Value,
    pub(super) sent: DateTime<Utc>,
    pub(super) first_received: Option<DateTime<Utc>>,
    pub(super) receives: u32,
    /// When it may be received; a restart makes every message visible.
    #[serde(skip, default = "Instant::now")]
    pub(super) visible: Instant,
}

impl Message {
    pub(super) fn new(body: Value) -> Self {
        let id = Uuid::new_v4().to_string();
        Self { id, body, sent: Utc::now(), first_received: None, receives: 0, visible: Instant::now() }
    }
}

/// A message that the function failed on as often as the queue allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The message.
    pub id: String,
    /// What the function was given in the message.
    pub body: Value,
    /// How often it was received.
    pub receives: u32,
    /// What the function said the last time.
    pub error: String,
}

/// The files of a queue: one for each message that is not done, and one for each dead letter.
#[derive(Debug, Clone)]
pub(super) struct Files {
    messages: PathBuf,
    dead: PathBuf,
}

impl Files {
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let files = Self { messages: folder.join("messages"), dead: folder.join("dead-letters") };
        for path in [&files.messages, &files.dead] {
            fs::create_dir_all(path).map_err(failed("create", path))?;
        }
        Ok(files)
    }

    /// The messages that an earlier process did not get done, oldest first.
    pub(super) fn messages(&self) -> Result<Vec<Message>, Error> {
        let mut messages: Vec<Message> = read_all(&self.messages)?;
        messages.sort_by_key(|message| message.sent);
        Ok(messages)
    }

    pub(super) fn dead_letters(&self) -> Result<Vec<DeadLetter>, Error> {
        read_all(&self.dead)
    }

    pub(super) fn keep(&self, message: &Message) {
        write(&self.messages.join(format!("{}.json", message.id)), message);
    }

    pub(super) fn done(&self, id: &str) {
        remove(&self.messages.join(format!("{id}.json")));
    }

    pub(super) fn bury(&self, letter: &DeadLetter) {
        write(&self.dead.join(format!("{}.json", letter.id)), letter);
        self.done(&letter.id);
    }

    pub(super) fn exhume(&self, letter: &DeadLetter) {
        remove(&self.dead.join(format!("{}.json", letter.id)));
    }
}

fn read_all<T: for<'de> Deserialize<'de>>(folder: &Path) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let path = entry.map_err(failed("list", folder))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read(&path).map_err(failed("read", &path))?;
        all.push(serde_json::from_slice(&text).map_err(|error| failed("understand", &path)(error.into()))?);
    }
    Ok(all)
}

/// A message that cannot be written is delivered all the same, by this process.
fn write(path: &Path, value: &impl Serialize) {
    let incomplete = path.with_extension("incomplete");
    let written = serde_json::to_vec(value)
        .map_err(std::io::Error::from)
        .and_then(|text| fs::write(&incomplete, text))
        .and_then(|()| fs::rename(&incomplete, path));
    if let Err(error) = written {
        tracing::warn!(path = %path.display(), %error, "a message would be lost in a crash: it could not be written");
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "a message may come again after a restart: its file could not be removed");
    }
}
