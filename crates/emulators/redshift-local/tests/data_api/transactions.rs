//! Batches, locks, sessions.

use aws_sdk_redshiftdata::types::{ExecutionMode, StatementStatusString, StatusString};
use redshift_local::Config;

use crate::support::Warehouse;

#[tokio::test]
async fn a_failed_batch_leaves_nothing() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let state = warehouse
        .run_batch(
            &["insert into t values (1)", "select ('landfall' || count(*))::int from t", "insert into t values (2)"],
            StatusString::Failed,
        )
        .await;
    let states: Vec<_> = state.sub_statements().iter().map(|part| part.status().unwrap().clone()).collect();
    assert_eq!(
        states,
        [StatementStatusString::Finished, StatementStatusString::Failed, StatementStatusString::Aborted]
    );
    let error = state.sub_statements()[1].error().unwrap();
    assert_eq!(state.error(), Some(error));
    assert!(error.contains("context:   landfall1"), "{error}");
    assert_eq!(warehouse.run("select count(*) from t").await, ["0"]);
}

#[tokio::test]
async fn a_batch_commits_as_one_and_its_parts_have_results() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let id = warehouse
        .submit_batch(&["insert into t values (1), (2)", "select sum(i)::int from t", "delete from t where i = 1"])
        .await;
    let state = warehouse.ended(&id).await;
    assert_eq!(state.status(), Some(&StatusString::Finished), "{:?}", state.error());
    let rows: Vec<_> = state.sub_statements().iter().map(|part| part.result_rows()).collect();
    assert_eq!(rows, [2, 1, 1]);
    assert_eq!(state.sub_statements()[1].id(), format!("{id}:2"));
    assert_eq!(warehouse.rows(&format!("{id}:2")).await, ["3"]);
    let part = warehouse.client.describe_statement().id(format!("{id}:3")).send().await.unwrap();
    assert_eq!((part.id(), part.result_rows()), (format!("{id}:3").as_str(), 1));
}

#[tokio::test]
async fn auto_commit_keeps_what_succeeded() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let request = warehouse.client.batch_execute_statement().workgroup_name("landfall").database("dev");
    let request = request.execution_mode(ExecutionMode::AutoCommit);
    let request =
        request.sqls("insert into t values (1)").sqls("select * from nothing").sqls("insert into t values (2)");
    let state = warehouse.ended(&request.send().await.unwrap().id.unwrap()).await;
    assert_eq!(state.status(), Some(&StatusString::Failed));
    assert_eq!(warehouse.run("select i from t order by i").await, ["1", "2"]);
}

#[tokio::test]
async fn truncate_commits_what_came_before() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    warehouse.run("create table other (i int)").await;
    warehouse.run("insert into t values (1)").await;
    let batch = ["insert into other values (7)", "truncate t", "insert into t values (2)", "select * from nothing"];
    warehouse.run_batch(&batch, StatusString::Failed).await;
    assert_eq!(warehouse.run("select i from other").await, ["7"]);
    assert_eq!(warehouse.run("select count(*) from t").await, ["0"]);
}

#[tokio::test]
async fn a_lock_holds_back_readers_and_other_lockers() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let session = Session::open(&warehouse).await;
    session.run("begin").await;
    session.run("lock t").await;
    session.run("insert into t values (1)").await;
    let reader = warehouse.submit("select count(*) from t").await;
    let locker = warehouse.submit_batch(&["lock table t", "insert into t values (2)"]).await;
    warehouse.started(&reader).await;
    warehouse.started(&locker).await;
    // Neither can end: a third statement that needs no lock runs from start to end meanwhile.
    assert_eq!(warehouse.run("select 1").await, ["1"]);
    for id in [&reader, &locker] {
        let state = warehouse.client.describe_statement().id(id).send().await.unwrap();
        assert_eq!(state.status(), Some(&StatusString::Started));
    }
    session.run("commit").await;
    assert_eq!(warehouse.ended(&reader).await.status(), Some(&StatusString::Finished));
    assert_eq!(warehouse.ended(&locker).await.status(), Some(&StatusString::Finished));
    assert_eq!(warehouse.run("select i from t order by i").await, ["1", "2"]);
}

#[tokio::test]
async fn a_waiting_statement_can_be_cancelled() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let session = Session::open(&warehouse).await;
    session.run("begin").await;
    session.run("lock t").await;
    let waiting = warehouse.submit("select * from t").await;
    warehouse.started(&waiting).await;
    warehouse.client.cancel_statement().id(&waiting).send().await.unwrap();
    assert_eq!(warehouse.ended(&waiting).await.status(), Some(&StatusString::Aborted));
}

#[tokio::test]
async fn readers_see_the_old_rows_until_the_commit() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    warehouse.run("insert into t values (1)").await;
    let session = Session::open(&warehouse).await;
    session.run("begin").await;
    session.run("delete from t").await;
    session.run("insert into t values (2)").await;
    assert_eq!(warehouse.run("select i from t").await, ["1"]);
    session.run("commit").await;
    assert_eq!(warehouse.run("select i from t").await, ["2"]);
}

#[tokio::test]
async fn writers_of_one_table_wait_for_each_other() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    warehouse.run("insert into t values (0)").await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(warehouse.submit_batch(&["update t set i = i + 1", "select i from t"]).await);
    }
    for id in ids {
        let state = warehouse.ended(&id).await;
        assert_eq!(state.status(), Some(&StatusString::Finished), "{:?}", state.error());
    }
    assert_eq!(warehouse.run("select i from t").await, ["8"]);
}

#[tokio::test]
async fn a_deadlock_fails_one_of_the_two() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table a (i int)").await;
    warehouse.run("create table b (i int)").await;
    let (older, younger) = (Session::open(&warehouse).await, Session::open(&warehouse).await);
    older.run("begin").await;
    older.run("insert into a values (1)").await;
    younger.run("begin").await;
    younger.run("insert into b values (1)").await;
    let waiting = older.submit("insert into b values (2)").await;
    warehouse.started(&waiting).await;
    let refused = warehouse.ended(&younger.submit("insert into a values (2)").await).await;
    assert_eq!(refused.error(), Some("ERROR: deadlock detected"));
    assert_eq!(warehouse.ended(&waiting).await.status(), Some(&StatusString::Finished));
}

#[tokio::test]
async fn a_snapshot_begins_after_the_lock() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table gate (i int)").await;
    warehouse.run("create table t (i int)").await;
    let session = Session::open(&warehouse).await;
    session.run("begin").await;
    session.run("lock gate").await;
    let second = warehouse.submit_batch(&["lock gate", "select count(*) from t"]).await;
    warehouse.started(&second).await;
    session.run("insert into t values (1)").await;
    session.run("commit").await;
    assert_eq!(warehouse.ended(&second).await.status(), Some(&StatusString::Finished));
    assert_eq!(warehouse.rows(&format!("{second}:2")).await, ["1"]);
}

#[tokio::test]
async fn sessions_keep_temporary_tables_and_transactions() {
    let warehouse = Warehouse::start().await;
    let session = Session::open(&warehouse).await;
    session.run("create temp table scratch (i int)").await;
    session.run("insert into scratch values (5)").await;
    assert_eq!(session.run("select i from scratch").await, ["5"]);
    assert!(warehouse.fail("select i from scratch").await.contains("relation \"scratch\" does not exist"));
    let listed = warehouse.client.list_sessions().send().await.unwrap();
    assert_eq!(listed.sessions().len(), 1);
}

#[tokio::test]
async fn an_error_ends_a_transaction_block_until_rollback() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let session = Session::open(&warehouse).await;
    session.run("begin").await;
    session.run("insert into t values (1)").await;
    assert!(session.fail("select * from nothing").await.contains("does not exist"));
    let ignored = session.fail("select 1").await;
    assert_eq!(ignored, "ERROR: current transaction is aborted, commands ignored until end of transaction block");
    session.run("rollback").await;
    assert_eq!(session.run("select count(*) from t").await, ["0"]);
}

#[tokio::test]
async fn conflicts_come_on_request() {
    let config = Config::default();
    let conflicts = std::sync::Arc::clone(&config.conflicts);
    let warehouse = Warehouse::with(config).await;
    warehouse.run("create table t (i int)").await;
    conflicts.fail_next_commits(1);
    assert_eq!(warehouse.run("select count(*) from t").await, ["0"], "a transaction that only reads has no conflict");
    let state = warehouse.run_batch(&["insert into t values (1)", "select 1"], StatusString::Failed).await;
    assert!(state.error().unwrap().starts_with("ERROR: 1023 DETAIL: Serializable isolation violation on table"));
    assert_eq!(warehouse.run("select count(*) from t").await, ["0"]);
    warehouse.run("set landfall.conflict to 1").await;
    assert!(warehouse.fail("insert into t values (1)").await.contains("1023"));
    warehouse.run("insert into t values (1)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_stand_still_on_request() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let batch = ["insert into t values (1)", "insert into t values (2)"];
    for stop in 1..=3 {
        warehouse.run(&format!("set landfall.stop_before to {stop}")).await;
        let id = warehouse.submit_batch(&batch).await;
        let done = loop {
            let state = warehouse.client.describe_statement().id(&id).send().await.unwrap();
            let done = state
                .sub_statements()
                .iter()
                .filter(|part| part.status().is_some_and(|s| s.as_str() == "FINISHED"))
                .count();
            if done + 1 == stop {
                break done;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(warehouse.run("select count(*) from t").await, ["0"], "after {done} statements");
        warehouse.client.cancel_statement().id(&id).send().await.unwrap();
        assert_eq!(warehouse.ended(&id).await.status(), Some(&StatusString::Aborted));
        assert_eq!(warehouse.run("select count(*) from t").await, ["0"], "cancelled after {done} statements");
    }
    let id = warehouse.submit_batch(&batch).await;
    warehouse.run("set landfall.stop_before to 0").await;
    assert_eq!(warehouse.ended(&id).await.status(), Some(&StatusString::Finished));
    assert_eq!(warehouse.run("select count(*) from t").await, ["2"]);
}

/// What a dead process leaves is the file and its log; a copy of both, taken while the process runs, is the same.
#[tokio::test]
async fn a_crash_keeps_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::at(&folder.path().join("dev.duckdb")).await;
    warehouse.run("create schema s").await;
    warehouse
        .run("create table s.t (i int not null, w varchar(9) default 'w', made timestamp not null default sysdate)")
        .await;
    warehouse.run("create table s.u (made timestamp default getdate(), n int identity(1, 1))").await;
    warehouse.run("insert into s.t (i) values (1)").await;
    warehouse.run("alter table s.t add column day date default current_date").await;
    warehouse.run("create view s.v as select i, made > '2020-01-01' as fresh from s.t with no schema binding").await;
    let left = folder.path().join("left.duckdb");
    std::fs::copy(folder.path().join("dev.duckdb"), &left).unwrap();
    std::fs::copy(folder.path().join("dev.duckdb.wal"), folder.path().join("left.duckdb.wal")).unwrap();
    let again = Warehouse::at(&left).await;
    assert_eq!(again.run("select i, fresh from s.v").await, ["1|true"]);
    again.run("insert into s.t (i) values (2)").await;
    assert_eq!(again.run("select count(*) from s.t where made > '2020-01-01' and day = current_date").await, ["2"]);
}

/// A session of the Data API.
struct Session<'a> {
    warehouse: &'a Warehouse,
    id: String,
}

impl<'a> Session<'a> {
    async fn open(warehouse: &'a Warehouse) -> Self {
        let request = warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
        let opened = request.session_keep_alive_seconds(600).sql("select 1").send().await.unwrap();
        warehouse.ended(opened.id().unwrap()).await;
        Self { warehouse, id: opened.session_id.unwrap() }
    }

    async fn submit(&self, sql: &str) -> String {
        self.warehouse.client.execute_statement().session_id(&self.id).sql(sql).send().await.unwrap().id.unwrap()
    }

    async fn run(&self, sql: &str) -> Vec<String> {
        let id = self.submit(sql).await;
        let state = self.warehouse.ended(&id).await;
        assert_eq!(state.status(), Some(&StatusString::Finished), "{sql}: {:?}", state.error());
        if state.has_result_set() == Some(true) { self.warehouse.rows(&id).await } else { Vec::new() }
    }

    async fn fail(&self, sql: &str) -> String {
        let state = self.warehouse.ended(&self.submit(sql).await).await;
        assert_eq!(state.status(), Some(&StatusString::Failed), "{sql}");
        state.error().unwrap().to_owned()
    }
}
