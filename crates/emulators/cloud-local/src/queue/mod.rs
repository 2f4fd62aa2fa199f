//! A queue with a function behind it, as SQS and Lambda are together: at least once, in batches, again after a failure, and at last into
//! the dead letters.
//!
//! What is not done is kept in files, so that a message outlives the process. Waits between the tries are short, because a person watches.

pub(crate) mod batch;
mod message;

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use local_server::{Delivery, DeliveryObserver, Error, Handler};
pub use message::DeadLetter;
use message::{Files, Message};
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// How a queue delivers.
#[derive(Debug, Clone)]
pub struct QueueConfig {
    /// The name, in ARNs and reports.
    pub name: String,
    /// The region, in ARNs.
    pub region: String,
    /// The folder that keeps the messages; none keeps them in memory only.
    pub folder: Option<PathBuf>,
    /// The most messages in a batch: 1 to 10.
    pub batch_size: usize,
    /// How many batches are delivered at the same time.
    pub concurrency: usize,
    /// How often a message is received before it is a dead letter. AWS advises at least 5.
    pub max_receives: u32,
    /// How long a message that failed once stays invisible; doubled with each further failure.
    pub backoff: Duration,
    /// How long the function may take. Lambda's limit is 15 minutes.
    pub timeout: Duration,
}

impl QueueConfig {
    /// A queue as Landfall deploys it: batches of up to 10, 5 receives; with the short waits of a laptop.
    #[must_use]
    pub fn new(name: &str, region: &str) -> Self {
        Self {
            name: name.to_owned(),
            region: region.to_owned(),
            folder: None,
            batch_size: 10,
            concurrency: 4,
            max_receives: 5,
            backoff: Duration::from_millis(500),
            timeout: Duration::from_secs(15 * 60),
        }
    }
}

/// A queue, delivering until it is shut down or dropped.
pub struct Queue {
    shared: Arc<Shared>,
    dispatcher: JoinHandle<()>,
}

/// The folder of a queue that nobody delivers yet: what is put into it is delivered when the queue starts.
#[derive(Debug)]
pub struct Mailbox {
    files: Files,
}

/// A handle that sends into a queue.
#[derive(Clone)]
pub struct Sender {
    shared: Arc<Shared>,
}

struct Shared {
    config: QueueConfig,
    files: Option<Files>,
    observer: Option<DeliveryObserver>,
    state: Mutex<State>,
    /// Something can be delivered, or the queue is closing.
    wake: Notify,
    /// How many messages are neither done nor dead.
    pending: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Message>,
    dead: Vec<DeadLetter>,
    closing: bool,
}

impl Queue {
    /// Starts to deliver, first what an earlier process did not get done.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written.
    pub fn start(config: QueueConfig, handler: Handler, observer: Option<DeliveryObserver>) -> Result<Self, Error> {
        let files = config.folder.as_deref().map(Files::open).transpose()?;
        let mut state = State::default();
        if let Some(files) = &files {
            state.waiting = files.messages()?.into();
            state.dead = files.dead_letters()?;
        }
        let pending = watch::Sender::new(state.waiting.len());
        let shared =
            Arc::new(Shared { config, files, observer, state: Mutex::new(state), wake: Notify::new(), pending });
        let dispatcher = tokio::spawn(dispatch(Arc::clone(&shared), handler));
        Ok(Self { shared, dispatcher })
    }

    /// Puts a message into the queue.
    pub fn send(&self, body: Value) {
        self.shared.send(body);
    }

    /// A handle that sends, for others.
    #[must_use]
    pub fn sender(&self) -> Sender {
        Sender { shared: Arc::clone(&self.shared) }
    }

    /// Waits until every message is done or dead.
    pub async fn idle(&self) {
        // The sender lives in `shared`, so waiting cannot fail.
        let _ = self.shared.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    /// How many messages are neither done nor dead.
    #[must_use]
    pub fn pending(&self) -> usize {
        *self.shared.pending.borrow()
    }

    /// The messages that were given up.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.shared.state().dead.clone()
    }

    /// Puts all dead letters into the queue again, and tells how many there were.
    pub fn redrive(&self) -> usize {
        let letters = std::mem::take(&mut self.shared.state().dead);
        for letter in &letters {
            self.shared.send(letter.body.clone());
            if let Some(files) = &self.shared.files {
                files.exhume(letter);
            }
        }
        letters.len()
    }

    /// Delivers nothing more, and waits for the batches that are with the function. What is left is delivered by the next start.
    pub async fn shutdown(mut self) {
        self.shared.state().closing = true;
        self.shared.wake.notify_one();
        let _ = (&mut self.dispatcher).await;
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.dispatcher.abort();
    }
}

impl Mailbox {
    /// Opens the folder, which is created if it is not there.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Ok(Self { files: Files::open(folder)? })
    }

    /// Puts a message into the folder.
    pub fn send(&self, body: Value) {
        self.files.keep(&Message::new(body));
    }
}

impl Sender {
    /// Puts a message into the queue.
    pub fn send(&self, body: Value) {
        self.shared.send(body);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, body: Value) {
        let message = Message::new(body);
        if let Some(files) = &self.files {
            files.keep(&message);
        }
        self.pending.send_modify(|pending| *pending += 1);
        self.state().waiting.push_back(message);
        self.wake.notify_one();
    }

    /// The next batch, or until when there is none.
    fn receive(&self) -> Next {
        let mut state = self.state();
        if state.closing {
            return Next::Closed;
        }
        let now = Instant::now();
        let mut batch = Vec::new();
        let mut kept = VecDeque::new();
        while let Some(mut message) = state.waiting.pop_front() {
            if message.visible > now || batch.len() >= self.config.batch_size.clamp(1, 10) {
                kept.push_back(message);
                continue;
            }
            message.receives += 1;
            message.first_received.get_or_insert_with(Utc::now);
            batch.push(message);
        }
        let earliest = kept.iter().map(|message| message.visible).min();
        state.waiting = kept;
        if batch.is_empty() { Next::Wait(earliest) } else { Next::Batch(batch) }
    }

    /// Gives a batch to the function, and each of its messages its due.
    async fn deliver(&self, handler: &Handler, batch: Vec<Message>) {
        let event = batch::event(&self.config.name, &self.config.region, &batch);
        let answer = match tokio::time::timeout(self.config.timeout, handler.call(event)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("the function took longer than {} s", self.config.timeout.as_secs())),
        };
        let ids: Vec<&str> = batch.iter().map(|message| message.id.as_str()).collect();
        let mut failed: HashMap<String, String> = batch::failures(&ids, answer).into_iter().collect();
        for message in batch {
            match failed.remove(&message.id) {
                None => self.done(message),
                Some(error) if message.receives >= self.config.max_receives => self.give_up(message, error),
                Some(error) => self.retry(message, error),
            }
        }
        self.wake.notify_one();
    }

    fn done(&self, message: Message) {
        if let Some(files) = &self.files {
            files.done(&message.id);
        }
        self.tell(Delivery::Done { target: self.config.name.clone(), id: message.id, tries: message.receives });
        self.pending.send_modify(|pending| *pending -= 1);
    }

    fn retry(&self, mut message: Message, error: String) {
        let doublings = message.receives.saturating_sub(1).min(16);
        message.visible = Instant::now() + self.config.backoff * 2u32.pow(doublings);
        if let Some(files) = &self.files {
            files.keep(&message);
        }
        let delivery = Delivery::Failed {
            target: self.config.name.clone(),
            id: message.id.clone(),
            tries: message.receives,
            error,
        };
        self.state().waiting.push_back(message);
        self.tell(delivery);
    }

    fn give_up(&self, message: Message, error: String) {
        let letter = DeadLetter { id: message.id, body: message.body, receives: message.receives, error };
        if let Some(files) = &self.files {
            files.bury(&letter);
        }
        self.state().dead.push(letter.clone());
        let DeadLetter { id, body, receives, error } = letter;
        self.tell(Delivery::GivenUp { target: self.config.name.clone(), id, tries: receives, error, body });
        self.pending.send_modify(|pending| *pending -= 1);
    }

    fn tell(&self, delivery: Delivery) {
        if let Some(observer) = &self.observer {
            observer(delivery);
        }
    }
}

enum Next {
    Batch(Vec<Message>),
    Wait(Option<Instant>),
    Closed,
}

async fn dispatch(shared: Arc<Shared>, handler: Handler) {
    let mut deliveries = JoinSet::new();
    loop {
        while deliveries.try_join_next().is_some() {}
        if deliveries.len() >= shared.config.concurrency.max(1) {
            deliveries.join_next().await;
            continue;
        }
        match shared.receive() {
            Next::Closed => break,
            Next::Batch(batch) => {
                let (shared, handler) = (Arc::clone(&shared), handler.clone());
                deliveries.spawn(async move { shared.deliver(&handler, batch).await });
            }
            Next::Wait(Some(instant)) => {
                let _ = tokio::time::timeout_at(instant, shared.wake.notified()).await;
            }
            Next::Wait(None) => shared.wake.notified().await,
        }
    }
    while deliveries.join_next().await.is_some() {}
}
