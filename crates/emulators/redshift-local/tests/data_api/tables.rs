//! Tables, views and what the catalogue says of them.

use crate::support::Warehouse;

#[tokio::test]
async fn a_late_binding_view_survives_its_table() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create view public.v as select a from public.later with no schema binding").await;
    assert_eq!(warehouse.fail("select * from public.v").await, "ERROR: relation \"public.later\" does not exist");
    warehouse.run("create table public.later (a int)").await;
    warehouse.run("insert into public.later values (1)").await;
    assert_eq!(warehouse.run("select * from public.v").await, ["1"]);
    warehouse.run("drop table public.later").await;
    assert!(warehouse.fail("select * from public.v").await.contains("does not exist"));
    warehouse.run("create table public.later (b varchar(5), a varchar(5))").await;
    warehouse.run("insert into public.later values ('x', 'y')").await;
    assert_eq!(warehouse.run("select a from public.v").await, ["'y'"]);
}

#[tokio::test]
async fn a_bound_view_keeps_its_table_from_being_dropped() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (a int)").await;
    warehouse.run("create view v as select a from t").await;
    assert!(
        warehouse
            .fail("drop table t")
            .await
            .starts_with("ERROR: cannot drop table t because other objects depend on it")
    );
    warehouse.run("drop table t cascade").await;
    assert!(warehouse.fail("select * from v").await.contains("relation \"v\" does not exist"));
}

#[tokio::test]
async fn lengths_count_bytes() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (v varchar(4), c char(2))").await;
    warehouse.run("insert into t values ('äö', 'ab'), ('abcd  ', 'x')").await;
    let too_long = "ERROR: value too long for type character varying(4)";
    assert_eq!(warehouse.fail("insert into t values ('äöü', 'ab')").await, too_long);
    assert_eq!(warehouse.fail("update t set v = v || 'x'").await, too_long);
    assert_eq!(
        warehouse.fail("insert into t values ('a', 'abc')").await,
        "ERROR: value too long for type character(2)"
    );
    assert_eq!(warehouse.run("select octet_length(v) from t order by 1").await, ["4", "4"]);
}

#[tokio::test]
async fn keys_are_not_enforced_and_names_fold() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table \"MyTable\" (\"Id\" int primary key, name varchar(5) default 'none' unique)").await;
    warehouse.run("insert into mytable (id) values (1)").await;
    warehouse.run("insert into MYTABLE (ID) values (1)").await;
    assert_eq!(warehouse.run("select id, name from \"MyTable\"").await, ["1|'none'", "1|'none'"]);
}

#[tokio::test]
async fn declared_types_follow_the_table() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (a int not null, b varchar(7))").await;
    warehouse.run("alter table t add column c decimal(9,2) default 0").await;
    warehouse.run("alter table t rename column b to bb").await;
    warehouse.run("alter table t rename to u").await;
    let types = "select column_name, data_type, character_maximum_length from svv_columns where table_name = 'u' order by ordinal_position";
    assert_eq!(warehouse.run(types).await, ["'a'|'integer'|NULL", "'bb'|'character varying'|7", "'c'|'numeric'|NULL"]);
    warehouse.run("alter table u alter column bb type varchar(9)").await;
    let definition = "select \"column\", type, \"notnull\" from pg_table_def where tablename = 'u' order by 1";
    assert_eq!(
        warehouse.run(definition).await,
        ["'a'|'integer'|true", "'bb'|'character varying(9)'|false", "'c'|'numeric(9,2)'|false"]
    );
    let schema = "select data_type from information_schema.columns where table_schema = 'public' and table_name = 'u' and column_name = 'a'";
    assert_eq!(warehouse.run(schema).await, ["'integer'"]);
    warehouse.run("create table copied as select a, bb from u").await;
    let copied = "select type from pg_table_def where tablename = 'copied' order by 1";
    assert_eq!(warehouse.run(copied).await, ["'character varying(9)'", "'integer'"]);
}

#[tokio::test]
async fn what_is_not_known_is_refused() {
    let warehouse = Warehouse::start().await;
    for sql in [
        "set no_such_parameter to 1",
        "set statement_timeout to 1000",
        "unload ('select 1') to 's3://b/p' iam_role default",
        "vacuum_everything",
    ] {
        assert!(warehouse.fail(sql).await.starts_with("ERROR: "), "{sql}");
    }
    for table in ["loads", "load_errors", "users", "privileges", "columns"] {
        let error = warehouse.fail(&format!("select * from {table}")).await;
        assert_eq!(error, format!("ERROR: relation \"{table}\" does not exist"));
    }
}
