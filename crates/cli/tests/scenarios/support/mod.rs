//! What the scenarios share: the running binary with clients of its services, and files to upload.

mod files;
mod process;
mod running;

use std::time::{Duration, Instant};

pub(crate) use files::{bzip2, csv, flights, gzip, parquet, zip, zstandard};
pub(crate) use process::{CommandOutput, Process, landfall};
pub(crate) use running::{Landfall, rows, warehouse};

/// The pipelines of these tests: one dataset for each thing that a file or a load can be.
pub(crate) const SHAPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipelines");

/// The pipelines that the project ships.
pub(crate) const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipelines");

/// More than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

/// Waits until `look` sees something; fails with `what` when it never does.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether every fragment is in the text; the text is shown when one is not.
pub(crate) fn assert_says(text: &str, fragments: &[&str]) {
    for fragment in fragments {
        assert!(text.contains(fragment), "{fragment:?} is not in:\n{text}");
    }
}
