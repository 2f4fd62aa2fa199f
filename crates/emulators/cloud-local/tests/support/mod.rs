//! What the tests share.

#![allow(dead_code, reason = "each test file is a crate of its own, and none uses everything")]

#[path = "../../../s3-local/tests/support/objects.rs"]
pub(crate) mod objects;

use std::time::Duration;

/// Waits until the condition holds; fails after half a minute, which is far more than anything here takes.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
