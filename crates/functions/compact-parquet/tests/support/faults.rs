//! Kills a function at one of its writes: from then on, none of them is done.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

/// When, at the write, the function is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The write is not done.
    Before,
    /// The write is done, but the function does not get to know it.
    After,
}

/// Something that happens between two requests of the function.
pub(crate) type Event = Box<dyn FnOnce() + Send>;

/// Counts writes, and lets them fail; counts requests, and lets something happen before one.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// How many requests there are until the event.
    event: Mutex<Option<(usize, Event)>>,
    writes: AtomicUsize,
    /// The write at which the function is killed, from 1; 0 for none.
    at: AtomicUsize,
    after: AtomicBool,
}

impl Faults {
    /// Kills the function at the write with this number, counted from now.
    pub(crate) fn kill_at(&self, write: usize, moment: Moment) {
        self.0.writes.store(0, Ordering::SeqCst);
        self.0.after.store(moment == Moment::After, Ordering::SeqCst);
        self.0.at.store(write, Ordering::SeqCst);
    }

    /// Whether the function was killed; from now on nothing fails.
    pub(crate) fn end(&self) -> bool {
        let at = self.0.at.swap(0, Ordering::SeqCst);
        at > 0 && self.0.writes.load(Ordering::SeqCst) >= at
    }

    /// Lets something happen before the request with this number, counted from now, from 1.
    pub(crate) fn happen_before(&self, request: usize, event: Event) {
        *self.0.event.lock().unwrap() = Some((request, event));
    }

    /// Whether it has happened; if not, it will not.
    pub(crate) fn has_happened(&self) -> bool {
        self.0.event.lock().unwrap().take().is_none()
    }

    fn count_down(&self) {
        let mut event = self.0.event.lock().unwrap();
        let due = match event.take() {
            Some((1, due)) => Some(due),
            Some((left, later)) => {
                *event = Some((left - 1, later));
                None
            }
            None => None,
        };
        drop(event);
        if let Some(due) = due {
            due();
        }
    }

    fn is_killed(&self, moment: Moment) -> bool {
        let (at, writes) = (self.0.at.load(Ordering::SeqCst), self.0.writes.load(Ordering::SeqCst));
        let is_after = self.0.after.load(Ordering::SeqCst);
        let first = if is_after { at + 1 } else { at };
        match moment {
            Moment::Before => at > 0 && writes >= first,
            Moment::After => at > 0 && is_after && writes >= at,
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

impl Intercept for Faults {
    fn name(&self) -> &'static str {
        "Faults"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.count_down();
        if is_write(context.request().method(), context.request().headers().get("x-amz-target")) {
            self.0.writes.fetch_add(1, Ordering::SeqCst);
            if self.is_killed(Moment::Before) {
                return Err("killed before the write".into());
            }
        }
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Whatever is read after that write is of no use to the dead.
        if self.is_killed(Moment::After) { Err("killed after the write".into()) } else { Ok(()) }
    }
}

fn is_write(method: &str, target: Option<&str>) -> bool {
    match target {
        Some(target) => !target.contains(".Get") && !target.contains(".BatchGet"),
        None => matches!(method, "PUT" | "POST" | "DELETE"),
    }
}
