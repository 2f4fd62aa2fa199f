//! The loop of a delivery stream: read, transform, gather, deliver.

use std::future::{self, Future};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt};
use kinesis_local::Consumer;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::buffers::{Buffers, Rules};
use crate::deliver::{Courier, Step, Stopped};
use crate::lane::{INVOCATIONS, Lane};
use crate::plan::{Checkpoint, Naming, Object, Plan};
use crate::transform::{Transform, Transformed, unchanged};

/// Everything up to these records, one number per shard, is to be delivered at once.
pub(crate) struct Flush {
    pub(crate) target: Vec<u64>,
    pub(crate) done: oneshot::Sender<()>,
}

/// A delivery stream at work.
pub(crate) struct Worker {
    pub(crate) source: Arc<Consumer>,
    pub(crate) transform: Option<Arc<Transform>>,
    pub(crate) transform_bytes: usize,
    pub(crate) transform_interval: Duration,
    pub(crate) buffer_interval: Duration,
    pub(crate) rules: Rules,
    pub(crate) naming: Naming,
    pub(crate) courier: Courier,
    pub(crate) flushes: mpsc::UnboundedReceiver<Flush>,
    /// What is delivered: for each shard the number of the first record that is not.
    pub(crate) delivered: watch::Sender<Vec<u64>>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) state: State,
}

/// What the worker holds in memory; all of it can be made again from the checkpoint.
#[derive(Default)]
pub(crate) struct State {
    lanes: Vec<Lane>,
    /// Batches with the function, in the order in which they were sent.
    in_flight: FuturesOrdered<BoxFuture<'static, Transformed>>,
    buffers: Buffers,
    /// For each shard the number of the first record that is not in the buffers.
    taken: Vec<u64>,
    waiting: Vec<Flush>,
}

impl Worker {
    /// Works until it is stopped.
    pub(crate) async fn run(mut self) {
        // Stopped is the only way to end; what is left is done by the next start.
        let _ = self.work().await;
    }

    async fn work(&mut self) -> Result<(), Stopped> {
        self.recover().await?;
        self.state.taken = self.checkpoint.next.clone();
        self.state.lanes = (0..).zip(&self.checkpoint.next).map(|(shard, next)| Lane::new(shard, *next)).collect();
        let mut changes = self.source.changes();
        let mut stop = self.courier.stop.clone();
        loop {
            changes.mark_unchanged();
            let read_on = self.fill().await?;
            if self.is_due() {
                self.deliver().await?;
                continue;
            }
            let deadline = self.deadline();
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return Err(Stopped),
                Some(flush) = self.flushes.recv() => self.state.waiting.push(flush),
                Some(done) = self.state.in_flight.next() => self.take(done),
                () = future::ready(()), if read_on => {}
                Ok(()) = changes.changed() => {}
                () = sleep_until(deadline) => {}
            }
        }
    }

    /// Carries out the plan of an earlier process, if it left one.
    async fn recover(&mut self) -> Result<(), Stopped> {
        let (courier, files) = (self.courier.clone(), self.courier.files.clone());
        if let Some(plan) = courier.on_disk(move || files.plan()).await? {
            // Where the checkpoint has moved already, all is written.
            if plan.to != self.checkpoint {
                courier.write(&plan).await?;
                courier.counters.update(|stats| stats.recovered += 1);
            }
            if plan.to.created == self.checkpoint.created {
                courier.close(&plan).await?;
                self.checkpoint = plan.to;
            }
        }
        let files = courier.files.clone();
        courier.on_disk(move || files.clear()).await?;
        self.tell().await
    }

    /// Reads what there is room for, and sends batches that are due. Tells whether there is more to read at once.
    async fn fill(&mut self) -> Result<bool, Stopped> {
        let mut read_on = false;
        for index in 0..self.state.lanes.len() {
            let mut wait = Duration::from_millis(100);
            let lane = &mut self.state.lanes[index];
            if lane.in_flight >= INVOCATIONS {
                continue;
            }
            let (count, is_full) = loop {
                match lane.read(&self.source, self.transform_bytes).await {
                    Ok(read) => break read,
                    Err(error) => self.courier.after(&mut wait, causes::chain(&error)).await?,
                }
            };
            self.courier.counters.update(|stats| stats.read += count as u64);
            let interval = if self.transform.is_some() { self.transform_interval } else { Duration::ZERO };
            let is_old = lane.waits_since().is_some_and(|since| since.elapsed() >= interval);
            if (is_full || is_old || !self.state.waiting.is_empty())
                && let Some(batch) = lane.batch(&self.source)
            {
                read_on |= is_full;
                self.state.in_flight.push_back(match self.transform.clone() {
                    None => future::ready(unchanged(batch)).boxed(),
                    Some(transform) => in_a_task(async move { transform.run(batch).await }).boxed(),
                });
            }
        }
        Ok(read_on)
    }

    fn take(&mut self, done: Transformed) {
        let shard = done.batch.shard as usize;
        if let Some(lane) = self.state.lanes.get_mut(shard) {
            lane.in_flight -= 1;
        }
        if let (Some(last), Some(taken)) = (done.batch.records.last(), self.state.taken.get_mut(shard)) {
            *taken = last.number + 1;
        }
        self.courier.counters.update(|stats| self.state.buffers.take(done, &self.rules, stats));
    }

    /// Whether the buffers are to be delivered now.
    fn is_due(&self) -> bool {
        let is_old = self.state.buffers.since.is_some_and(|since| since.elapsed() >= self.buffer_interval);
        let is_asked_for = self.state.waiting.iter().any(|flush| reaches(&self.state.taken, &flush.target));
        is_old || is_asked_for || self.state.buffers.is_full(&self.rules)
    }

    fn deadline(&self) -> Option<Instant> {
        let batches =
            self.state.lanes.iter().filter_map(Lane::waits_since).map(|since| since + self.transform_interval);
        batches.chain(self.state.buffers.since.map(|since| since + self.buffer_interval)).min()
    }

    /// Delivers all that is in the buffers: with one checkpoint for all of them, none can be ahead of another.
    async fn deliver(&mut self) -> Result<(), Stopped> {
        let to = Checkpoint { created: self.checkpoint.created, next: self.state.taken.clone() };
        if to != self.checkpoint {
            let objects = self.stage().await?;
            let plan = Plan { from: self.checkpoint.clone(), to, objects };
            self.courier.before(Step::Plan)?;
            let (files, written) = (self.courier.files.clone(), plan.clone());
            self.courier.on_disk(move || files.set_plan(&written)).await?;
            self.courier.write(&plan).await?;
            self.courier.close(&plan).await?;
            self.checkpoint = plan.to;
        }
        self.tell().await?;
        let taken = self.state.taken.clone();
        for flush in self.state.waiting.extract_if(.., |flush| reaches(&taken, &flush.target)) {
            // Who does not wait any more need not be told.
            let _ = flush.done.send(());
        }
        Ok(())
    }

    async fn stage(&mut self) -> Result<Vec<Object>, Stopped> {
        self.courier.before(Step::Stage)?;
        let buffers = Arc::new(std::mem::take(&mut self.state.buffers));
        let mut wait = Duration::from_millis(100);
        loop {
            let (files, naming, buffers) = (self.courier.files.clone(), self.naming.clone(), Arc::clone(&buffers));
            let failure = match tokio::task::spawn_blocking(move || files.stage(&buffers, &naming)).await {
                Ok(Ok(objects)) => return Ok(objects),
                Ok(Err(error)) => causes::chain(&error),
                Err(error) => causes::chain(&error),
            };
            self.courier.after(&mut wait, failure).await?;
        }
    }

    /// Tells those who wait, and the source, what is delivered.
    async fn tell(&mut self) -> Result<(), Stopped> {
        let (source, next) = (Arc::clone(&self.source), self.checkpoint.next.clone());
        self.courier.on_disk(move || source.consumed(&next)).await?;
        self.courier.counters.update(|stats| stats.trouble = None);
        self.delivered.send_replace(self.checkpoint.next.clone());
        Ok(())
    }
}

/// Whether every shard is at least as far as the target.
pub(crate) fn reaches(next: &[u64], target: &[u64]) -> bool {
    next.iter().zip(target).all(|(next, target)| next >= target)
}

/// Lets the work go on while the worker does something else. Who stops waiting stops the work.
async fn in_a_task<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut task = JoinSet::new();
    task.spawn(work);
    match task.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime ends, and with it the worker.
        _ => future::pending().await,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => future::pending().await,
    }
}
