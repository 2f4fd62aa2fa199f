//! Events that come again, and keys that are overwritten.

use std::fs;

use loads::OutcomeKind;
use redshift::load::Role;

use crate::support::{Landfall, SHAPES, csv, until};

const TABLE: &str = "select count(*), sum(amount), min(name), max(name) from shapes.plain";

/// A message that was not acknowledged comes again: here ten times at once, after the process died.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_ten_times_loads_once() {
    let mut landfall = Landfall::start(SHAPES).await;
    let upload = landfall.upload("plain/a b.csv", csv(100, "x", 2)).await;
    assert_eq!(landfall.outcome(&upload).await.outcome, OutcomeKind::Loaded);
    let ledger = landfall.rows("select object_key, trusted, loaded_at from landfall.loads").await;
    landfall.kill();
    let queue = landfall.state().join("queues/landfall-uploads/messages");
    for n in 0..10 {
        let object = serde_json::json!({ "key": "plain/a+b.csv", "versionId": upload.version, "sequencer": "00" });
        let record = serde_json::json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2015-01-01T00:00:00.000Z",
            "eventName": "ObjectCreated:Put", "s3": { "bucket": { "name": "landing" }, "object": object },
        });
        let message = serde_json::json!({
            "id": format!("again-{n}"), "body": { "Records": [record] }, "sent": "2015-01-01T00:00:00Z",
            "first_received": null, "receives": 1,
        });
        fs::write(queue.join(format!("again-{n}.json")), message.to_string()).unwrap();
    }
    landfall.restart().await;
    until("an empty queue", async || (fs::read_dir(&queue).unwrap().count() == 0).then_some(())).await;
    assert_eq!(landfall.rows("select object_key, trusted, loaded_at from landfall.loads").await, ledger);
    assert_eq!(ledger.len(), 1);
    assert_eq!(landfall.one(TABLE).await, "100|200|x|x");
}

/// Files that come while nobody watches the folder are uploaded at the next start, and those that were uploaded are not.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_watched_again_uploads_what_is_new() {
    let mut landfall = Landfall::start(SHAPES).await;
    let folder = landfall.inbox().join("appended");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("1.csv"), "id,name,amount\n1,x,1\n").unwrap();
    loaded_keys(&landfall, 1).await;
    landfall.kill();
    fs::write(folder.join("2.csv"), "id,name,amount\n2,y,1\n").unwrap();
    landfall.restart().await;
    loaded_keys(&landfall, 2).await;
    fs::write(folder.join("3.csv"), "id,name,amount\n3,z,1\n").unwrap();
    assert_eq!(loaded_keys(&landfall, 3).await, ["appended/1.csv", "appended/2.csv", "appended/3.csv"]);
    let versions = landfall.s3.list_object_versions().bucket("landing").send().await.unwrap();
    assert_eq!(versions.versions().len(), 3, "each file was uploaded once");
}

async fn loaded_keys(landfall: &Landfall, count: usize) -> Vec<String> {
    until(&format!("{count} loads"), async || {
        let keys = landfall.rows("select object_key from landfall.loads order by object_key").await;
        (keys.len() >= count).then_some(keys)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_uploads_in_one_second_end_with_the_newer_one() {
    let landfall = Landfall::start(SHAPES).await;
    for round in 0..3 {
        let older = landfall.upload("plain/a.csv", csv(50, "older", round)).await;
        let newer = landfall.upload("plain/a.csv", csv(60, "newer", round)).await;
        assert_eq!(landfall.outcome(&newer).await.outcome, OutcomeKind::Loaded);
        settled(&landfall, &older).await;
        assert_eq!(landfall.one(TABLE).await, format!("60|{}|newer|newer", 60 * round));
        let trusted = "select count(*) from landfall.loads where trusted and load_id = ";
        assert_eq!(landfall.one(&format!("{trusted}'{}'", newer.id())).await, "1");
    }
    assert_eq!(
        landfall.rows("select load_id from landfall.loads where trusted group by load_id having count(*) > 1").await,
        [""; 0]
    );
}

/// COPY reads a key's newest version, so the older upload's transaction reads the newer file; what it says is not trusted.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_overwritten_before_copy_ends_with_the_newer_file() {
    let landfall = Landfall::start(SHAPES).await;
    let older = stop_before_copy(&landfall).await;
    let newer = landfall.upload("plain/a.csv", csv(60, "newer", 1)).await;
    landfall.stop_before(0).await;
    assert_eq!(landfall.outcome(&newer).await.outcome, OutcomeKind::Loaded);
    let outcome = landfall.outcome(&older).await;
    assert_eq!(outcome.outcome, OutcomeKind::Overwritten, "{outcome}");
    settled(&landfall, &older).await;
    assert_eq!(landfall.one(TABLE).await, "60|60|newer|newer");
    let first = format!("select trusted from landfall.loads where load_id = '{}' and attempt = 1", older.id());
    assert_eq!(landfall.one(&first).await, "false");
    let newest = "select load_id from landfall.loads where trusted order by sequencer desc limit 1";
    assert_eq!(landfall.one(newest).await, newer.id().to_string());
}

/// The newer file is bad, so the older one is still the newest good one, whatever its own transaction read.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_overwritten_by_a_bad_file_ends_with_the_older_file() {
    for bad in ["id,name,amount\n1,bad,x\n", "id,name,amount\n1,bad,1\n1,bad,1\n", "gate,name,amount\n1,bad,1\n"] {
        let landfall = Landfall::start(SHAPES).await;
        landfall.load("plain/a.csv", csv(10, "oldest", 1)).await;
        let older = stop_before_copy(&landfall).await;
        let newer = landfall.upload("plain/a.csv", bad).await;
        landfall.stop_before(0).await;
        let outcome = landfall.outcome(&newer).await;
        assert!(outcome.outcome.is_bad(), "{outcome}");
        let outcome = landfall.outcome(&older).await;
        assert_eq!(outcome.outcome, OutcomeKind::Overwritten, "{outcome}");
        let outcome = landfall.outcome_of(&older, 2).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{outcome}");
        assert_eq!(landfall.one(TABLE).await, "50|0|older|older");
    }
}

/// Uploads a file, and stops its transaction before it reads the file.
async fn stop_before_copy(landfall: &Landfall) -> notifications::NotifiedObject {
    landfall.stop_before(1).await;
    let upload = landfall.upload("plain/a.csv", csv(50, "older", 0)).await;
    let steps = landfall.record(&upload).await.plan.steps;
    let copy = 1 + steps.iter().position(|step| step.role == Role::Copy).unwrap();
    landfall.stop_before(copy).await;
    landfall.stopped_before(&upload, copy).await;
    upload
}

/// Waits until every attempt at an upload has ended.
async fn settled(landfall: &Landfall, upload: &notifications::NotifiedObject) {
    let mut attempt = 1;
    while matches!(landfall.outcome_of(upload, attempt).await.outcome, OutcomeKind::Overwritten | OutcomeKind::Conflict)
    {
        attempt += 1;
    }
}
