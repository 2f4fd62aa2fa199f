//! No statement reaches the machine: its files, its environment, its network, other databases, or DuckDB's own settings.

use aws_sdk_redshiftdata::types::StatusString;

use crate::support::Warehouse;

/// Statements in which `{}` is a file's path.
const FILES: &[&str] = &[
    "select * from '{}'",
    "select * from \"{}\"",
    "select * from public.\"{}\"",
    "select * from '{}' t",
    "select * from (select * from '{}')",
    "with x as (select * from '{}') select * from x",
    "with x as (select * from \"{}\") select * from x",
    "select (select count(*) from '{}')",
    "select 1 where exists (select 1 from '{}')",
    "select * from people, '{}'",
    "select * from people join '{}' on true",
    "select * from people p join \"{}\" q on true",
    "select * from people union all select * from '{}'",
    "select * from people union all select * from \"{}\"",
    "create table stolen as select * from '{}'",
    "create table stolen as select * from \"{}\"",
    "create view stolen as select * from '{}'",
    "create view stolen as select * from \"{}\"",
    "select * into stolen from '{}'",
    "insert into people select * from '{}'",
    "insert into people select * from \"{}\"",
    "insert into people (id) values ((select count(*) from '{}'))",
    "update people set id = 2 from '{}'",
    "update people set id = 2 from \"{}\" q",
    "delete from people using '{}'",
    "delete from people using \"{}\" q",
    "delete from people where id in (select 1 from \"{}\")",
    "merge into people using '{}' q on people.id = q.id when matched then delete when not matched then insert values (1, 'x')",
    "merge into people using \"{}\" q on people.id = q.id when matched then delete when not matched then insert values (1, 'x')",
    "create table stolen (like \"{}\")",
    "select * from $${}$$",
    "select * from e'{}'",
    "select * from people, (select * from people, '{}' x) y",
    "select * from (people join '{}' on true)",
    "select * from memory.main.\"{}\"",
    "select * from read_csv('{}')",
    "select * from read_csv_auto('{}')",
    "select * from read_json('{}')",
    "select * from read_json_auto('{}')",
    "select * from read_json_objects('{}')",
    "select * from read_ndjson('{}')",
    "select * from read_ndjson_auto('{}')",
    "select * from read_ndjson_objects('{}')",
    "select * from read_parquet('{}')",
    "select * from parquet_scan('{}')",
    "select * from parquet_metadata('{}')",
    "select * from parquet_schema('{}')",
    "select * from parquet_file_metadata('{}')",
    "select * from parquet_kv_metadata('{}')",
    "select * from parquet_bloom_probe('{}', 'a', 1)",
    "select * from read_text('{}')",
    "select * from read_blob('{}')",
    "select * from read_duckdb('{}')",
    "select * from sniff_csv('{}')",
    "select * from glob('{}')",
    "select * from seq_scan('{}')",
    "select * from arrow_scan('{}')",
    "select * from sqlite_scan('{}', 't')",
    "select * from query('select * from ''{}''')",
    "select * from query_table('{}')",
    "select * from query_table(['{}'])",
    "select * from json_execute_serialized_sql('{}')",
    "select read_text('{}')",
    "select glob('{}')",
    "select content from system.main.read_text('{}')",
    "select * from main.read_text('{}')",
    "select * from memory.main.read_text('{}')",
    "select system.main.glob('{}')",
    "select * from lateral read_text('{}')",
    "select * from people, lateral read_text('{}')",
    "select * from table(read_text('{}'))",
    "select * from unnest(glob('{}'))",
    "select * from \"read_text\"('{}')",
    "select * from public.\"read_text\"('{}')",
    "select * from people, \"read_text\"('{}')",
    "select \"glob\"('{}')",
    "from '{}'",
    "from read_text('{}')",
    "table \"{}\"",
    "pivot '{}' on a",
    "unpivot '{}' on a",
    "describe '{}'",
    "summarize '{}'",
    "attach '{}' as other",
    "attach database '{}'",
    "copy people from '{}'",
    "copy people to '{}'",
    "copy (select 1) to '{}'",
    "export database '{}'",
    "import database '{}'",
    "install '{}'",
    "load '{}'",
    "force install httpfs from '{}'",
    "unload ('select * from ''{}''') to 's3://lake/x' iam_role default",
    "explain select * from '{}'",
    "explain select * from \"{}\"",
    "explain analyze select * from \"{}\"",
    "create function f_stolen() returns bigint stable as $$ select count(*) from '{}' $$ language sql",
    "create function f_stolen() returns bigint stable as $$ select count(*) from \"{}\" $$ language sql",
    "create table stolen (a bigint default (select count(*) from '{}'))",
    "create table stolen (a varchar(9) default read_text('{}'))",
    "alter table people add column a varchar(9) default (select content from read_text('{}'))",
    "set search_path to '{}'",
    "set timezone to '{}'",
    "lock \"{}\"",
    "truncate \"{}\"",
    "select * from people where name in (select content from read_text('{}'))",
    "select * from people order by (select count(*) from glob('{}'))",
    "select * from (select * from people) pivot (count(*) for name in (select content from read_text('{}')))",
    "select case when 1 = 1 then (select max(content) from read_text('{}')) end",
    "grant select on \"{}\" to public",
];

/// Statements that need no file.
const OTHERS: &[&str] = &[
    "select * from 'http://127.0.0.1:1/x.csv'",
    "select * from \"http://127.0.0.1:1/x.csv\"",
    "select * from \"s3://lake/x.parquet\"",
    "select * from read_csv('http://127.0.0.1:1/x.csv')",
    "attach ':memory:' as other",
    "detach redshift_local",
    "use memory",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "pragma version",
    "call pragma_version()",
    "select * from pragma_version()",
    "select * from pragma_database_size()",
    "select * from duckdb_settings()",
    "select * from duckdb_databases()",
    "select * from duckdb_secrets()",
    "select * from duckdb_extensions()",
    "select * from duckdb_functions()",
    "select * from duckdb_tables()",
    "select * from duckdb_logs()",
    "select * from duckdb_temporary_files()",
    "select * from duckdb_memory()",
    "select * from duckdb_settings",
    "select * from duckdb_databases",
    "select * from pragma_database_list",
    "select * from system.main.duckdb_databases",
    "select * from system.information_schema.tables",
    "select * from memory.information_schema.tables",
    "select * from sqlite_master",
    "select * from enable_logging()",
    "select * from enable_logging(storage := 'file', storage_path := '/tmp/x')",
    "call enable_logging()",
    "select * from enable_profiling()",
    "select * from set_config('a', 'b')",
    "select * from range(3)",
    "select * from generate_series(1, 3)",
    "select * from repeat('x', 3)",
    "select * from checkpoint()",
    "checkpoint",
    "force checkpoint",
    "select getenv('HOME')",
    "select getvariable('pg_last_copy_id')",
    "select current_setting('temp_directory')",
    "select current_setting('secret_directory')",
    "select write_log('x')",
    "select error('x')",
    "select system.main.getvariable('pg_last_copy_id')",
    "select system.main.current_setting('temp_directory')",
    "select main.current_setting('temp_directory')",
    "select name.json_serialize_sql() from people",
    "select * from pg_settings",
    "select * from pg_catalog.pg_settings",
    "select * from duckdb_databases, (with duckdb_databases as (select 1) select 1) t",
    "truncate memory.public.people",
    "select nextval('x')",
    "select version()",
    "select in_search_path('a', 'b')",
    "select txid_current()",
    "select json_serialize_sql('select 1')",
    "select current_query()",
    "select getvariable('x')",
    "create secret s (type s3)",
    "create macro m() as 1",
    "create type mood as enum ('a')",
    "create sequence s",
    "create index i on people (id)",
    "set memory_limit = '1GB'",
    "set threads = 1",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set variable x = 1",
    "set global timezone = 'UTC'",
    "reset enable_external_access",
    "prepare p as select 1",
    "execute p",
];

/// Words of DuckDB's own errors: the statement came further than it should.
const DUCKDB_WORDS: [&str; 6] =
    ["Permission", "file system", "No files found", "extension", "Catalog Error", "table function"];

/// Each statement fails before DuckDB looks for anything, and shows nothing.
async fn check_refused(warehouse: &Warehouse, user: &str, sql: &str) {
    let request = warehouse.client.execute_statement().cluster_identifier("c").database("dev").db_user(user);
    let id = request.sql(sql).send().await.unwrap().id.unwrap();
    let state = warehouse.ended(&id).await;
    assert_eq!(state.status(), Some(&StatusString::Failed), "{user}: {sql}");
    let error = state.error().unwrap();
    assert!(error.starts_with("ERROR: "), "{sql}: {error}");
    assert!(!error.contains("xyzzy"), "{sql}: {error}");
    // What the statement says itself may be repeated.
    let foreign = DUCKDB_WORDS.iter().find(|word| error.contains(**word) && !sql.contains(**word));
    assert!(foreign.is_none() || sql.starts_with("set search_path"), "{sql}: {error}");
}

#[tokio::test]
async fn no_statement_reaches_the_machine() {
    let folder =
        tempfile::Builder::new().prefix("outside").rand_bytes(0).tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let warehouse = Warehouse::start().await;
    warehouse.run("create table people (id int, name varchar(5))").await;
    warehouse.run("insert into people values (1, 'Ada')").await;
    warehouse.run("create user visitor password disable").await;
    warehouse.run("grant all on people to visitor").await;
    for (name, text) in
        [("secret.csv", "a,b\n17,xyzzy\n"), ("secret.json", "{\"a\": \"xyzzy\"}\n"), ("secret", "xyzzy\n")]
    {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        for sql in FILES {
            check_refused(&warehouse, "admin", &sql.replace("{}", file.to_str().unwrap())).await;
        }
    }
    for sql in FILES {
        check_refused(&warehouse, "visitor", &sql.replace("{}", &format!("{}/*", folder.path().display()))).await;
    }
    for sql in OTHERS {
        check_refused(&warehouse, "admin", sql).await;
        check_refused(&warehouse, "visitor", sql).await;
    }
    assert_eq!(warehouse.run("select * from people").await, ["1|'Ada'"]);
    assert_eq!(warehouse.run("select table_name from svv_tables where table_schema = 'public'").await, ["'people'"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[tokio::test]
async fn texts_and_files_are_no_relations() {
    let warehouse = Warehouse::start().await;
    let check = async |sql: &str, expected: &str| assert_eq!(warehouse.fail(sql).await, expected, "{sql}");
    check("select * from '/tmp/x.json'", "ERROR: syntax error at or near \"'/tmp/x.json'\"\n  Position: 15").await;
    check("select * from \"/tmp/x.json\"", "ERROR: relation \"/tmp/x.json\" does not exist").await;
    check("select * from public.\"/tmp/x.json\"", "ERROR: relation \"public./tmp/x.json\" does not exist").await;
    check("select * from memory.main.t", "ERROR: database \"memory\" does not exist").await;
    check("select * from main.t", "ERROR: schema \"main\" does not exist").await;
    check("select * from duckdb_databases", "ERROR: relation \"duckdb_databases\" does not exist").await;
    check("select system.main.getvariable('x')", "ERROR: function getvariable() does not exist").await;
    warehouse.run("create view late as select * from public.\"/tmp/x.json\" with no schema binding").await;
    check("select * from late", "ERROR: relation \"public./tmp/x.json\" does not exist").await;
    // A text after FROM inside an expression is a value.
    assert_eq!(
        warehouse.run("select extract(year from timestamp '2024-01-02 03:04:05'), trim('x' from 'xax')").await,
        ["2024|'a'"]
    );
}

#[tokio::test]
async fn current_setting_is_the_sessions() {
    let warehouse = Warehouse::start().await;
    assert_eq!(warehouse.run("select current_setting('query_group')").await, ["'default'"]);
    let batch = [
        "set query_group to 'nightly'",
        "select current_setting('query_group')",
        "reset query_group",
        "select current_setting('query_group')",
    ];
    let state = warehouse.run_batch(&batch, StatusString::Finished).await;
    assert_eq!(warehouse.rows(state.sub_statements()[1].id()).await, ["'nightly'"]);
    assert_eq!(warehouse.rows(state.sub_statements()[3].id()).await, ["'default'"]);
    let error = warehouse.fail("select current_setting('temp_directory')").await;
    assert_eq!(error, "ERROR: unrecognized configuration parameter \"temp_directory\"");
}
