//! What each mode promises where it differs from `replace`.

use loads::{OutcomeKind, Started};

use crate::support::Lab;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_overwritten_or_deleted_is_appended_once_in_each_version() {
    let mut lab = Lab::open().await;
    lab.run("set landfall.stop_before to 1").await;
    let first = lab.put("log/a.csv", "id,name\n1,first\n").await;
    let one = lab.submit(&first).await;
    let second = lab.put("log/a.csv", "id,name\n2,second\n").await;
    lab.run("set landfall.stop_before to 0").await;
    let two = lab.submit(&second).await;
    lab.services.s3.delete_object().bucket("landing").key("log/a.csv").send().await.unwrap();
    assert_eq!(lab.finish(&one).await.unwrap().outcome, OutcomeKind::Loaded);
    assert_eq!(lab.finish(&two).await.unwrap().outcome, OutcomeKind::Loaded);
    assert_eq!(lab.rows("select name from lab.log order by id").await, ["first", "second"]);
    assert_eq!((lab.ledger(&first).await, lab.ledger(&second).await), (vec!["1|true".into()], vec!["1|true".into()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_a_merge_key_is_refused_by_name() {
    let mut lab = Lab::open().await;
    let good = lab.put("prices/a.csv", "id,price\n1,10\n").await;
    assert_eq!(lab.load(&good).await.outcome, OutcomeKind::Loaded);
    let bad = lab.put("prices/b.csv", "id,price\n,5\n1,11\n").await;
    let outcome = lab.load(&bad).await;
    assert_eq!((outcome.outcome, outcome.check.as_deref()), (OutcomeKind::Rejected, Some("merge_key_not_null(id)")));
    assert_eq!(lab.rows("select id, price from lab.prices").await, ["1|10"]);
}

/// TRUNCATE commits: what another load brought in between goes, or stays where it is newer.
#[tokio::test(flavor = "multi_thread")]
async fn truncate_locks_and_guards_again() {
    let mut lab = Lab::open().await;
    let older = lab.put("cache/a.csv", "id,name\n1,older\n").await;
    let newer = lab.put("cache/b.csv", "id,name\n1,newer\n").await;
    let record = lab.submit(&older).await;
    assert_eq!(lab.load(&newer).await.outcome, OutcomeKind::Loaded);
    lab.finish(&record).await;
    assert_eq!(lab.rows("select name from lab.cache").await, ["newer"]);
    let steps = lab.services.store.record("cache", &older.id(), 1).await.unwrap().unwrap().plan.steps;
    let titles: Vec<String> = steps.iter().map(|step| step.role.title()).collect();
    let guards = ["lock", "guard duplicate", "guard superseded"];
    let expected = [&guards[..], &["delete"], &guards, &["delete", "copy", "check rows.min", "record"]].concat();
    assert_eq!(titles, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_has_one_slice_however_it_is_written() {
    let mut lab = Lab::open().await;
    let newer = lab.put_at("periods/4.csv", "period,id\n4,2\n", 50).await;
    let older = lab.put_at("periods/04.csv", "period,id\n4,1\n", 40).await;
    assert_eq!(lab.load(&newer).await.outcome, OutcomeKind::Loaded);
    assert_eq!(lab.load(&older).await.outcome, OutcomeKind::Superseded);
    assert_eq!(lab.rows("select period, id from lab.periods").await, ["4|2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_of_truth_values_run_and_a_check_without_an_answer_fails() {
    let mut lab = Lab::open().await;
    let upload = lab.put("flags/a.csv", "id,flag\n1,t\n2,false\n").await;
    let outcome = lab.load(&upload).await;
    assert_eq!((outcome.outcome, outcome.check.as_deref()), (OutcomeKind::Rejected, Some("null_count")));
    assert_eq!(outcome.observed.as_deref(), Some("NULL"));
    let double = lab.put("flags/b.csv", "id,flag\n1,t\n1,true\n").await;
    let outcome = lab.load(&double).await;
    assert_eq!(outcome.check.as_deref(), Some("unique(id, flag)"), "{outcome}");
    assert_eq!(outcome.observed.as_deref(), Some("1, for example 1, true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_missing_in_an_appended_file_has_its_line() {
    let mut lab = Lab::open().await;
    let upload = lab.put("log/a.csv", "id,name\n1,x\n,y\n").await;
    let outcome = lab.load(&upload).await;
    assert_eq!(outcome.outcome, OutcomeKind::Unreadable, "{outcome}");
    assert_eq!((outcome.lines[0].line, outcome.lines[0].column.as_deref()), (Some(3), Some("id")));
}

/// S3 delivers an event again without anybody having asked; a manual event asks.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_outcome_is_repeated_for_a_person_and_not_for_a_redelivery() {
    let mut lab = Lab::open().await;
    let upload = lab.put("things/a.csv", "id,name\n1,x\n1,y\n").await;
    assert_eq!(lab.load(&upload).await.outcome, OutcomeKind::Rejected);
    let again = loads::start(&lab.services, upload.clone().into(), false).await.unwrap();
    assert!(matches!(again, Started::Settled(outcome) if outcome.outcome == OutcomeKind::Rejected));
    let mut manual = notifications::NotifiedObject::from(upload);
    (manual.sequencer, manual.time) = (None, None);
    let asked = loads::start(&lab.services, manual, false).await.unwrap();
    assert!(matches!(asked, Started::Submitted { record, .. } if record.attempt == 2));
}
