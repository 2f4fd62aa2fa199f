//! What cannot be read now: told once, and tried again after waits that grow.

use std::time::Duration;

use crate::handler::{Delivery, DeliveryObserver};

/// The first wait and the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// Whether a queue or a stream can be read.
pub(super) struct Outage {
    target: String,
    observer: DeliveryObserver,
    /// The next wait, and what was told last.
    since: Option<(Duration, String)>,
}

impl Outage {
    pub(super) fn new(target: &str, observer: DeliveryObserver) -> Self {
        Self { target: target.to_owned(), observer, since: None }
    }

    /// It can be read.
    pub(super) fn over(&mut self) {
        self.since = None;
    }

    /// It cannot: tells so unless that was told, and waits.
    pub(super) async fn wait(&mut self, error: String) {
        let (wait, told) = self.since.take().map_or((FIRST, None), |(wait, told)| (wait, Some(told)));
        if told.as_ref() != Some(&error) {
            (self.observer)(Delivery::Unreachable { target: self.target.clone(), error: error.clone() });
        }
        self.since = Some(((wait * 2).min(LONGEST), error));
        tokio::time::sleep(wait).await;
    }
}
