//! A day that is over is compacted while events of it still arrive, and the query always sees each of them once.

use std::collections::BTreeMap;

use super::support::Tracking;
use crate::support::until;

/// 2026-01-02; events that tell no `sentAt` keep their own time.
fn post(id: &str) -> Vec<u8> {
    format!(
        r#"{{"type":"track","event":"Post Created","userId":"u","messageId":"{id}","timestamp":"2026-01-02T10:00:00Z"}}"#
    )
    .into_bytes()
}

async fn arrive(tracking: &Tracking, ids: &[&str], rows: u64) {
    tracking.track(&ids.iter().map(|id| post(id)).collect::<Vec<_>>());
    tracking.arrived(&BTreeMap::from([("posts".to_owned(), rows)])).await;
}

async fn compact(tracking: &Tracking, now: i64) -> Vec<String> {
    let event = serde_json::json!({ "table": "posts", "date": "2026-01-02" });
    compact_parquet::handle(&tracking.compact_parquet(now), event).await.unwrap().days
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_are_seen_once_in_every_phase() {
    let tracking = Tracking::start().await;
    arrive(&tracking, &["a", "b"], 2).await;
    arrive(&tracking, &["c"], 3).await;
    let (announced, minute) = (chrono::Utc::now().timestamp(), 60);
    compact(&tracking, announced).await;
    arrive(&tracking, &["d"], 4).await;
    let before = tracking.contents().await;
    let done = compact(&tracking, announced + 30 * minute).await;
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(tracking.contents().await, before);
    let compacted = tracking.objects("web-data/compacted/posts/dt=2026-01-02/").await;
    assert!(!compacted.is_empty());
    arrive(&tracking, &["e"], 5).await;
    // A day later the small files are gone, and nothing is missing.
    let before = tracking.contents().await;
    until("the end of the small files", async || {
        compact(&tracking, announced + 3 * 24 * 60 * minute).await;
        let left = tracking.objects("web-data/transformed/posts/dt=2026-01-02/").await;
        left.is_empty().then_some(())
    })
    .await;
    assert_eq!(tracking.contents().await, before);
}
