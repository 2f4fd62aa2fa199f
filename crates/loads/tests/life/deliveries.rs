//! Events that come twice, late, in another order, or not at all.

use futures::future::join_all;
use loads::{OutcomeKind, Started};

use crate::support::{Lab, kinds};

#[tokio::test(flavor = "multi_thread")]
async fn ten_deliveries_at_once_submit_one_batch() {
    let mut lab = Lab::open().await;
    let mut told = lab.cloud().outcomes();
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    let batches = join_all((0..10).map(|_| lab.submit(&upload))).await;
    assert!(batches.iter().all(|batch| batch == &batches[0]), "{batches:?}");
    lab.ended(&batches[0].0).await;
    let outcomes: Vec<_> =
        join_all(batches.iter().map(|batch| lab.finish(batch))).await.into_iter().flatten().collect();
    assert!(outcomes.iter().all(|outcome| outcome.outcome == OutcomeKind::Loaded), "{outcomes:?}");
    assert_eq!(lab.finish(&batches[0]).await, None, "it was finished before");
    assert_eq!(lab.ledger(&upload).await, ["1|true"]);
    assert_eq!(told.recv().await.unwrap().detail["outcome"], "loaded");
    let Started::Settled(settled) = loads::start(&lab.services, upload.clone().into(), false).await.unwrap() else {
        panic!("an upload that was loaded needs no batch");
    };
    assert_eq!(settled.outcome, OutcomeKind::Loaded);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_that_comes_later_is_superseded() {
    let mut lab = Lab::open().await;
    let older = lab.put("things/a.csv", "id,name\n1,older\n").await;
    let newer = lab.put("things/a.csv", "id,name\n1,newer\n2,newer\n").await;
    assert_eq!(lab.load(&newer).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.load(&older).await.outcome, OutcomeKind::Superseded);
    assert_eq!(lab.things().await, ["newer", "newer"]);
    assert_eq!(lab.ledger(&older).await, [""; 0]);
    // In the right order both are loaded, each from its own version though the key has a newer one.
    let mut lab = Lab::open().await;
    let older = lab.put("things/a.csv", "id,name\n1,older\n").await;
    let newer = lab.put("things/a.csv", "id,name\n1,newer\n").await;
    assert_eq!(lab.load(&older).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.things().await, ["older"]);
    assert_eq!(lab.load(&newer).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.things().await, ["newer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_one_dataset_are_ordered_by_time_and_then_by_sequencer() {
    for (first, second, kind) in
        [(1, 2, OutcomeKind::Loaded), (2, 1, OutcomeKind::Superseded), (1, 1, OutcomeKind::Loaded)]
    {
        let mut lab = Lab::open().await;
        let one = lab.put_at("things/one.csv", "id,name\n1,one\n", first).await;
        let two = lab.put_at("things/two.csv", "id,name\n1,two\n", second).await;
        assert_eq!(lab.load(&one).await.outcome, OutcomeKind::Loaded);
        assert_eq!(lab.load(&two).await.outcome, kind, "{first} and then {second}");
        assert_eq!(lab.things().await, [if kind == OutcomeKind::Loaded { "two" } else { "one" }]);
    }
    // In one second the sequencer decides, whichever comes first.
    let mut lab = Lab::open().await;
    let one = lab.put_at("things/one.csv", "id,name\n1,one\n", 1).await;
    let two = lab.put_at("things/two.csv", "id,name\n1,two\n", 1).await;
    assert_eq!(lab.load(&two).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.load(&one).await.outcome, OutcomeKind::Superseded);
    assert_eq!(lab.things().await, ["two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_do_not_supersede_each_other() {
    let mut lab = Lab::open().await;
    let january = lab.put("months/2015-01.csv", "month,id\n2015-01,1\n").await;
    let february = lab.put("months/2015-02.csv", "month,id\n2015-02,2\n").await;
    assert_eq!(lab.load(&february).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.load(&january).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.rows("select month, id from lab.months order by id").await, ["2015-01|1", "2015-02|2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_completion_is_reconciled_and_only_once() {
    let mut lab = Lab::open().await;
    let good = lab.put("things/good.csv", "id,name\n1,x\n").await;
    let (id, _) = lab.submit(&good).await;
    lab.ended(&id).await;
    assert_eq!(kinds(&loads::reconcile(&lab.services).await.unwrap()), [OutcomeKind::Loaded]);
    assert_eq!(loads::reconcile(&lab.services).await.unwrap(), []);
    let bad = lab.put("things/good.csv", "id,name\n1,x\n1,y\n").await;
    let (id, _) = lab.submit(&bad).await;
    lab.ended(&id).await;
    assert_eq!(kinds(&loads::reconcile(&lab.services).await.unwrap()), [OutcomeKind::Rejected]);
    assert_eq!(loads::reconcile(&lab.services).await.unwrap(), []);
    assert_eq!(lab.failures(1).await.len(), 1);
}

/// After eight hours, or in another process, the Data API has forgotten the token; the ledger has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_after_the_tokens_lifetime_loads_nothing_again() {
    let mut lab = Lab::open().await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    let first = lab.submit(&upload).await;
    lab.ended(&first.0).await;
    // The process that should have been told is gone, and with it the batch.
    lab.restart().await;
    let second = lab.submit(&upload).await;
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1, "it is the same attempt");
    let outcome = lab.finish(&second).await.unwrap();
    assert_eq!((outcome.outcome, outcome.rows), (OutcomeKind::Loaded, Some(1)), "nobody reported the first: {outcome}");
    assert_eq!(lab.ledger(&upload).await, ["1|true"]);
    assert_eq!(lab.things().await, ["x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_is_submitted_again() {
    let mut lab = Lab::open().await;
    let done = lab.put("things/done.csv", "id,name\n1,done\n").await;
    assert_eq!(lab.load(&done).await.outcome, OutcomeKind::Loaded);
    lab.run("set landfall.stop_before to 2").await;
    let things = lab.put("things/left.csv", "id,name\n1,left\n").await;
    let month = lab.put("months/2015-01.csv", "month,id\n2015-01,1\n").await;
    lab.submit(&things).await;
    lab.submit(&month).await;
    lab.restart().await;
    assert_eq!(lab.things().await, ["done"]);
    let mut kinds = Vec::new();
    for started in loads::resubmit(&lab.services).await.unwrap() {
        let Started::Submitted { record, statement_id } = started else { panic!("{started:?}") };
        kinds.push(lab.finish(&(statement_id, record.plan.name)).await.unwrap().outcome);
    }
    assert_eq!(kinds, [OutcomeKind::Loaded, OutcomeKind::Loaded]);
    assert_eq!(lab.things().await, ["left"]);
    assert_eq!(loads::resubmit(&lab.services).await.unwrap(), []);
}
