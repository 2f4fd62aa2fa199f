//! Requests that are refused, repeated, listed.

use aws_sdk_redshiftdata::types::StatusString;
use redshift_local::{Config, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Warehouse;

#[tokio::test]
async fn a_client_token_runs_once() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create table t (i int)").await;
    let request = |sql: &str| {
        let request = warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
        request.client_token("token-1").sql(sql).send()
    };
    let first = request("insert into t values (1)").await.unwrap().id.unwrap();
    let second = request("insert into t values (1)").await.unwrap().id.unwrap();
    assert_eq!(first, second);
    warehouse.ended(&first).await;
    assert_eq!(warehouse.run("select count(*) from t").await, ["1"]);
    let other = request("insert into t values (2)").await.unwrap_err().into_service_error();
    assert!(other.is_validation_exception(), "{other}");
}

#[tokio::test]
async fn statements_are_listed_by_name_and_status() {
    let warehouse = Warehouse::start().await;
    for (name, sql) in
        [("load/a", "select 1"), ("load/b", "select 2"), ("report/a", "select 3"), ("load/c", "select * from nothing")]
    {
        let request = warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
        let id = request.statement_name(name).sql(sql).send().await.unwrap().id.unwrap();
        warehouse.ended(&id).await;
    }
    let listed = |status: Option<StatusString>, token: Option<String>, size: i32| {
        let request = warehouse.client.list_statements().statement_name("load/");
        request.set_status(status).set_next_token(token).max_results(size).send()
    };
    let names = |statements: &[aws_sdk_redshiftdata::types::StatementData]| -> Vec<String> {
        statements.iter().map(|statement| statement.statement_name().unwrap().to_owned()).collect()
    };
    assert_eq!(names(listed(None, None, 100).await.unwrap().statements()), ["load/b", "load/a"]);
    let first = listed(Some(StatusString::All), None, 2).await.unwrap();
    assert_eq!(names(first.statements()), ["load/c", "load/b"]);
    let second = listed(Some(StatusString::All), first.next_token, 2).await.unwrap();
    assert_eq!((names(second.statements()), second.next_token), (vec!["load/a".to_owned()], None));
    assert_eq!(names(listed(Some(StatusString::Failed), None, 0).await.unwrap().statements()), ["load/c"]);
}

#[tokio::test]
async fn schemas_tables_and_columns_are_listed() {
    let warehouse = Warehouse::start().await;
    warehouse.run("create schema staging").await;
    warehouse.run("create table staging.t (id int not null, name varchar(20) default 'x')").await;
    warehouse.run("create view staging.v as select id from staging.t").await;
    let client = &warehouse.client;
    let databases = client.list_databases().workgroup_name("landfall").database("dev").send().await.unwrap();
    assert_eq!(databases.databases(), ["dev"]);
    let schemas =
        client.list_schemas().workgroup_name("landfall").database("dev").schema_pattern("st%").send().await.unwrap();
    assert_eq!(schemas.schemas(), ["staging"]);
    let tables =
        client.list_tables().workgroup_name("landfall").database("dev").schema_pattern("staging").send().await.unwrap();
    let tables: Vec<_> = tables.tables().iter().map(|table| (table.name().unwrap(), table.r#type().unwrap())).collect();
    assert_eq!(tables, [("t", "TABLE"), ("v", "VIEW")]);
    let table = client
        .describe_table()
        .workgroup_name("landfall")
        .database("dev")
        .schema("staging")
        .table("t")
        .send()
        .await
        .unwrap();
    let columns: Vec<_> = table
        .column_list()
        .iter()
        .map(|column| (column.name().unwrap(), column.type_name().unwrap(), column.nullable()))
        .collect();
    assert_eq!(columns, [("id", "int4", 0), ("name", "varchar", 1)]);
}

#[tokio::test]
async fn bad_requests_are_validation_errors() {
    let warehouse = Warehouse::with(Config { workgroups: vec!["landfall".to_owned()], ..Config::default() }).await;
    let request = || warehouse.client.execute_statement().sql("select 1");
    for bad in [
        request().database("dev"),
        request().workgroup_name("landfall"),
        request().workgroup_name("landfall").database("nowhere"),
        request().workgroup_name("landfall").database("dev").cluster_identifier("c"),
        request().workgroup_name("landfall").database("dev").sql("x".repeat(101 * 1024)),
        request().workgroup_name("landfall").database("dev").wait_time_seconds(31),
    ] {
        let error = bad.send().await.unwrap_err().into_service_error();
        assert!(error.is_validation_exception(), "{error}");
    }
    let error = request().workgroup_name("elsewhere").database("dev").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error}");
    let sqls = Some(vec!["select 1".to_owned(); 41]);
    let batch = warehouse.client.batch_execute_statement().workgroup_name("landfall").database("dev").set_sqls(sqls);
    assert!(batch.send().await.unwrap_err().into_service_error().is_validation_exception());
    let unknown = warehouse.client.describe_statement().id("00000000-0000-4000-8000-000000000000").send().await;
    assert!(unknown.unwrap_err().into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn execute_can_wait_for_the_end() {
    let warehouse = Warehouse::start().await;
    let request = warehouse.client.execute_statement().workgroup_name("landfall").database("dev");
    let answer = request.sql("select 1").wait_time_seconds(10).send().await.unwrap();
    assert_eq!(
        (answer.status().map(|status| status.as_str()), answer.has_result_set()),
        (Some("FINISHED"), Some(true))
    );
}

/// The status of the answer to a request that lists the databases.
async fn list_databases(endpoint: &str, host: &str, more: &str) -> String {
    let mut connection = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    let body = r#"{"WorkgroupName":"landfall","Database":"dev"}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: RedshiftData.ListDatabases\r\nConnection: close\r\n{more}\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_request_names_this_machine_and_is_signed_and_from_no_foreign_page() {
    let config = Config { hosts: vec!["redshift-local".to_owned()], ..Config::default() };
    // A server on all addresses is reached at the loopback address.
    let server = serve(config, TcpListener::bind("0.0.0.0:0").await.unwrap()).await.unwrap();
    let endpoint = server.endpoint();
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    let signed =
        "Authorization: AWS4-HMAC-SHA256 Credential=a/20261130/us-east-1/redshift-data/aws4_request, Signature=b\r\n";
    for host in ["127.0.0.1", "localhost:4567", "redshift-local:4567"] {
        assert_eq!(list_databases(&endpoint, host, signed).await, "200", "{host}");
        assert_eq!(list_databases(&endpoint, host, "").await, "403", "{host}");
        let from_a_page = format!("{signed}Origin: https://evil.example\r\n");
        assert_eq!(list_databases(&endpoint, host, &from_a_page).await, "403", "{host}");
    }
    assert_eq!(list_databases(&endpoint, "evil.example:4567", signed).await, "403");
    server.shutdown().await;
}
