//! COPY inside a transaction, and what is remembered of it.

use aws_sdk_redshiftdata::types::StatusString;
use redshift_local::Config;

use crate::objects::Bucket;
use crate::support::Warehouse;

const COPY: &str = "copy people (id, name) from 's3://lake/people/' iam_role default csv ignoreheader 1";

async fn start() -> (Warehouse, Bucket) {
    let bucket = Bucket::start().await;
    let warehouse = Warehouse::with(Config { s3: Some(bucket.client.clone()), ..Config::default() }).await;
    warehouse.run("create table people (id int not null, name varchar(5))").await;
    warehouse.run("insert into people values (0, 'old')").await;
    (warehouse, bucket)
}

#[tokio::test]
async fn a_load_replaces_the_rows_in_one_transaction() {
    let (warehouse, bucket) = start().await;
    bucket.put("people/1.csv", "id,name\n1,Ada\n2,Bob\n");
    let batch = ["delete from people", COPY, "select pg_last_copy_count() as n"];
    let state = warehouse.run_batch(&batch, StatusString::Finished).await;
    assert_eq!(state.sub_statements()[1].result_rows(), 2);
    assert_eq!(warehouse.rows(state.sub_statements()[2].id()).await, ["2"]);
    assert_eq!(warehouse.run("select id, name from people order by id").await, ["1|'Ada'", "2|'Bob'"]);
    let history = "select trim(status), loaded_rows from sys_load_history where trim(table_name) = 'people'";
    assert_eq!(warehouse.run(history).await, ["'completed'|2"]);
}

#[tokio::test]
async fn bad_lines_are_kept_though_the_load_is_undone() {
    let (warehouse, bucket) = start().await;
    bucket.put("people/1.csv", "id,name\n1,Ada\nx,Bob\n");
    let state = warehouse.run_batch(&["delete from people", COPY], StatusString::Failed).await;
    let error = state.error().unwrap();
    assert!(
        error.starts_with("ERROR: Load into table 'people' failed.") && error.contains("'sys_load_error_detail'"),
        "{error}"
    );
    assert_eq!(warehouse.run("select id from people").await, ["0"]);
    let query = state.sub_statements()[1].redshift_query_id();
    let detail = format!(
        "select trim(file_name), line_number, trim(column_name), error_code, trim(error_message) from sys_load_error_detail where query_id = {query}"
    );
    let rows = warehouse.run(&detail).await;
    assert_eq!(rows, ["'s3://lake/people/1.csv'|3|'id'|1207|'Invalid digit, Value 'x', Pos 0, Type: Integer'"]);
    let legacy = warehouse.run("select trim(colname), trim(raw_field_value) from pg_catalog.stl_load_errors").await;
    assert_eq!(legacy, ["'id'|'x'"]);
}

#[tokio::test]
async fn columns_that_are_not_listed_take_their_defaults() {
    let (warehouse, bucket) = start().await;
    bucket.put("rows/1.csv", "1,x\n2,y\n");
    const FROM: &str = "from 's3://lake/rows/' iam_role default csv";
    warehouse.run("create table d (a int, b varchar(5) default 'none', c varchar(5), d int)").await;
    warehouse.run(&format!("copy d (a, c) {FROM}")).await;
    warehouse.run(&format!("copy d (D, \"B\") {FROM}")).await;
    let rows = warehouse.run("select * from d order by a, d").await;
    assert_eq!(rows, ["1|'none'|'x'|NULL", "2|'none'|'y'|NULL", "NULL|'x'|NULL|1", "NULL|'y'|NULL|2"]);
    warehouse.run("create table i (id bigint identity(1, 1), a int, b varchar(5))").await;
    warehouse.run(&format!("copy i {FROM}")).await;
    warehouse.run(&format!("copy i (id, b) {FROM} explicit_ids")).await;
    let rows = warehouse.run("select * from i order by id, a").await;
    assert_eq!(rows, ["1|1|'x'", "1|NULL|'x'", "2|2|'y'", "2|NULL|'y'"]);
}

#[tokio::test]
async fn a_temporary_table_hides_the_permanent_one() {
    let (warehouse, bucket) = start().await;
    bucket.put("rows/1.csv", "1,x\n");
    let batch = [
        "create temp table people (id int, name varchar(5))",
        "copy people from 's3://lake/rows/' iam_role default csv",
        "select count(*) from people",
        "select count(*) from public.people",
    ];
    let state = warehouse.run_batch(&batch, StatusString::Finished).await;
    assert_eq!(warehouse.rows(state.sub_statements()[2].id()).await, ["1"]);
    assert_eq!(warehouse.rows(state.sub_statements()[3].id()).await, ["1"]);
    assert_eq!(warehouse.run("select id from people").await, ["0"]);
    let error = warehouse.fail("copy s.nope from 's3://lake/rows/' iam_role default csv").await;
    assert_eq!(error, "ERROR: Cannot COPY into nonexistent table nope");
}

#[tokio::test]
async fn every_type_of_a_file_reaches_its_column() {
    let (warehouse, bucket) = start().await;
    bucket.put("types/1.csv", "true;1;2;3;1.50;2.5;2.5;ab ;é;2008-01-31;2008-01-31 10:11:12.5;2008-01-31 10:11:12-08;04:05:06;04:05:06-8;00ff;{\"a\": 1}\n");
    warehouse
        .run(
            "create table types (a bool, b smallint, c int, d bigint, e decimal(8,2), f real, g float, h char(3), i varchar(3), \
             j date, k timestamp, l timestamptz, m time, n timetz, o varbyte(4), p super)",
        )
        .await;
    warehouse.run("copy types from 's3://lake/types/' iam_role default csv delimiter ';' quote '|'").await;
    let rows = warehouse.run("select a, b, c, d, e, f, g, h, i, j, k, l, m, n, to_hex(o), p from types").await;
    assert_eq!(
        rows,
        [
            "true|1|2|3|'1.50'|2.5|2.5|'ab'|'é'|'2008-01-31'|'2008-01-31 10:11:12.5'|'2008-01-31 18:11:12+00'|'04:05:06'|'04:05:06'|'00ff'|'{\"a\": 1}'"
        ]
    );
}

#[tokio::test]
async fn parquet_of_another_writer_is_read() {
    let (warehouse, bucket) = start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let sql = format!(
        "copy (select 1::int as a, 'é' as b, 1.5::decimal(8,2) as c, timestamp '2008-01-31 10:11:12.5' as d, date '2008-01-31' as e, \
         timestamptz '2008-01-31 10:11:12+00' as f, true as g union all select null, null, null, null, null, null, null order by 1) \
         to '{}' (format parquet)",
        file.path().display()
    );
    duckdb::Connection::open_in_memory().unwrap().execute_batch(&sql).unwrap();
    bucket.put("rows/1.parquet", std::fs::read(file.path()).unwrap());
    warehouse
        .run("create table p (a int, b varchar(2), c decimal(10,2), d timestamp, e date, f timestamptz, g bool)")
        .await;
    warehouse.run("copy p from 's3://lake/rows/' iam_role default parquet").await;
    let rows = warehouse.run("select * from p order by a").await;
    assert_eq!(
        rows,
        [
            "1|'é'|'1.50'|'2008-01-31 10:11:12.5'|'2008-01-31'|'2008-01-31 10:11:12+00'|true",
            "NULL|NULL|NULL|NULL|NULL|NULL|NULL"
        ]
    );
}
