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
