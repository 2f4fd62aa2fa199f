//! Users that CREATE USER made, and what they may do.

use aws_sdk_redshiftdata::types::StatusString;

use crate::support::Warehouse;

impl Warehouse {
    /// Runs a transaction as a user; its rows, or its error.
    async fn of(&self, user: &str, sqls: &[&str]) -> Result<Vec<String>, String> {
        let request = self.client.batch_execute_statement().cluster_identifier("c").database("dev").db_user(user);
        let request = request.set_sqls(Some(sqls.iter().map(ToString::to_string).collect()));
        let id = request.send().await.unwrap().id.unwrap();
        let state = self.ended(&id).await;
        if state.status() != Some(&StatusString::Finished) {
            return Err(state.error().unwrap_or_default().to_owned());
        }
        let last = state.sub_statements().last().unwrap();
        if last.has_result_set() == Some(true) { Ok(self.rows(last.id()).await) } else { Ok(Vec::new()) }
    }

    async fn may_not(&self, user: &str, sql: &str, what: &str) {
        assert_eq!(self.of(user, &[sql]).await, Err(format!("ERROR: permission denied for {what}")), "{sql}");
    }
}

/// A table and a view of it in a schema, and a user without any privilege.
async fn shop() -> Warehouse {
    let warehouse = Warehouse::start().await;
    for sql in [
        "create schema shop",
        "create table shop.orders (id int, amount int)",
        "insert into shop.orders values (1, 5)",
        "create view shop.totals as select sum(amount) as total from shop.orders",
        "create user \"IAMR:Loader\" password disable",
    ] {
        warehouse.run(sql).await;
    }
    warehouse
}

#[tokio::test]
async fn a_user_may_do_what_was_granted() {
    let warehouse = shop().await;
    let user = "IAMR:Loader";
    warehouse.may_not(user, "select * from shop.orders", "schema shop").await;
    warehouse.run("grant usage on schema shop to \"IAMR:Loader\"").await;
    for (sql, privilege) in [
        ("select id from shop.orders", "select"),
        ("insert into shop.orders values (2, 5)", "insert"),
        ("update shop.orders set amount = 6", "select, update"),
        ("delete from shop.orders where id = 9", "select, delete"),
        ("lock shop.orders", "update"),
        ("lock shop.orders", "delete"),
        ("truncate shop.orders", "truncate"),
        ("alter table shop.orders add column note varchar(9)", "alter"),
        ("drop table shop.orders cascade", "drop"),
    ] {
        warehouse.may_not(user, sql, "relation orders").await;
        warehouse.run(&format!("grant {privilege} on shop.orders to \"iamr:loader\"")).await;
        assert_eq!(warehouse.of(user, &[sql]).await.err(), None, "{sql} with {privilege}");
        if privilege != "drop" {
            warehouse.run(&format!("revoke {privilege} on table shop.orders from \"IAMR:Loader\"")).await;
        }
    }
}

#[tokio::test]
async fn a_view_is_read_without_its_tables() {
    let warehouse = shop().await;
    warehouse.run("grant usage on schema shop to public").await;
    warehouse.may_not("iamr:loader", "select total from shop.totals", "relation totals").await;
    warehouse.run("grant select on shop.totals to public").await;
    assert_eq!(warehouse.of("iamr:loader", &["select total from shop.totals"]).await.unwrap(), ["5"]);
    warehouse.may_not("iamr:loader", "select count(*) from shop.totals, shop.orders", "relation orders").await;
    let of_the_source = "insert into shop.totals_kept select total from shop.totals";
    warehouse.run("create table shop.totals_kept (total bigint)").await;
    warehouse.may_not("iamr:loader", of_the_source, "relation totals_kept").await;
}

#[tokio::test]
async fn what_is_created_is_the_creators_and_what_is_dropped_is_forgotten() {
    let warehouse = shop().await;
    let user = "iamr:loader";
    warehouse.of(user, &["create temp table t (i int)", "insert into t values (1)", "drop table t"]).await.unwrap();
    warehouse.may_not(user, "create table shop.own (i int)", "schema shop").await;
    warehouse.may_not(user, "create schema mine", "database dev").await;
    warehouse.run("grant create, usage on schema shop to \"iamr:loader\"").await;
    warehouse.of(user, &["create table shop.own (i int)", "insert into shop.own values (1)"]).await.unwrap();
    warehouse.of(user, &["create table if not exists shop.orders (i int)"]).await.unwrap();
    warehouse.may_not(user, "select * from shop.orders", "relation orders").await;
    warehouse.may_not(user, "create or replace view shop.totals as select 1 as one", "relation totals").await;
    warehouse.of(user, &["alter table shop.own rename to owned", "delete from shop.owned"]).await.unwrap();
    let dropped = warehouse.fail("drop user \"iamr:loader\"").await;
    assert_eq!(
        dropped,
        "ERROR: user \"iamr:loader\" cannot be dropped because the user has a privilege on some object"
    );
    for sql in ["drop table shop.owned", "create table shop.owned (i int)"] {
        warehouse.run(sql).await;
    }
    warehouse.may_not(user, "select * from shop.owned", "relation owned").await;
    for sql in ["revoke all on schema shop from \"iamr:loader\"", "drop user \"iamr:loader\""] {
        warehouse.run(sql).await;
    }
    assert_eq!(warehouse.run("select usename from pg_user").await, ["'admin'"]);
}

#[tokio::test]
async fn grants_are_part_of_their_transaction() {
    let warehouse = shop().await;
    let undone = ["grant usage on schema shop to \"iamr:loader\"", "grant select on shop.nothing to \"iamr:loader\""];
    let state = warehouse.run_batch(&undone, StatusString::Failed).await;
    assert_eq!(state.error(), Some("ERROR: relation \"shop.nothing\" does not exist"));
    warehouse.may_not("iamr:loader", "select * from shop.orders", "schema shop").await;
    for (sql, error) in [
        ("grant select on shop.orders to nobody", "user \"nobody\" does not exist"),
        ("grant usage on schema nowhere to public", "schema \"nowhere\" does not exist"),
        ("grant temp on database elsewhere to public", "database \"elsewhere\" does not exist"),
        ("create user \"IAMR:LOADER\" password disable", "user \"iamr:loader\" already exists"),
        ("create user \"PUBLIC\" password disable", "user name \"public\" is reserved"),
        ("create user admin password disable", "user \"admin\" already exists"),
        ("drop user nobody", "user \"nobody\" does not exist"),
    ] {
        assert_eq!(warehouse.fail(sql).await, format!("ERROR: {error}"), "{sql}");
    }
    for sql in ["drop user if exists nobody", "grant temp, create on database dev to \"iamr:loader\""] {
        warehouse.run(sql).await;
    }
    warehouse.of("iamr:loader", &["create schema mine", "create table mine.t (i int)"]).await.unwrap();
    let error = warehouse.of("iamr:loader", &["create user other password disable"]).await.unwrap_err();
    assert_eq!(error, "ERROR: must be superuser to create or drop users");
    for sql in [
        "grant select on shop.orders to group readers",
        "grant select (id) on shop.orders to public",
        "grant execute on function f() to public",
        "grant usage on shop.orders to public",
        "grant select on shop.orders to public with grant option",
        "create user other password disable createdb",
    ] {
        let error = warehouse.fail(sql).await;
        assert!(error.contains("does not know"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_common_table_hides_a_table_only_where_it_is_seen() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table hidden (a int)").await;
    warehouse.run("create user visitor password disable").await;
    for sql in [
        "select * from hidden, (with hidden as (select 1 as b) select b from hidden) t",
        "with hidden as (select * from hidden) select * from hidden",
        "with t as (select * from hidden), hidden as (select 1 as a) select * from t",
    ] {
        warehouse.may_not("visitor", sql, "relation hidden").await;
    }
    assert_eq!(
        warehouse.of("visitor", &["with hidden as (select 1 as a) select a from hidden"]).await,
        Ok(vec!["1".to_owned()])
    );
}
