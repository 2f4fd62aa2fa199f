//! The database's file: created, damaged, held, and the folder for what does not fit into memory.

use redshift_local::{Config, OpenError, ServeError, serve};
use tokio::net::TcpListener;

use crate::support::Warehouse;

async fn refused(config: Config) -> OpenError {
    match serve(config, TcpListener::bind("127.0.0.1:0").await.unwrap()).await.err() {
        Some(ServeError::Open(error)) => error,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn a_damaged_file_is_named_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("warehouse.duckdb");
    Warehouse::at(&file).await.server.shutdown().await;
    let whole = std::fs::read(&file).unwrap();
    for damaged in [b"no database".repeat(1000), whole[..whole.len() / 2].to_vec(), {
        let mut changed = whole.clone();
        changed[4096..8192].fill(0xff);
        changed
    }] {
        std::fs::write(&file, &damaged).unwrap();
        let error = refused(Config { database: Some(file.clone()), ..Config::default() }).await;
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
        let expected = format!(
            "the database file {0} is damaged or not a DuckDB database; move it and {0}.wal away, then create the tables \
             (`landfall migrate`) and load the files again",
            file.display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(std::fs::read(&file).unwrap(), damaged, "the file is not touched");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(Warehouse::at(&file).await.server.created_database());
}

#[tokio::test]
async fn a_new_file_is_told_from_one_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("warehouse.duckdb");
    let first = Warehouse::at(&file).await;
    assert!(first.server.created_database());
    first.server.shutdown().await;
    let second = Warehouse::at(&file).await;
    assert!(!second.server.created_database());
    second.server.shutdown().await;
    assert!(!Warehouse::start().await.server.created_database(), "in memory there is no file");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nowhere/warehouse.duckdb");
    let error = refused(Config { database: Some(file.clone()), ..Config::default() }).await;
    let expected = format!(
        "the database file {} could not be opened; check that its folder exists and can be written",
        file.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn what_does_not_fit_into_memory_goes_to_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("warehouse.duckdb");
    let limits = Config { memory_limit_mib: Some(64), threads: Some(1), ..Config::default() };
    let warehouse = Warehouse::with(Config { database: Some(file), ..limits }).await;
    warehouse.run("create table t (a int, b varchar(200))").await;
    warehouse.run("insert into t values (1, repeat('x', 200))").await;
    for _ in 0..19 {
        warehouse.run("insert into t select (a % 1000) * 7919 % 100003, b from t").await;
    }
    let sorted = "select count(*), max(n) from (select row_number() over (order by b, a) as n from t)";
    assert_eq!(warehouse.run(sorted).await, ["524288|524288"]);
}
