//! What goes where: created objects to the queues of the functions that read them, completions to the function that watches.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use local_server::Error;
use s3_local::ObjectEvent;
use serde_json::Value;

use crate::invoke::Invoker;
use crate::queue::{Mailbox, Sender};

/// Which created objects go to a queue, as a rule of EventBridge says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectRule {
    /// The queue's name.
    pub(crate) queue: &'static str,
    /// The bucket.
    pub(crate) bucket: String,
    /// What keys begin with; any of them is enough, and the empty text takes every key.
    pub(crate) prefixes: Vec<String>,
}

/// The routes. Before the functions are connected, objects wait in the folder of their queue, and completions in memory.
#[derive(Clone)]
pub(crate) struct Routes(Arc<Mutex<State>>);

struct State {
    objects: Vec<(ObjectRule, Queued)>,
    completions: Completions,
}

enum Queued {
    Waiting(Mailbox),
    Connected(Sender),
}

enum Completions {
    Waiting(Vec<Value>),
    Connected(Invoker),
}

impl Routes {
    /// Routes without functions; `queues` is the folder of the queues' folders.
    pub(crate) fn new(queues: &Path, rules: Vec<ObjectRule>) -> Result<Self, Error> {
        let with_mailbox = |rule: ObjectRule| {
            let mailbox = Mailbox::open(&queues.join(rule.queue))?;
            Ok((rule, Queued::Waiting(mailbox)))
        };
        let objects = rules.into_iter().map(with_mailbox).collect::<Result<_, Error>>()?;
        Ok(Self(Arc::new(Mutex::new(State { objects, completions: Completions::Waiting(Vec::new()) }))))
    }

    /// Connects a queue: `start` starts it, and it takes over what waits in its folder, while nothing new can arrive.
    pub(crate) fn connect_queue<T>(
        &self,
        name: &str,
        start: impl FnOnce() -> Result<(T, Sender), Error>,
    ) -> Result<T, Error> {
        let mut state = self.state();
        let (queue, sender) = start()?;
        for (_, queued) in state.objects.iter_mut().filter(|(rule, _)| rule.queue == name) {
            *queued = Queued::Connected(sender.clone());
        }
        Ok(queue)
    }

    /// Connects the function that watches statements; it receives first what has waited.
    pub(crate) fn connect_watch(&self, watch: Invoker) {
        let mut state = self.state();
        if let Completions::Waiting(events) = &mut state.completions {
            events.drain(..).for_each(|event| watch.invoke(event));
        }
        state.completions = Completions::Connected(watch);
    }

    /// An object was created or deleted in some bucket.
    pub(crate) fn object(&self, region: &str, event: &ObjectEvent) {
        if !event.change.creates() {
            return;
        }
        for (rule, queued) in &self.state().objects {
            if rule.bucket == event.bucket && rule.prefixes.iter().any(|prefix| event.key.starts_with(prefix.as_str()))
            {
                let message = event.to_message(region);
                match queued {
                    Queued::Waiting(mailbox) => mailbox.send(message),
                    Queued::Connected(sender) => sender.send(message),
                }
            }
        }
    }

    /// The warehouse has finished a statement.
    pub(crate) fn completion(&self, event: Value) {
        match &mut self.state().completions {
            Completions::Waiting(events) => events.push(event),
            Completions::Connected(watch) => watch.invoke(event),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
