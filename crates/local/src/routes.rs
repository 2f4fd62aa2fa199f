//! What goes where: uploads to the queue of the function that loads, completions to the function that watches.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::error::Error;
use crate::invoke::Invoker;
use crate::notifications::ObjectEvent;
use crate::queue::{Mailbox, Sender};

/// The routes.
#[derive(Clone)]
pub(crate) struct Routes(Arc<Mutex<State>>);

/// Before the functions are connected, uploads wait in the folder of their queue, and completions in memory.
enum State {
    Waiting { uploads: Mailbox, completions: Vec<Value> },
    Connected { loads: Sender, watch: Invoker },
}

impl Routes {
    /// Routes without functions; `queue` is the folder of the queue of uploads.
    pub(crate) fn new(queue: &Path) -> Result<Self, Error> {
        let waiting = State::Waiting { uploads: Mailbox::open(queue)?, completions: Vec::new() };
        Ok(Self(Arc::new(Mutex::new(waiting))))
    }

    /// Connects the functions: `start` starts the queue, which takes over what waits in its folder, while nothing new can arrive.
    pub(crate) fn connect<T>(
        &self,
        watch: Invoker,
        start: impl FnOnce() -> Result<(T, Sender), Error>,
    ) -> Result<T, Error> {
        let mut state = self.state();
        let (queue, loads) = start()?;
        if let State::Waiting { completions, .. } = &mut *state {
            completions.drain(..).for_each(|event| watch.invoke(event));
        }
        *state = State::Connected { loads, watch };
        Ok(queue)
    }

    /// An object was created or deleted in some bucket.
    pub(crate) fn object(&self, landing_bucket: &str, region: &str, event: &ObjectEvent) {
        if event.bucket != landing_bucket || !event.change.creates() {
            return;
        }
        let message = event.to_message(region);
        match &*self.state() {
            State::Waiting { uploads, .. } => uploads.send(message),
            State::Connected { loads, .. } => loads.send(message),
        }
    }

    /// The warehouse has finished a statement.
    pub(crate) fn completion(&self, event: Value) {
        match &mut *self.state() {
            State::Waiting { completions, .. } => completions.push(event),
            State::Connected { watch, .. } => watch.invoke(event),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
