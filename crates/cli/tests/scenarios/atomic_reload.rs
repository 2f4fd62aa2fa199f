//! What a reader sees while a table is loaded again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use loads::OutcomeKind;
use redshift::Client;
use redshift::load::Role;
use tokio::task::JoinHandle;

use crate::support::{Landfall, SHAPES, csv};

/// Reads in a loop, and keeps every different answer.
struct Reader {
    stop: Arc<AtomicBool>,
    seen: JoinHandle<BTreeSet<String>>,
}

impl Reader {
    fn of(warehouse: &Client, sql: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (warehouse, stopped) = (warehouse.clone(), Arc::clone(&stop));
        let seen = tokio::spawn(async move {
            let mut seen = BTreeSet::new();
            loop {
                let last = stopped.load(Ordering::SeqCst);
                seen.extend(crate::support::rows(&warehouse, sql).await);
                if last {
                    return seen;
                }
            }
        });
        Self { stop, seen }
    }

    /// Reads once more, and returns all that was seen.
    async fn seen(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        self.seen.await.unwrap().into_iter().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_the_old_rows_or_the_new_rows() {
    let landfall = Landfall::start(SHAPES).await;
    let sql = "select count(*), sum(amount), min(name), max(name) from shapes.plain";
    landfall.load("plain/a.csv", csv(20_000, "old", 1)).await;
    let reader = Reader::of(&landfall.warehouse, sql);
    // The load goes on by one statement at a time, and at each of them somebody looks.
    landfall.stop_before(1).await;
    let upload = landfall.upload("plain/a.csv", csv(15_000, "new", 3)).await;
    let statements = landfall.record(&upload).await.plan.steps.len();
    for number in 1..=statements + 1 {
        landfall.stop_before(number).await;
        landfall.stopped_before(&upload, number).await;
        assert_eq!(landfall.one(sql).await, "20000|20000|old|old", "before statement {number} of {statements}");
    }
    landfall.stop_before(0).await;
    assert_eq!(landfall.outcome(&upload).await.outcome, OutcomeKind::Loaded);
    assert_eq!(reader.seen().await, ["15000|45000|new|new", "20000|20000|old|old"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn truncate_shows_readers_an_empty_table() {
    let landfall = Landfall::start(SHAPES).await;
    landfall.load("truncated/a.csv", csv(20_000, "old", 1)).await;
    let reader = Reader::of(&landfall.warehouse, "select count(*), coalesce(sum(amount), 0) from shapes.truncated");
    landfall.stop_before(1).await;
    let upload = landfall.upload("truncated/a.csv", csv(15_000, "new", 3)).await;
    let steps = landfall.record(&upload).await.plan.steps;
    let copy = 1 + steps.iter().position(|step| step.role == Role::Copy).unwrap();
    landfall.stop_before(copy).await;
    landfall.stopped_before(&upload, copy).await;
    assert_eq!(landfall.one("select count(*) from shapes.truncated").await, "0", "TRUNCATE commits");
    landfall.stop_before(0).await;
    assert_eq!(landfall.outcome(&upload).await.outcome, OutcomeKind::Loaded);
    let seen = reader.seen().await;
    assert!(
        seen.iter().any(|row| row == "15000|45000") && !seen.iter().any(|row| row.starts_with("35000")),
        "{seen:?}"
    );
}
