//! What cannot be read now: reported once, and tried again after waits that grow.

use std::time::Duration;

use local_server::{Delivery, DeliveryObserver};

/// The first wait and the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// Whether a queue or a stream can be read.
pub(super) struct Outage {
    target: String,
    observer: DeliveryObserver,
    /// The next wait, and what was reported last.
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

    /// It cannot: reports it unless it was reported, and waits.
    pub(super) async fn wait(&mut self, error: String) {
        tokio::time::sleep(self.report(error)).await;
    }

    /// Reports what was not reported, and returns how long to wait.
    fn report(&mut self, error: String) -> Duration {
        let (wait, reported) = self.since.take().map_or((FIRST, None), |(wait, error)| (wait, Some(error)));
        if reported.as_ref() != Some(&error) {
            (self.observer)(Delivery::Unreachable { target: self.target.clone(), error: error.clone() });
        }
        self.since = Some(((wait * 2).min(LONGEST), error));
        wait
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn an_outage_is_reported_once_and_waits_grow() {
        let reported: Arc<Mutex<Vec<Delivery>>> = Arc::default();
        let seen = Arc::clone(&reported);
        let mut outage = Outage::new("events", Arc::new(move |delivery| seen.lock().unwrap().push(delivery)));
        let mut waits = Vec::new();
        for error in ["refused", "refused", "gone", "gone", "gone", "gone", "gone"] {
            waits.push(outage.report(error.to_owned()).as_millis());
        }
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        outage.over();
        assert_eq!(outage.report("gone".to_owned()), FIRST);
        let unreachable = |error: &str| Delivery::Unreachable { target: "events".to_owned(), error: error.to_owned() };
        assert_eq!(*reported.lock().unwrap(), ["refused", "gone", "gone"].map(unreachable));
    }
}
