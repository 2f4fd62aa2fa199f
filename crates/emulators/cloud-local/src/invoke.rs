//! Asynchronous invocation, as EventBridge invokes a function: nobody waits, and an error is tried again twice.
//!
//! Rules: "Asynchronous invocation" in the AWS Lambda developer guide. Lambda waits one minute and then two; here it is seconds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use local_server::{Delivery, DeliveryObserver, Handler};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::events::scheduled;

/// The waits before the second and the third try.
pub const RETRY_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// A function that is invoked asynchronously. Clones invoke the same function.
#[derive(Clone)]
pub struct Invoker {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    handler: Handler,
    retry_after: [Duration; 2],
    observer: Option<DeliveryObserver>,
    tasks: Mutex<JoinSet<()>>,
    pending: watch::Sender<usize>,
    stopped: AtomicBool,
    runtime: tokio::runtime::Handle,
}

impl Invoker {
    /// Names the function, and tells how long to wait before each further try. It is called within a Tokio runtime.
    #[must_use]
    pub fn new(name: &str, handler: Handler, retry_after: [Duration; 2], observer: Option<DeliveryObserver>) -> Self {
        let shared = Shared {
            name: name.to_owned(),
            handler,
            retry_after,
            observer,
            tasks: Mutex::default(),
            pending: watch::Sender::new(0),
            stopped: AtomicBool::new(false),
            runtime: tokio::runtime::Handle::current(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Invokes the function and returns at once; any thread may call it. After the stop it does nothing.
    pub fn invoke(&self, event: Value) {
        if self.shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        self.shared.pending.send_modify(|pending| *pending += 1);
        let shared = Arc::clone(&self.shared);
        let mut tasks = self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(
            async move {
                shared.run(event).await;
                shared.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
            },
            &self.shared.runtime,
        );
    }

    /// Invokes the function at this interval with the event of a schedule, the first time after one interval, until the task is aborted.
    pub(crate) fn every(&self, interval: Duration, region: &str) -> JoinHandle<()> {
        let (invoker, region) = (self.clone(), region.to_owned());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(interval).await;
                invoker.invoke(scheduled(&region));
            }
        })
    }

    /// Waits until no invocation is under way or waits for its next try.
    pub async fn idle(&self) {
        // The sender lives in `shared`, so waiting cannot fail.
        let _ = self.shared.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    /// How many invocations are under way, or wait for their next try.
    #[must_use]
    pub fn pending(&self) -> usize {
        *self.shared.pending.borrow()
    }

    /// Drops the invocations that are under way: delivery is best effort, and the sweep finds what was missed.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        self.shared.pending.send_replace(0);
    }
}

impl Shared {
    async fn run(&self, event: Value) {
        let (target, id) = (self.name.clone(), Uuid::new_v4().to_string());
        for tries in 1.. {
            let Err(error) = self.handler.call(event.clone()).await else {
                return self.tell(Delivery::Done { target, id, tries });
            };
            let Some(wait) = self.retry_after.get(tries as usize - 1) else {
                return self.tell(Delivery::GivenUp { target, id, tries, error, body: event });
            };
            self.tell(Delivery::Failed { target: target.clone(), id: id.clone(), tries, error });
            tokio::time::sleep(*wait).await;
        }
    }

    fn tell(&self, delivery: Delivery) {
        if let Some(observer) = &self.observer {
            observer(delivery);
        }
    }
}
