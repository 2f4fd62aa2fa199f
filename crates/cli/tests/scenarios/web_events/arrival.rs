//! Events arrive, are counted, are told of twice, and what is broken is kept and put back.

use samples::web_events::Options;

use super::support::{Tracking, told};
use crate::support::{CommandOutput, SHIPPED, assert_says, until};

fn few() -> Options {
    Options { events: 600, malformed: 20, repeated: 0, ..Options::default() }
}

#[test]
fn the_demonstration_counts_at_every_stage() {
    let printed = CommandOutput::good(&["demo", "web-events", "--events", "2000", "--pipelines", SHIPPED]);
    assert_says(
        &printed,
        &[
            "events at every stage",
            "other_track_post_shared",
            "kept for replay",
            "who posts most",
            "an event was a row",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn telling_everything_twice_changes_nothing() {
    let tracking = Tracking::start().await;
    let expected = tracking.send(&few()).await;
    tracking.arrived(&expected.tables).await;
    let before = tracking.contents().await;
    let (write, update) = (tracking.write_parquet(), tracking.update_catalog());
    let raw = tracking.objects("web-data/raw/").await;
    assert!(raw.len() >= expected.tables.len());
    let parquet = tracking.objects("web-data/transformed/").await.len();
    for object in &raw {
        write_parquet::handle(&write, told(object)).await.unwrap();
    }
    for object in tracking.objects("web-data/transformed/").await {
        update_catalog::handle(&update, told(&object)).await.unwrap();
    }
    assert_eq!(tracking.objects("web-data/transformed/").await.len(), parquet);
    assert_eq!(tracking.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_records_are_kept_with_their_reasons_and_put_back() {
    let tracking = Tracking::start().await;
    let expected = tracking.send(&few()).await;
    let broken = expected.malformed.len();
    assert!(broken > 5, "{broken}");
    let kept = |printed: &str| printed.contains(&format!("\n{broken} records in"));
    until("the broken records", async || kept(&tracking.command(&["replay", "--dry-run"])).then_some(())).await;
    let printed = tracking.command(&["replay", "--dry-run"]);
    assert_says(
        &printed,
        &[
            "the record is not UTF-8",
            "at byte 0 of the record there is no JSON object",
            "event 0 of the record has no type",
            "event 0 of the record is no JSON that can be read",
        ],
    );
    let printed = tracking.command(&["replay"]);
    assert_says(&printed, &[&format!("\n{broken} records of")]);
    assert!(!tracking.objects("web-data/replayed/errors/").await.is_empty());
    // They are as broken as before, and are kept again.
    until("the broken records again", async || kept(&tracking.command(&["replay", "--dry-run"])).then_some(())).await;
    tracking.arrived(&expected.tables).await;
}
