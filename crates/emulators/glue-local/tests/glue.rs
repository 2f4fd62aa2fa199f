//! The Data Catalog, driven by the AWS SDK over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::path::Path;

use aws_sdk_glue::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{
    BatchUpdatePartitionRequestEntry, Column, DatabaseInput, PartitionInput, PartitionValueList, StorageDescriptor,
    TableInput,
};
use aws_sdk_glue::{Client, Config};
use glue_local::{Glue, GlueConfig, Served, Service};

async fn start(folder: &Path) -> (Served<Glue>, Client) {
    let config = GlueConfig { folder: folder.to_owned(), region: "eu-west-1".to_owned() };
    let server = Glue::open(&config).unwrap().serve(0).await.unwrap();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("any", "thing", None, None, "test"))
        .retry_config(aws_sdk_glue::config::retry::RetryConfig::disabled())
        .endpoint_url(server.endpoint())
        .build();
    (server, Client::from_conf(config))
}

fn column(name: &str, data_type: &str) -> Column {
    Column::builder().name(name).r#type(data_type).build().unwrap()
}

fn storage(location: &str, columns: &[(&str, &str)]) -> StorageDescriptor {
    let columns = columns.iter().map(|(name, data_type)| column(name, data_type)).collect();
    StorageDescriptor::builder().location(location).set_columns(Some(columns)).build()
}

fn table(name: &str, columns: &[(&str, &str)]) -> TableInput {
    TableInput::builder()
        .name(name)
        .table_type("EXTERNAL_TABLE")
        .parameters("classification", "parquet")
        .storage_descriptor(storage("s3://lake/t/", columns))
        .partition_keys(column("dt", "string"))
        .build()
        .unwrap()
}

fn partition(day: &str, location: &str) -> PartitionInput {
    PartitionInput::builder().values(day).storage_descriptor(storage(location, &[("a", "int")])).build()
}

async fn create(client: &Client, name: &str) {
    let database = DatabaseInput::builder().name("Web").description("events").build().unwrap();
    client.create_database().database_input(database).send().await.unwrap();
    client.create_table().database_name("web").table_input(table(name, &[("a", "int")])).send().await.unwrap();
}

async fn days(client: &Client, expression: Option<&str>) -> String {
    let request = client.get_partitions().database_name("web").table_name("orders");
    let mut pages = request.set_expression(expression.map(str::to_owned)).max_results(2).into_paginator().send();
    let mut days = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.partitions().len() <= 2);
        days.extend(page.partitions().iter().map(|partition| partition.values()[0].clone()));
    }
    days.join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_and_tables_are_created_told_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = start(folder.path()).await;
    let missing = client.get_database().name("web").send().await.unwrap_err();
    assert!(missing.into_service_error().is_entity_not_found_exception());
    create(&client, "Orders").await;

    let again = DatabaseInput::builder().name("WEB").build().unwrap();
    let again = client.create_database().database_input(again).send().await.unwrap_err();
    assert!(again.into_service_error().is_already_exists_exception());
    let again = client.create_table().database_name("web").table_input(table("ORDERS", &[])).send().await.unwrap_err();
    assert!(again.into_service_error().is_already_exists_exception());
    let nowhere = client.create_table().database_name("no").table_input(table("t", &[])).send().await.unwrap_err();
    assert!(nowhere.into_service_error().is_entity_not_found_exception());

    let found = client.get_database().name("wEb").send().await.unwrap().database.unwrap();
    assert_eq!((found.name(), found.description()), ("web", Some("events")));
    assert!(found.create_time().unwrap().secs() > 1_700_000_000);
    let found = client.get_table().database_name("Web").name("oRders").send().await.unwrap().table.unwrap();
    assert_eq!((found.name(), found.database_name(), found.version_id()), ("orders", Some("web"), Some("0")));
    let stored = found.storage_descriptor().unwrap();
    assert_eq!((stored.location(), stored.columns()[0].name()), (Some("s3://lake/t/"), "a"));
    assert_eq!(found.partition_keys()[0].name(), "dt");
    assert_eq!(found.parameters().unwrap()["classification"], "parquet");

    for name in ["returns", "order_lines"] {
        client.create_table().database_name("web").table_input(table(name, &[])).send().await.unwrap();
    }
    let names = async |expression: Option<&str>| {
        let request = client.get_tables().database_name("web").set_expression(expression.map(str::to_owned));
        let mut pages = request.max_results(1).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            names.extend(page.unwrap().table_list().iter().map(|table| table.name().to_owned()));
        }
        names.join(" ")
    };
    assert_eq!(names(None).await, "order_lines orders returns");
    assert_eq!(names(Some("order.*")).await, "order_lines orders");

    client.delete_table().database_name("web").name("Orders").send().await.unwrap();
    let gone = client.delete_table().database_name("web").name("orders").send().await.unwrap_err();
    assert!(gone.into_service_error().is_entity_not_found_exception());
    assert_eq!(names(None).await, "order_lines returns");
    client.delete_database().name("web").send().await.unwrap();
    assert!(client.get_databases().send().await.unwrap().database_list().is_empty());
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_replaces_archives_and_compares_versions() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, client) = start(folder.path()).await;
    create(&client, "orders").await;
    let update =
        |columns: &[(&str, &str)]| client.update_table().database_name("web").table_input(table("Orders", columns));
    let before = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
    update(&[("a", "bigint")]).version_id("0").send().await.unwrap();
    let stale = update(&[("a", "string")]).version_id("0").send().await.unwrap_err().into_service_error();
    assert!(stale.is_concurrent_modification_exception());
    assert_eq!(stale.message(), Some("Update table failed due to concurrent modifications."));
    update(&[("a", "bigint"), ("b", "int")]).version_id("1").skip_archive(true).send().await.unwrap();
    update(&[("c", "int")]).send().await.unwrap();

    let after = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
    assert_eq!((after.version_id(), after.create_time()), (Some("3"), before.create_time()));
    assert!(after.update_time().unwrap() >= before.update_time().unwrap());
    let versions = async || {
        let answer = client.get_table_versions().database_name("web").table_name("orders").send().await.unwrap();
        let told = answer.table_versions().iter().map(|version| {
            let columns = version.table().unwrap().storage_descriptor().unwrap().columns();
            let columns: Vec<_> =
                columns.iter().map(|column| format!("{} {}", column.name(), column.r#type().unwrap())).collect();
            format!("{}: {}", version.version_id().unwrap(), columns.join(", "))
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(versions().await, ["3: c int", "2: a bigint, b int", "0: a int"][..].to_vec());
    let missing = client.update_table().database_name("web").table_input(table("none", &[])).send().await.unwrap_err();
    assert!(missing.into_service_error().is_entity_not_found_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_created_told_moved_and_deleted_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, client) = start(folder.path()).await;
    create(&client, "orders").await;
    let one = |day: &str| client.get_partition().database_name("web").table_name("orders").partition_values(day);
    let put = |day: &str, location: &str| {
        let request = client.create_partition().database_name("web").table_name("orders");
        request.partition_input(partition(day, location))
    };
    put("2024-01-01", "s3://lake/old/").send().await.unwrap();
    let again = put("2024-01-01", "s3://lake/other/").send().await.unwrap_err();
    assert!(again.into_service_error().is_already_exists_exception());
    let uneven =
        put("2024-01-02", "s3://lake/x/").partition_input(PartitionInput::builder().values("a").values("b").build());
    assert!(uneven.send().await.unwrap_err().into_service_error().is_invalid_input_exception());

    let update = client.update_partition().database_name("web").table_name("orders").partition_value_list("2024-01-01");
    update.clone().partition_input(partition("2024-01-01", "s3://lake/new/")).send().await.unwrap();
    let found = one("2024-01-01").send().await.unwrap().partition.unwrap();
    assert_eq!(found.storage_descriptor().unwrap().location(), Some("s3://lake/new/"));
    assert_eq!((found.table_name(), found.values()), (Some("orders"), &["2024-01-01".to_owned()][..]));
    let renamed = update.partition_input(partition("2024-01-09", "s3://lake/new/")).send().await.unwrap_err();
    assert!(renamed.into_service_error().is_invalid_input_exception());

    let missing = one("2024-01-02").send().await.unwrap_err().into_service_error();
    assert!(missing.is_entity_not_found_exception());
    let delete = client.delete_partition().database_name("web").table_name("orders").partition_values("2024-01-01");
    delete.clone().send().await.unwrap();
    assert!(delete.send().await.unwrap_err().into_service_error().is_entity_not_found_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_partitions_answer_for_every_item() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, client) = start(folder.path()).await;
    create(&client, "orders").await;
    let put = |days: Vec<String>| {
        let inputs = days.iter().map(|day| partition(day, &format!("s3://lake/{day}/"))).collect();
        client.batch_create_partition().database_name("web").table_name("orders").set_partition_input_list(Some(inputs))
    };
    let days_of = |count: usize| (1..=count).map(|day| format!("2024-{:02}-{:02}", day / 28 + 1, day % 28 + 1));
    assert!(put(days_of(5).collect()).send().await.unwrap().errors().is_empty());
    let errors = put(days_of(6).collect()).send().await.unwrap();
    let codes: Vec<_> =
        errors.errors().iter().map(|error| error.error_detail().unwrap().error_code().unwrap()).collect();
    assert_eq!(codes, ["AlreadyExistsException"; 5]);
    let many = put(days_of(101).collect()).send().await.unwrap_err().into_service_error();
    assert!(many.is_invalid_input_exception());
    insta::assert_snapshot!(many.message().unwrap(), @"1 validation error detected: Value at 'partitionInputList' failed to satisfy constraint: Member must have length less than or equal to 100");

    assert_eq!(days(&client, None).await, "2024-01-02 2024-01-03 2024-01-04 2024-01-05 2024-01-06 2024-01-07");
    assert_eq!(
        days(&client, Some("dt > '2024-01-02' AND dt <= '2024-01-05'")).await,
        "2024-01-03 2024-01-04 2024-01-05"
    );
    let bare = client.get_partitions().database_name("web").table_name("orders").exclude_column_schema(true);
    let bare = bare.send().await.unwrap();
    assert!(bare.partitions().iter().all(|partition| partition.storage_descriptor().unwrap().columns().is_empty()));
    let mut parts = 0;
    for number in 0..3 {
        let segment = aws_sdk_glue::types::Segment::builder().segment_number(number).total_segments(3).build();
        let part = client.get_partitions().database_name("web").table_name("orders").segment(segment.unwrap());
        parts += part.send().await.unwrap().partitions().len();
    }
    assert_eq!(parts, 6);

    let values = |day: &str| PartitionValueList::builder().values(day).build().unwrap();
    let got = client.batch_get_partition().database_name("web").table_name("orders");
    let got = got.partitions_to_get(values("2024-01-02")).partitions_to_get(values("1999-01-01")).send().await.unwrap();
    assert_eq!((got.partitions().len(), got.unprocessed_keys().len()), (1, 1));

    let entry = |day: &str| {
        let input = partition(day, "s3://lake/moved/");
        BatchUpdatePartitionRequestEntry::builder().partition_value_list(day).partition_input(input).build().unwrap()
    };
    let moved = client.batch_update_partition().database_name("web").table_name("orders");
    let moved = moved.entries(entry("2024-01-02")).entries(entry("1999-01-01")).send().await.unwrap();
    assert_eq!(moved.errors()[0].partition_value_list(), ["1999-01-01"]);
    assert_eq!(moved.errors()[0].error_detail().unwrap().error_code(), Some("EntityNotFoundException"));

    let deleted = client.batch_delete_partition().database_name("web").table_name("orders");
    let deleted = deleted.partitions_to_delete(values("2024-01-03")).partitions_to_delete(values("1999-01-01"));
    assert_eq!(deleted.send().await.unwrap().errors()[0].partition_values(), ["1999-01-01"]);
    assert_eq!(days(&client, None).await, "2024-01-02 2024-01-04 2024-01-05 2024-01-06 2024-01-07");
}

/// Adds a column by reading, and writing if nobody else has written, until that succeeds.
async fn add(client: &Client, writer: usize) {
    loop {
        let current = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
        let mut stored = current.storage_descriptor().unwrap().clone();
        stored.columns.get_or_insert_default().push(column(&format!("w{writer}"), "int"));
        let input = TableInput::builder()
            .name("orders")
            .storage_descriptor(stored)
            .set_partition_keys(current.partition_keys)
            .build()
            .unwrap();
        let update = client.update_table().database_name("web").table_input(input).skip_archive(true);
        match update.set_version_id(current.version_id).send().await {
            Ok(_) => return,
            Err(error) => assert!(error.into_service_error().is_concurrent_modification_exception()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_writers_wins_each_version_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, client) = start(folder.path()).await;
    create(&client, "orders").await;
    let race = (0..50).map(|writer: usize| {
        let name = format!("c{writer}");
        let input = table("orders", &[(name.as_str(), "int")]);
        client.update_table().database_name("web").table_input(input).version_id("0").send()
    });
    let won = futures::future::join_all(race).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(won, 1);

    futures::future::join_all((0..50).map(|writer| add(&client, writer))).await;
    let table = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
    assert_eq!((table.version_id(), table.storage_descriptor().unwrap().columns().len()), (Some("51"), 51));

    let create = (0..50).map(|writer| {
        let request = client.create_partition().database_name("web").table_name("orders");
        request.partition_input(partition(&format!("2024-01-{:02}", writer % 25 + 1), "s3://lake/x/")).send()
    });
    let created = futures::future::join_all(create).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(created, 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_finds_all_that_was_answered_and_a_folder_has_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = start(folder.path()).await;
    create(&client, "orders").await;
    client.create_table().database_name("web").table_input(table("gone", &[])).send().await.unwrap();
    client.delete_table().database_name("web").name("gone").send().await.unwrap();
    client.update_table().database_name("web").table_input(table("orders", &[("b", "int")])).send().await.unwrap();
    for day in ["2024-01-01", "a/b c", "2024-01-03"] {
        let put = client.create_partition().database_name("web").table_name("orders");
        put.partition_input(partition(day, "s3://lake/x/")).send().await.unwrap();
    }
    let delete = client.delete_partition().database_name("web").table_name("orders").partition_values("2024-01-03");
    delete.send().await.unwrap();
    let before = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
    let second = GlueConfig { folder: folder.path().to_owned(), region: "eu-west-1".to_owned() };
    assert!(matches!(Glue::open(&second), Err(local_server::Error::Locked { .. })));
    drop(server);

    let (_server, client) = start(folder.path()).await;
    let after = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
    assert_eq!(after, before);
    assert_eq!(days(&client, None).await, "2024-01-01 a/b c");
    assert_eq!(client.get_tables().database_name("web").send().await.unwrap().table_list().len(), 1);
    let versions = client.get_table_versions().database_name("web").table_name("orders").send().await.unwrap();
    assert_eq!(versions.table_versions().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_can_be_asked_for_and_unknown_operations_name_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = start(folder.path()).await;
    create(&client, "orders").await;
    server.conflict_next(2);
    let update = || client.update_table().database_name("web").table_input(table("orders", &[("b", "int")])).send();
    for _ in 0..2 {
        assert!(update().await.unwrap_err().into_service_error().is_concurrent_modification_exception());
    }
    update().await.unwrap();
    let table = client.get_table().database_name("web").name("orders").send().await.unwrap().table.unwrap();
    assert_eq!(table.version_id(), Some("1"));

    let unknown = client.get_crawlers().send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
    let message = unknown.message().unwrap();
    assert!(message.contains("AWSGlue.GetCrawlers"), "{message}");
}
