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
        tokio::time::sleep(self.tell(error)).await;
    }

    /// Tells what was not told, and says how long to wait.
    fn tell(&mut self, error: String) -> Duration {
        let (wait, told) = self.since.take().map_or((FIRST, None), |(wait, told)| (wait, Some(told)));
        if told.as_ref() != Some(&error) {
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
    fn an_outage_is_told_once_and_waits_grow() {
        let told: Arc<Mutex<Vec<Delivery>>> = Arc::default();
        let kept = Arc::clone(&told);
        let mut outage = Outage::new("events", Arc::new(move |delivery| kept.lock().unwrap().push(delivery)));
        let mut waits = Vec::new();
        for error in ["refused", "refused", "gone", "gone", "gone", "gone", "gone"] {
            waits.push(outage.tell(error.to_owned()).as_millis());
        }
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        outage.over();
        assert_eq!(outage.tell("gone".to_owned()), FIRST);
        let unreachable = |error: &str| Delivery::Unreachable { target: "events".to_owned(), error: error.to_owned() };
        assert_eq!(*told.lock().unwrap(), ["refused", "gone", "gone"].map(unreachable));
    }
}
