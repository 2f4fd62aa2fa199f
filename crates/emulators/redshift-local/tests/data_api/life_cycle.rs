//! From submission to result.

use std::time::Duration;

use aws_sdk_redshiftdata::types::{ResultFormatString, SqlParameter, StatusString};
use redshift_local::Config;

use crate::support::Warehouse;

#[tokio::test]
async fn a_statement_runs_and_its_rows_can_be_fetched() {
    let warehouse = Warehouse::start().await;
    let id =
        warehouse.submit("select 1 as one, 'x' as text, null as nothing, 1.50::decimal(5,2) as d, true as b").await;
    let state = warehouse.ended(&id).await;
    assert_eq!(state.status(), Some(&StatusString::Finished), "{:?}", state.error());
    assert_eq!((state.result_rows(), state.has_result_set()), (1, Some(true)));
    assert!(state.duration() > 0 && state.redshift_query_id() > 0 && state.redshift_pid() > 0);
    assert_eq!(warehouse.rows(&id).await, ["1|'x'|NULL|'1.50'|true"]);
}

#[tokio::test]
async fn dates_and_times_are_texts() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (d date, ts timestamp, tz timestamptz, f real, n numeric(10,3))").await;
    warehouse
        .run("insert into t values ('2024-02-29', '2024-02-29 13:05:06.5', '2024-02-29 13:05:06+01', 0.5, 12.5)")
        .await;
    let rows = warehouse.run("select d, ts, tz, f, n from t").await;
    assert_eq!(rows, ["'2024-02-29'|'2024-02-29 13:05:06.5'|'2024-02-29 12:05:06+00'|0.5|'12.500'"]);
}

#[tokio::test]
async fn changed_rows_are_counted() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    for (sql, rows) in
        [("insert into t values (1), (2), (3)", 3), ("update t set i = 9 where i > 1", 2), ("delete from t", 3)]
    {
        let state = warehouse.ended(&warehouse.submit(sql).await).await;
        assert_eq!((state.result_rows(), state.has_result_set()), (rows, Some(false)), "{sql}");
    }
}

#[tokio::test]
async fn columns_are_described_as_declared() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (id integer not null, name varchar(10), amount decimal(12,2))").await;
    let id = warehouse.submit("select id, name, amount from t").await;
    warehouse.ended(&id).await;
    let result = warehouse.client.get_statement_result().id(&id).send().await.unwrap();
    let columns: Vec<_> = result
        .column_metadata()
        .iter()
        .map(|column| {
            let (name, kind) = (column.name().unwrap(), column.type_name().unwrap());
            format!(
                "{name} {kind} {} {} {} {} {}",
                column.length(),
                column.precision(),
                column.scale(),
                column.nullable(),
                column.table_name().unwrap()
            )
        })
        .collect();
    assert_eq!(columns, ["id int4 0 10 0 0 t", "name varchar 10 10 0 1 t", "amount numeric 0 12 2 1 t"]);
}

#[tokio::test]
async fn large_results_come_in_pages() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    warehouse.run("insert into t select * from (select 1 union all select 2 union all select 3 union all select 4 union all select 5)").await;
    let id = warehouse.submit("select a.i from t a, t b, t c, t d, t e").await;
    assert_eq!(warehouse.ended(&id).await.result_rows(), 3_125);
    let (mut rows, mut pages, mut token) = (0, 0, None);
    loop {
        let page = warehouse.client.get_statement_result().id(&id).set_next_token(token).send().await.unwrap();
        assert_eq!(page.total_num_rows(), 3_125);
        rows += page.records().len();
        pages += 1;
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!((rows, pages), (3_125, 4));
}

#[tokio::test]
async fn csv_results_come_from_the_second_operation() {
    let warehouse = Warehouse::start().await;
    let request = warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
    let request = request.result_format(ResultFormatString::Csv).sql("select 1 as a, 'x,y' as b");
    let id = request.send().await.unwrap().id.unwrap();
    warehouse.ended(&id).await;
    let result = warehouse.client.get_statement_result_v2().id(&id).send().await.unwrap();
    assert_eq!(result.records()[0].as_csv_records().unwrap(), "a,b\r\n1,\"x,y\"\r\n");
    let refused = warehouse.client.get_statement_result().id(&id).send().await.unwrap_err().into_service_error();
    assert!(refused.is_validation_exception(), "{refused}");
}

#[tokio::test]
async fn parameters_are_values() {
    let warehouse = Warehouse::start().await;
    let request = || warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
    let parameter = |name: &str, value: &str| SqlParameter::builder().name(name).value(value).build().unwrap();
    let bound = request()
        .sql("select :name || '!' as t, :n::int + 1 as n")
        .parameters(parameter("name", "it's"))
        .parameters(parameter("n", "41"));
    let id = bound.send().await.unwrap().id.unwrap();
    assert_eq!(warehouse.ended(&id).await.error(), None);
    assert_eq!(warehouse.rows(&id).await, ["'it's!'|42"]);
    let unused =
        request().sql("select 1").parameters(parameter("name", "x")).send().await.unwrap_err().into_service_error();
    assert!(unused.is_validation_exception(), "{unused}");
}

#[tokio::test]
async fn errors_are_redshifts() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (a int not null)").await;
    let cases = [
        ("select * from nothing", "ERROR: relation \"nothing\" does not exist"),
        ("select b from t", "ERROR: column \"b\" does not exist in t"),
        ("insert into t values (null)", "ERROR: Cannot insert a NULL value into column a"),
        ("create table t (a int)", "ERROR: Relation \"t\" already exists"),
        ("select 1; select 2", "ERROR: cannot insert multiple commands into a prepared statement"),
    ];
    for (sql, expected) in cases {
        let error = warehouse.fail(sql).await;
        assert!(error.starts_with(expected), "{sql}: {error}");
    }
    assert!(warehouse.fail("selec 1").await.starts_with("ERROR: syntax error at or near \"selec\""));
}

#[tokio::test]
async fn a_failed_cast_keeps_the_text_it_failed_on() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (a int)").await;
    warehouse.run("insert into t values (1), (2)").await;
    let sql =
        "select case when count(*) > 1 then 'landfall check rows.max failed: ' || count(*) else '0' end::int from t";
    let error = warehouse.fail(&sql.replace("case", "(case").replace("end::int", "end)::int")).await;
    assert!(error.starts_with("ERROR: Invalid digit, Value 'l', Pos 0, Type: Integer"), "{error}");
    assert!(error.contains("context:   landfall check rows.max failed: 2"), "{error}");
}

#[tokio::test]
async fn a_running_statement_can_be_cancelled() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i bigint)").await;
    let ten = (0..10).map(|i| format!("({i})")).collect::<Vec<_>>().join(", ");
    warehouse.run(&format!("insert into t values {ten}")).await;
    let joins = (0..11).map(|i| format!("t t{i}")).collect::<Vec<_>>().join(", ");
    let id = warehouse
        .submit(&format!("select count(*) from {joins} where t0.i + t1.i + t2.i * t10.i = t3.i + t4.i * t5.i + 1"))
        .await;
    warehouse.started(&id).await;
    assert_eq!(warehouse.client.cancel_statement().id(&id).send().await.unwrap().status(), Some(true));
    assert_eq!(warehouse.ended(&id).await.status(), Some(&StatusString::Aborted));
    let again = warehouse.client.cancel_statement().id(&id).send().await.unwrap_err().into_service_error();
    assert!(again.is_validation_exception(), "{again}");
}

#[tokio::test]
async fn completion_events_follow_the_outcome() {
    let warehouse = Warehouse::start().await;
    let request = |sql: &str| {
        let request = warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
        request.sql(sql).statement_name("load-1").with_event(true).send()
    };
    let good = request("select 1 union all select 2").await.unwrap().id.unwrap();
    let bad = request("select * from nothing").await.unwrap().id.unwrap();
    for (id, state, rows) in [(good, "FINISHED", 2), (bad, "FAILED", -1)] {
        warehouse.ended(&id).await;
        let event = loop {
            let found =
                warehouse.events.0.lock().unwrap().iter().find(|event| event["detail"]["statementId"] == *id).cloned();
            if let Some(event) = found {
                break event;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(event["detail-type"], "Redshift Data Statement Status Change");
        assert_eq!(event["source"], "aws.redshift-data");
        assert_eq!(event["resources"][0], "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/landfall");
        let detail = &event["detail"];
        assert_eq!(
            (&detail["state"], &detail["rows"], &detail["statementName"]),
            (&state.into(), &rows.into(), &"load-1".into())
        );
    }
}

#[tokio::test]
async fn a_shutdown_cancels_what_has_an_event_and_lets_the_rest_end() {
    for (grace, left) in [(Duration::ZERO, vec![]), (Duration::from_secs(60), vec!["2"])] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("warehouse.duckdb");
        let config = Config { database: Some(path.clone()), shutdown_grace: grace, ..Config::default() };
        let warehouse = Warehouse::with(config).await;
        warehouse.run("create table t (i int)").await;
        warehouse.run("set landfall.stop_before to 2").await;
        let batch = warehouse.client.batch_execute_statement().workgroup_name("landfall").database("dev");
        let batch = batch.sqls("insert into t values (1)").sqls("select 1").with_event(true).send().await.unwrap();
        warehouse.part_finished(&batch.id.unwrap()).await;
        let waits_for_the_batch = warehouse.submit("insert into t values (2)").await;
        warehouse.started(&waits_for_the_batch).await;
        warehouse.server.shutdown().await;
        assert_eq!(Warehouse::at(&path).await.run("select i from t").await, left, "{grace:?}");
    }
}

#[tokio::test]
async fn data_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warehouse.duckdb");
    let warehouse = Warehouse::at(&path).await;
    warehouse.run("create table t (name varchar(3))").await;
    warehouse.run("insert into t values ('abc')").await;
    warehouse.server.shutdown().await;
    let warehouse = Warehouse::with(Config {
        database: Some(path),
        threads: Some(2),
        memory_limit_mib: Some(256),
        ..Config::default()
    })
    .await;
    assert_eq!(warehouse.run("select name from t").await, ["'abc'"]);
    let error = warehouse.fail("insert into t values ('abcd')").await;
    assert_eq!(error, "ERROR: value too long for type character varying(3)");
}
