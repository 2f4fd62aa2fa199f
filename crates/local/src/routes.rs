//! What goes where: uploads to the queue of the function that loads, completions to the function that watches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::invoke::Invoker;
use crate::notifications::ObjectEvent;
use crate::queue;

/// The routes. Before the functions are connected, events wait.
#[derive(Clone, Default)]
pub(crate) struct Routes(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    uploads: Vec<Value>,
    completions: Vec<Value>,
    connected: Option<(queue::Sender, Invoker)>,
}

impl Routes {
    /// Hands over what has waited, and from now on everything at once.
    pub(crate) fn connect(&self, loads: queue::Sender, watch: Invoker) {
        let mut state = self.state();
        state.uploads.drain(..).for_each(|message| loads.send(message));
        state.completions.drain(..).for_each(|event| watch.invoke(event));
        state.connected = Some((loads, watch));
    }

    /// An object was created or deleted in some bucket.
    pub(crate) fn object(&self, landing_bucket: &str, region: &str, event: &ObjectEvent) {
        if event.bucket != landing_bucket || !event.change.creates() {
            return;
        }
        let message = event.to_message(region);
        let mut state = self.state();
        match &state.connected {
            Some((loads, _)) => loads.send(message),
            None => state.uploads.push(message),
        }
    }

    /// The warehouse has finished a statement.
    pub(crate) fn completion(&self, event: Value) {
        let mut state = self.state();
        match &state.connected {
            Some((_, watch)) => watch.invoke(event),
            None => state.completions.push(event),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
