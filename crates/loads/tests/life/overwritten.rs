//! A key that is overwritten between its event and the end of its load: COPY reads the newest version, whatever was meant.

use loads::OutcomeKind;
use redshift::StatementStatus;

use crate::support::Lab;

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_read_another_version_is_loaded_again_from_exactly_its_own() {
    let mut lab = Lab::open().await;
    let older = lab.put("things/a.csv", "id,name\n1,older\n").await;
    let batch = lab.submit(&older).await;
    lab.ended(&batch.0).await;
    let newer = lab.put("things/a.csv", "id,name\n1,newer\n").await;
    assert_eq!(lab.finish(&batch).await.unwrap().outcome, OutcomeKind::Overwritten);
    assert_eq!(lab.finish_attempt(&older, 2).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.ledger(&older).await, ["1|false", "2|true"]);
    assert_eq!(lab.things().await, ["older"], "its own version, though the key has a newer one");
    assert_eq!(lab.load(&newer).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.things().await, ["newer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_overwritten_does_not_come_back_over_a_newer_load() {
    let mut lab = Lab::open().await;
    let older = lab.put("things/a.csv", "id,name\n1,older\n").await;
    let batch = lab.submit(&older).await;
    lab.ended(&batch.0).await;
    let newer = lab.put("things/a.csv", "id,name\n1,newer\n").await;
    assert_eq!(lab.load(&newer).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.finish(&batch).await.unwrap().outcome, OutcomeKind::Overwritten);
    assert_eq!(lab.finish_attempt(&older, 2).await.outcome, OutcomeKind::Superseded);
    assert_eq!(lab.ledger(&older).await, ["1|false"]);
    assert_eq!(lab.things().await, ["newer"]);
}

/// The transaction of the older upload reads the newer file, and fails on it; that says nothing of the older file.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_on_another_version_is_no_failure_of_this_one() {
    for bad in ["id,name\n1,x,y\n", "id,name\n1,x\n1,y\n"] {
        let mut lab = Lab::open().await;
        lab.run("set landfall.stop_before to 1").await;
        let older = lab.put("things/a.csv", "id,name\n1,older\n").await;
        let batch = lab.submit(&older).await;
        let newer = lab.put("things/a.csv", bad).await;
        lab.run("set landfall.stop_before to 0").await;
        assert_eq!(lab.ended(&batch.0).await.status, StatementStatus::Failed, "COPY read the newer version");
        assert_eq!(lab.finish(&batch).await.unwrap().outcome, OutcomeKind::Overwritten);
        assert_eq!(lab.finish_attempt(&older, 2).await.outcome, OutcomeKind::Loaded);
        assert!(lab.load(&newer).await.outcome.is_bad());
        assert_eq!(lab.things().await, ["older"]);
        assert_eq!(lab.ledger(&older).await, ["2|true"]);
    }
}

/// The event of the end comes again after the process that handled it died before it could say so.
#[tokio::test(flavor = "multi_thread")]
async fn an_overwritten_load_that_is_finished_again_keeps_its_second_attempt() {
    let mut lab = Lab::open().await;
    let older = lab.put("things/a.csv", "id,name\n1,older\n").await;
    let batch = lab.submit(&older).await;
    lab.ended(&batch.0).await;
    lab.put("things/a.csv", "id,name\n1,newer\n").await;
    assert_eq!(lab.finish(&batch).await.unwrap().outcome, OutcomeKind::Overwritten);
    assert_eq!(lab.finish_attempt(&older, 2).await.outcome, OutcomeKind::Loaded);
    let outcome = lab.services.store.object("things", &older.id(), 1, "outcome.json");
    lab.services.s3.delete_object().bucket("lake").key(&outcome.key).send().await.unwrap();
    assert_eq!(lab.finish(&batch).await.unwrap().outcome, OutcomeKind::Overwritten);
    assert_eq!(lab.ledger(&older).await, ["1|false", "2|true"]);
    assert_eq!(lab.things().await, ["older"]);
}
