//! Loads that do not end well: what is said, what is tried again, and that the table keeps its rows.

use loads::{OutcomeKind, Started};

use crate::support::Lab;

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_tried_again() {
    let mut lab = Lab::open().await;
    lab.run("set landfall.conflict to 1").await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    let outcome = lab.load(&upload).await;
    assert_eq!(outcome.outcome, OutcomeKind::Conflict, "{outcome}");
    assert_eq!(lab.things().await, [""; 0]);
    assert_eq!(lab.finish_attempt(&upload, 2).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.ledger(&upload).await, ["2|true"]);
    assert_eq!(lab.things().await, ["x"]);
    lab.failures(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_that_does_not_end_is_told_to_a_person() {
    let mut lab = Lab::open().await;
    lab.run("set landfall.conflict to 5").await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    assert_eq!(lab.load(&upload).await.outcome, OutcomeKind::Conflict);
    for attempt in 2..5 {
        assert_eq!(lab.finish_attempt(&upload, attempt).await.outcome, OutcomeKind::Conflict);
    }
    let last = lab.finish_attempt(&upload, 5).await;
    assert_eq!(last.outcome, OutcomeKind::Conflict);
    let text = last.to_string();
    assert!(
        text.contains("things/a.csv") && text.contains("find the transaction that changes the same tables"),
        "{text}"
    );
    assert_eq!(lab.failures(1).await.len(), 1);
    assert_eq!(lab.ledger(&upload).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_load_loads_when_a_person_asks() {
    let mut lab = Lab::open().await;
    lab.run("set landfall.stop_before to 3").await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    let batch = lab.submit(&upload).await;
    lab.services.warehouse.cancel(&batch.0).await.unwrap();
    let outcome = lab.finish(&batch).await.unwrap();
    assert_eq!(outcome.outcome, OutcomeKind::Cancelled);
    assert!(outcome.to_string().contains("the table keeps its rows"), "{outcome}");
    lab.run("set landfall.stop_before to 0").await;
    let mut asked = notifications::NotifiedObject::from(upload.clone());
    asked.sequencer = None;
    assert!(matches!(loads::start(&lab.services, asked, false).await.unwrap(), Started::Submitted { .. }));
    assert_eq!(lab.finish_attempt(&upload, 2).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.ledger(&upload).await, ["2|true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_it_saw_and_is_recorded_once() {
    let mut lab = Lab::open().await;
    let good = lab.put("things/a.csv", "id,name\n1,good\n").await;
    assert_eq!(lab.load(&good).await.outcome, OutcomeKind::Loaded);
    for (body, check, observed) in [
        ("id,name\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n", "rows.max", "6 rows"),
        ("id,name\n1,a\n4,b\n4,c\n", "unique(id)", "1, for example 4"),
        ("id,name\n", "rows.min", "0 rows"),
    ] {
        let upload = lab.put("things/a.csv", body).await;
        let batch = lab.submit(&upload).await;
        let outcome = lab.finish(&batch).await.unwrap();
        assert_eq!(outcome.outcome, OutcomeKind::Rejected, "{outcome}");
        assert_eq!((outcome.check.as_deref(), outcome.observed.as_deref()), (Some(check), Some(observed)), "{outcome}");
        assert_eq!(lab.finish(&batch).await, None);
        // A process that dies before it writes the outcome says it again, and the ledger has it once.
        let written = lab.services.store.object("things", &upload.id(), 1, "outcome.json");
        lab.services.s3.delete_object().bucket("lake").key(&written.key).send().await.unwrap();
        assert_eq!(lab.finish(&batch).await.unwrap().outcome, OutcomeKind::Rejected);
        assert_eq!(lab.things().await, ["good"]);
    }
    let failures = lab.failures(3).await;
    assert!(failures.iter().all(|row| row.starts_with("1|rejected|check ")), "{failures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_touches_nothing() {
    let mut lab = Lab::open().await;
    let upload = lab.put("things/a.csv", "id\n1\n").await;
    let Started::Refused(outcome) = loads::start(&lab.services, upload.clone().into(), false).await.unwrap() else {
        panic!("a column is missing");
    };
    assert!(outcome.to_string().contains("column name is missing"), "{outcome}");
    assert!(lab.services.warehouse.list("landfall/load/").await.unwrap().is_empty(), "nothing was submitted");
    assert_eq!(lab.failures(1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_gone_is_refused() {
    let mut lab = Lab::open().await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    let version = upload.version.clone();
    lab.services.s3.delete_object().bucket("landing").key("things/a.csv").set_version_id(version).send().await.unwrap();
    let Started::Refused(outcome) = loads::start(&lab.services, upload.into(), false).await.unwrap() else {
        panic!("there is nothing to load");
    };
    assert!(outcome.to_string().contains("upload it again"), "{outcome}");
}

/// The process that recorded the next attempt ended before it could submit it.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_recorded_is_submitted() {
    let mut lab = Lab::open().await;
    lab.run("set landfall.conflict to 1").await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n").await;
    let batch = lab.submit(&upload).await;
    let mut next = lab.services.store.record("things", &upload.id(), 1).await.unwrap().unwrap();
    next.attempt = 2;
    next.plan.name = next.plan.name.replace("/1", "/2");
    next.plan.token = next.plan.token.chars().rev().collect();
    lab.services.store.put_record(next).await.unwrap();
    let outcome = lab.finish(&batch).await.unwrap();
    assert!(outcome.outcome == OutcomeKind::Conflict && outcome.retried, "{outcome}");
    assert_eq!(lab.finish_attempt(&upload, 2).await.outcome, OutcomeKind::Loaded);
}

/// The copy that an attempt made is what the next one reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_further_attempt_reads_the_copy_of_the_one_before() {
    let mut lab = Lab::open().await;
    lab.run("set landfall.conflict to 1").await;
    let upload = lab.put("log/a.csv", "id,name\n1,x\n").await;
    assert_eq!(lab.load(&upload).await.outcome, OutcomeKind::Conflict);
    assert_eq!(lab.finish_attempt(&upload, 2).await.outcome, OutcomeKind::Loaded);
    let record = lab.services.store.record("log", &upload.id(), 2).await.unwrap().unwrap();
    assert_eq!(record.source, format!("s3://lake/loads/log/{}/1/data", upload.id()));
    assert_eq!(lab.rows("select id, name from lab.log").await, ["1|x"]);
}
