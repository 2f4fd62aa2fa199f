//! The whole of it, with functions that stand in for the real ones and real clients of every service.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use cloud_local::{Cloud, CloudConfig, Handler};
use serde_json::{Value, json};
use support::objects::{get, put};
use support::until;

/// The events that a function was called with.
type Calls = Arc<Mutex<Vec<Value>>>;

fn recorder(calls: &Calls) -> Handler {
    let calls = Arc::clone(calls);
    Handler::new(move |event| {
        calls.lock().unwrap().push(event);
        async { Ok::<_, String>(Value::Null) }
    })
}

/// The S3 records inside the batches that a function got.
fn uploads(calls: &Calls) -> Vec<Value> {
    let mut uploads = Vec::new();
    for batch in calls.lock().unwrap().iter() {
        for record in batch["Records"].as_array().unwrap() {
            let message: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
            uploads.extend(message["Records"].as_array().unwrap().iter().map(|record| record["s3"]["object"].clone()));
        }
    }
    uploads
}

async fn cloud(state: &Path) -> Cloud {
    Cloud::start(CloudConfig { duckdb_memory_mib: Some(256), ..CloudConfig::new(state) }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_load_statements_end_and_outcomes_are_told() {
    let state = tempfile::tempdir().unwrap();
    let mut cloud = cloud(state.path()).await;
    let (loads, watched) = (Calls::default(), Calls::default());
    let mut outcomes = cloud.outcomes();
    let s3 = cloud.s3();
    let before = put(&s3, "landing", "before é.csv", "1").await;
    cloud.connect_functions(recorder(&loads), recorder(&watched)).unwrap();
    let after = put(&s3, "landing", "after.csv", "2").await;
    put(&s3, "lake", "manifest.json", "{}").await;
    s3.delete_object().bucket("landing").key("after.csv").send().await.unwrap();
    cloud.idle().await;
    let mut versions: Vec<(String, String)> = uploads(&loads)
        .iter()
        .map(|object| (object["key"].as_str().unwrap().to_owned(), object["versionId"].as_str().unwrap().to_owned()))
        .collect();
    versions.sort();
    assert_eq!(versions, [("after.csv".to_owned(), after), ("before+%C3%A9.csv".to_owned(), before)]);

    let warehouse = cloud.redshift_data();
    let statement =
        warehouse.execute_statement().workgroup_name("local").database("dev").sql("select 1").with_event(true);
    let id = statement.statement_name("landfall-test").send().await.unwrap().id.unwrap();
    until("the completion", || !watched.lock().unwrap().is_empty()).await;
    let completion = watched.lock().unwrap()[0].clone();
    assert_eq!(
        (&completion["detail"]["statementId"], &completion["detail"]["state"]),
        (&json!(id), &json!("FINISHED"))
    );

    let entry =
        PutEventsRequestEntry::builder().source("landfall").detail_type("Load Finished").detail("{\"rows\":1}").build();
    cloud.eventbridge().put_events().entries(entry).send().await.unwrap();
    assert_eq!(outcomes.recv().await.unwrap().detail, json!({ "rows": 1 }));
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_reads_what_was_uploaded_and_a_restart_keeps_it() {
    let state = tempfile::tempdir().unwrap();
    let first = cloud(state.path()).await;
    put(&first.s3(), "landing", "flights é +1.csv", "1,Landfall\n2,Again\n").await;
    run(&first, "create table t (id int, name varchar(20))").await;
    run(&first, "copy t from 's3://landing/flights é +1.csv' iam_role default csv").await;
    first.shutdown().await;

    let second = cloud(state.path()).await;
    assert_eq!(get(&second.s3(), "landing", "flights é +1.csv", None).await, "1,Landfall\n2,Again\n");
    let id = run(&second, "select count(*) from t").await;
    let result = second.redshift_data().get_statement_result().id(id).send().await.unwrap();
    assert_eq!(result.records()[0][0].as_long_value().unwrap(), &2);
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_told_who_uses_the_state() {
    let state = tempfile::tempdir().unwrap();
    let first = cloud(state.path()).await;
    let error = Cloud::start(CloudConfig::new(state.path())).await.map(drop).unwrap_err();
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    let taken: u16 = first.endpoints().s3.rsplit(':').next().unwrap().parse().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let error =
        Cloud::start(CloudConfig { s3_port: taken, ..CloudConfig::new(elsewhere.path()) }).await.map(drop).unwrap_err();
    assert!(error.to_string().contains(&format!("port {taken}")), "{error}");
    first.shutdown().await;
    cloud(state.path()).await.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_no_function_took_is_delivered_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let mut first = cloud(state.path()).await;
    let failing = Handler::new(|_| async { Err::<Value, _>("the warehouse is away") });
    first.connect_functions(failing, recorder(&Calls::default())).unwrap();
    let mut deliveries = first.deliveries();
    put(&first.s3(), "landing", "flights.csv", "1").await;
    assert!(matches!(deliveries.recv().await.unwrap(), cloud_local::Delivery::Failed { tries: 1, .. }));
    first.shutdown().await;

    let mut second = cloud(state.path()).await;
    let loads = Calls::default();
    second.connect_functions(recorder(&loads), recorder(&Calls::default())).unwrap();
    second.idle().await;
    assert_eq!(uploads(&loads)[0]["key"], json!("flights.csv"));
    second.shutdown().await;

    // Nor is an upload lost to a process that never had functions.
    let third = cloud(state.path()).await;
    put(&third.s3(), "landing", "nobody.csv", "1").await;
    third.shutdown().await;
    let mut fourth = cloud(state.path()).await;
    let loads = Calls::default();
    fourth.connect_functions(recorder(&loads), recorder(&Calls::default())).unwrap();
    fourth.idle().await;
    assert_eq!(uploads(&loads).iter().map(|object| object["key"].clone()).collect::<Vec<_>>(), ["nobody.csv"]);
    fourth.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_stands_for_the_landing_bucket_and_the_sweep_comes_by_itself() {
    let state = tempfile::tempdir().unwrap();
    let mut cloud = cloud(&state.path().join("state")).await;
    let (loads, watched) = (Calls::default(), Calls::default());
    cloud.connect_functions(recorder(&loads), recorder(&watched)).unwrap();
    cloud.sweep_every(Duration::from_millis(20));
    let inbox = state.path().join("inbox");
    let watcher = cloud.watch_folder(&inbox, Arc::new(|_| ())).await.unwrap();
    std::fs::create_dir(inbox.join("vendor")).unwrap();
    std::fs::write(inbox.join("vendor/flights.csv"), "1").unwrap();
    until("the load", || !uploads(&loads).is_empty()).await;
    assert_eq!(uploads(&loads)[0]["key"], json!("vendor/flights.csv"));
    until("two sweeps", || watched.lock().unwrap().len() >= 2).await;
    assert_eq!(watched.lock().unwrap()[0]["detail-type"], json!("Scheduled Event"));
    watcher.shutdown().await;
    cloud.shutdown().await;
}

/// Runs a statement to its end, which is a good one.
async fn run(cloud: &Cloud, sql: &str) -> String {
    let client = cloud.redshift_data();
    let id =
        client.execute_statement().workgroup_name("local").database("dev").sql(sql).send().await.unwrap().id.unwrap();
    loop {
        let statement = client.describe_statement().id(&id).wait_time_seconds(1).send().await.unwrap();
        match statement.status().unwrap().as_str() {
            "FINISHED" => return id,
            "FAILED" | "ABORTED" => panic!("{sql}: {:?}", statement.error()),
            _ => {}
        }
    }
}
