//! Carrying out plans: each of their steps can be the last one of a process.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use local_server::Error;
use tokio::sync::watch;

use crate::plan::{Files, Object, Plan};
use crate::stats::Counters;

/// How many objects are written at the same time.
const WRITES: usize = 8;

/// The wait after a failure, doubled up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A step of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The bytes of the objects are written to files.
    Stage,
    /// The plan is written down.
    Plan,
    /// An object, by its number from 0, is written to S3.
    Object(usize),
    /// The checkpoint is moved.
    Checkpoint,
    /// The plan is removed.
    Clear,
}

/// Is asked before each step of a delivery whether the stream ends there, as it would if its process were killed. It is for tests.
pub type Interrupt = Arc<dyn Fn(Step) -> bool + Send + Sync>;

/// The stream ends here: it is shut down, or interrupted.
#[derive(Debug)]
pub(crate) struct Stopped;

/// Writes objects and keeps books.
#[derive(Clone)]
pub(crate) struct Courier {
    pub(crate) stream: String,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) bucket: String,
    pub(crate) files: Files,
    pub(crate) counters: Arc<Counters>,
    pub(crate) interrupt: Option<Interrupt>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Courier {
    /// Asks whether this step is not taken any more.
    pub(crate) fn before(&self, step: Step) -> Result<(), Stopped> {
        match &self.interrupt {
            Some(interrupt) if interrupt(step) => Err(Stopped),
            _ => Ok(()),
        }
    }

    /// Writes the objects of a plan, all of them again if some are written already.
    pub(crate) async fn write(&self, plan: &Plan) -> Result<(), Stopped> {
        let writes = plan.objects.iter().enumerate().map(|(number, object)| self.write_one(number, object).boxed());
        let writes: Vec<BoxFuture<'_, Result<(), Stopped>>> = writes.collect();
        stream::iter(writes).buffered(WRITES).try_collect::<()>().await
    }

    async fn write_one(&self, number: usize, object: &Object) -> Result<(), Stopped> {
        self.before(Step::Object(number))?;
        self.put(object).await
    }

    /// Moves the checkpoint to the end of the plan, and removes the plan.
    pub(crate) async fn close(&self, plan: &Plan) -> Result<(), Stopped> {
        self.before(Step::Checkpoint)?;
        let (files, to) = (self.files.clone(), plan.to.clone());
        self.on_disk(move || files.set_checkpoint(&to)).await?;
        self.before(Step::Clear)?;
        let files = self.files.clone();
        self.on_disk(move || files.clear()).await
    }

    /// Does something on the disk until it works.
    pub(crate) async fn on_disk<T>(&self, mut work: impl FnMut() -> Result<T, Error> + 'static) -> Result<T, Stopped> {
        let mut wait = FIRST_WAIT;
        loop {
            match work() {
                Ok(done) => return Ok(done),
                Err(error) => self.after(&mut wait, causes::chain(&error)).await?,
            }
        }
    }

    /// Writes an object until it is written: Firehose tries for 24 hours, and here nothing is lost after that either.
    async fn put(&self, object: &Object) -> Result<(), Stopped> {
        let mut wait = FIRST_WAIT;
        loop {
            let failure = match ByteStream::from_path(self.files.staged(object)).await {
                Err(error) => causes::chain(&error),
                Ok(body) => {
                    let put = self.s3.put_object().bucket(&self.bucket).key(&object.key).body(body);
                    match put.content_type("application/octet-stream").send().await {
                        Ok(_) => {
                            self.counters.update(|stats| {
                                stats.objects += 1;
                                stats.trouble = None;
                            });
                            return Ok(());
                        }
                        Err(error) => causes::service(&error),
                    }
                }
            };
            self.after(&mut wait, format!("cannot write {}/{}: {failure}", self.bucket, object.key)).await?;
        }
    }

    /// Waits after a failure, longer each time, unless the stream is shut down.
    pub(crate) async fn after(&self, wait: &mut Duration, failure: String) -> Result<(), Stopped> {
        tracing::warn!(stream = self.stream, error = failure, "a delivery is tried again");
        self.counters.update(|stats| stats.trouble = Some(failure));
        let mut stop = self.stop.clone();
        let stopped = tokio::time::timeout(*wait, stop.wait_for(|stop| *stop)).await;
        *wait = (*wait * 2).min(LONGEST_WAIT);
        if stopped.is_ok() { Err(Stopped) } else { Ok(()) }
    }
}
