//! The process dies between any two stages, and every event is one row.

use std::collections::BTreeMap;

use samples::web_events::Options;

use super::support::Tracking;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn no_stage_is_a_bad_one_to_die_in() {
    let mut tracking = Tracking::start().await;
    let mut tables: BTreeMap<String, u64> = BTreeMap::new();
    // In the stream only; then as soon as there is one object more of each area.
    for (round, area) in [None, Some("raw"), Some("transformed"), Some("written"), Some("raw")].into_iter().enumerate()
    {
        let prefix = area.map(|area| format!("web-data/{area}/"));
        let before = match &prefix {
            Some(prefix) => tracking.objects(prefix).await.len(),
            None => 0,
        };
        let options = Options { events: 300, seed: round as u64, malformed: 0, repeated: 0, ..Options::default() };
        let expected = tracking.send(&options).await;
        for (table, rows) in expected.tables {
            *tables.entry(table).or_default() += rows;
        }
        if let Some(prefix) = &prefix {
            until(prefix, async || (tracking.objects(prefix).await.len() > before).then_some(())).await;
        }
        tracking.kill();
        tracking.restart().await;
    }
    tracking.arrived(&tables).await;
}
