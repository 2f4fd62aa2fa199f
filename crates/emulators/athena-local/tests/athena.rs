//! Athena's answers over a catalogue and objects, both reached by the AWS SDK over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod support;

use support::{Lake, bigints, ints, moments, texts};

/// 2024-01-01T10:00:00.123456Z.
const MOMENT: i64 = 1_704_103_200_123_456;

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_files_read_as_the_catalogue_declares_them() {
    let lake = Lake::start().await;
    lake.table("orders", &["user_id string", "total int"], &[]).await;
    lake.put("orders/dt=2024-01-01/a.parquet", vec![("total", ints(&[1, 2])), ("user_id", texts(&["u1", "u2"]))]).await;
    lake.partition("orders", "2024-01-01", "orders/dt=2024-01-01/").await;
    lake.change("orders", &["user_id string", "total bigint", "coupon string", "at timestamp"]).await;
    let new = vec![
        ("user_id", texts(&["u3"])),
        ("total", bigints(&[5_000_000_000])),
        ("coupon", texts(&["c"])),
        ("at", moments(&[MOMENT])),
        ("undeclared", ints(&[1])),
    ];
    lake.put("orders/dt=2024-01-02/b.parquet", new).await;
    lake.partition("orders", "2024-01-02", "orders/dt=2024-01-02").await;
    assert_eq!(
        lake.ask("select * from orders order by user_id").await,
        "u1,1,NULL,NULL,2024-01-01 | u2,2,NULL,NULL,2024-01-01 | u3,5000000000,c,2024-01-01 10:00:00.123,2024-01-02"
    );
    let answer = lake.athena.query("web", "SELECT * FROM Web.Orders").await.unwrap();
    let columns: Vec<_> = answer.columns.iter().map(|column| format!("{} {}", column.name, column.data_type)).collect();
    assert_eq!(columns, ["user_id varchar", "total bigint", "coupon varchar", "at timestamp", "dt varchar"]);
    assert_eq!(
        lake.ask("select sum(total), max_by(user_id, total), count_if(total > 1) from orders").await,
        "5000000003,u3,2"
    );
    let named = async |sql: &str| {
        let answer = lake.athena.query("web", sql).await.unwrap();
        answer.columns.into_iter().map(|column| column.name).collect::<Vec<_>>().join(" ")
    };
    let sql = "select user_id, count(*), max(total) as most, sum(total) from orders group by 1 order by count(*), 2";
    assert_eq!(named(sql).await, "user_id _col1 most _col3");
    assert_eq!(named("select distinct upper(user_id) from orders order by upper(user_id)").await, "_col0");
    assert_eq!(named("with o as (select total from orders) select 1, o.total + 1 from o").await, "_col0 _col1");
    assert_eq!(named("select 'x' union all select user_id from orders").await, "_col0");
    assert_eq!(named("select *, 'x' as y from orders").await, "user_id total coupon at dt y");
    assert_eq!(
        lake.ask("describe orders").await,
        "user_id,string,NULL | total,bigint,NULL | coupon,string,NULL | at,timestamp,NULL | dt,string,partition key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_registered_partitions_are_seen_where_they_now_are() {
    let lake = Lake::start().await;
    lake.table("orders", &["n int"], &[]).await;
    lake.put("orders/dt=2024-01-01/a.parquet", vec![("n", ints(&[1]))]).await;
    lake.put("orders/dt=2024-01-01/b.parquet", vec![("n", ints(&[2]))]).await;
    lake.put("compacted/1/part.parquet", vec![("n", ints(&[1, 2, 3]))]).await;
    let count = "select count(*), sum(n) from orders";
    assert_eq!(lake.ask(count).await, "0,NULL");
    assert_eq!(lake.ask("select n, dt from orders").await, "");
    lake.partition("orders", "2024-01-01", "orders/dt=2024-01-01/").await;
    assert_eq!(lake.ask(count).await, "2,3");
    lake.switch("orders", "2024-01-01", "compacted/1/").await;
    assert_eq!(lake.ask(count).await, "3,6");
    assert_eq!(lake.ask("show partitions orders").await, "dt=2024-01-01");
    // An object that is overwritten is read anew.
    lake.put("compacted/1/part.parquet", vec![("n", ints(&[7]))]).await;
    assert_eq!(lake.ask(count).await, "1,7");
    // Two partitions may be at one place.
    lake.partition("orders", "2024-01-02", "compacted/1/").await;
    assert_eq!(lake.ask("select dt, n from orders order by dt").await, "2024-01-01,7 | 2024-01-02,7");
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_on_the_day_choose_what_is_read() {
    let lake = Lake::start().await;
    lake.table("orders", &["n int"], &[]).await;
    for day in ["2024-01-01", "2024-01-02", "2024-01-03"] {
        lake.put(&format!("orders/dt={day}/a.parquet"), vec![("n", ints(&[1]))]).await;
        lake.partition("orders", day, &format!("orders/dt={day}/")).await;
    }
    for (condition, files) in [
        ("true", 3),
        ("dt >= '2024-01-02'", 2),
        ("dt between '2024-01-02' and '2024-01-02' and n = 1", 1),
        ("dt >= date_format(date_add('day', -1, date '2024-01-03'), '%Y-%m-%d')", 2),
        ("dt = '1999-01-01'", 0),
        ("dt = '2024-01-01' or n = 1", 3),
    ] {
        let sql = format!("select count(*) from orders where {condition}");
        let answer = lake.athena.query("web", &sql).await.unwrap();
        assert_eq!((answer.files, answer.rows[0][0].clone()), (files, Some(files.to_string())), "{condition}");
        assert_eq!(answer.bytes_scanned > 0, files > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projection_ignores_registered_partitions() {
    let lake = Lake::start().await;
    let parameters = [
        ("projection.enabled", "true"),
        ("projection.dt.type", "date"),
        ("projection.dt.range", "2024-01-01,2024-01-31"),
        ("projection.dt.format", "yyyy-MM-dd"),
    ];
    lake.table("orders", &["n int"], &parameters).await;
    lake.put("orders/dt=2024-01-02/a.parquet", vec![("n", ints(&[2]))]).await;
    lake.put("orders/dt=2024-02-02/a.parquet", vec![("n", ints(&[3]))]).await;
    lake.put("elsewhere/a.parquet", vec![("n", ints(&[4]))]).await;
    lake.partition("orders", "2024-01-05", "elsewhere/").await;
    assert_eq!(lake.ask("select dt, n from orders").await, "2024-01-02,2");
    assert_eq!(lake.ask("select dt, n from orders where dt >= '2024-02-01'").await, "");

    let parameters = [("projection.enabled", "true"), ("projection.dt.type", "injected")];
    lake.table("returns", &["n int"], &parameters).await;
    lake.put("returns/dt=a/a.parquet", vec![("n", ints(&[5]))]).await;
    assert_eq!(lake.ask("select n from returns where dt in ('a', 'b')").await, "5");
    let unbounded = lake.ask("select n from returns where dt > 'a'").await;
    assert!(unbounded.contains("its projection.dt.type is \"injected\"; the WHERE clause must compare"), "{unbounded}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_and_empty_objects_are_no_files() {
    let lake = Lake::start().await;
    lake.plain_table("orders", &["n int"]).await;
    for key in [
        "orders/a.parquet",
        "orders/deep/b.parquet",
        "orders/_c.parquet",
        "orders/.d.parquet",
        "orders/_temporary/e.parquet",
        "orders2/f.parquet",
    ] {
        lake.put(key, vec![("n", ints(&[1]))]).await;
    }
    lake.s3.put_object().bucket("lake").key("orders/folder/").send().await.unwrap();
    assert_eq!(lake.ask("select count(*) from orders").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_fit_its_declaration_is_named() {
    let lake = Lake::start().await;
    lake.table("orders", &["n int", "s string"], &[]).await;
    lake.put("orders/dt=1/good.parquet", vec![("n", ints(&[1])), ("s", texts(&["a"]))]).await;
    lake.put("orders/dt=2/bad.parquet", vec![("n", ints(&[1])), ("s", bigints(&[1]))]).await;
    lake.partition("orders", "1", "orders/dt=1/").await;
    lake.partition("orders", "2", "orders/dt=2/").await;
    assert_eq!(
        lake.ask("select * from orders").await,
        "HIVE_BAD_DATA: the column \"s\" is INT64 in the file s3://lake/orders/dt=2/bad.parquet, which is incompatible with the type string of the catalog"
    );
    assert_eq!(lake.ask("select * from orders where dt = '1'").await, "1,a,1");
    lake.s3
        .put_object()
        .bucket("lake")
        .key("orders/dt=2/bad.parquet")
        .body(b"text".to_vec().into())
        .send()
        .await
        .unwrap();
    let answer = lake.ask("select * from orders").await;
    assert!(
        answer.starts_with("HIVE_BAD_DATA: the file s3://lake/orders/dt=2/bad.parquet is not a readable Parquet file"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_with_the_nearest_name() {
    let lake = Lake::start().await;
    lake.plain_table("orders", &["user_id string"]).await;
    for (sql, expected) in [
        ("select * from orders where (", "the statement is not understood: "),
        ("select * from ordres", "the database \"web\" has no table \"ordres\": did you mean \"orders\"?"),
        ("select * from wep.orders", "the catalog has no database \"wep\": did you mean \"web\"?"),
        ("select userid from orders", "unknown column \"userid\": did you mean \"user_id\"?"),
        ("select o.usr_id from orders o", "unknown column \"usr_id\": did you mean \"user_id\"?"),
        ("drop table orders", "\"drop table orders\" is not answered: only SELECT"),
        ("select * from read_csv('/etc/passwd')", "the query failed: Permission Error"),
    ] {
        let answer = lake.ask(sql).await;
        assert!(answer.starts_with(expected), "{sql}: {answer}");
    }
    assert_eq!(lake.ask("show tables").await, "orders");
    assert_eq!(lake.ask("show databases").await, "web");
}

#[tokio::test(flavor = "multi_thread")]
async fn athenas_functions_work() {
    let lake = Lake::start().await;
    lake.plain_table("events", &["id string", "attributes string", "timestamp timestamp"]).await;
    let attributes = r#"{"properties":{"x":"1","n":5,"o":{"a":1},"l":[1,2],"a b":"c"},"context":{"page":{"url":"https://a.example/p/q?utm=mail#top"}}}"#;
    let columns = vec![
        ("id", texts(&["e1", "e2"])),
        ("attributes", texts(&[attributes, "broken"])),
        ("timestamp", moments(&[MOMENT, MOMENT])),
    ];
    lake.put("events/a.parquet", columns).await;
    for (expression, expected) in [
        ("json_extract_scalar(attributes, '$.properties.x')", "1"),
        ("json_extract_scalar(attributes, '$.properties.n')", "5"),
        ("json_extract_scalar(attributes, '$.properties.o')", "NULL"),
        ("json_extract_scalar(attributes, '$.properties[\"a b\"]')", "c"),
        ("json_extract_scalar(attributes, '$.none')", "NULL"),
        ("json_extract(attributes, '$.properties.o')", "{\"a\":1}"),
        ("cast(json_extract(attributes, '$.properties.n') as bigint) + 1", "6"),
        ("cast(json_extract(attributes, '$.properties.x') as varchar)", "1"),
        ("json_array_length(json_extract(attributes, '$.properties.l'))", "2"),
        ("url_extract_host(json_extract_scalar(attributes, '$.context.page.url'))", "a.example"),
        ("url_extract_parameter(json_extract_scalar(attributes, '$.context.page.url'), 'utm')", "mail"),
        ("date_trunc('hour', timestamp)", "2024-01-01 10:00:00.000"),
        ("\"timestamp\" at time zone 'America/New_York'", "2024-01-01 05:00:00.123"),
        ("from_iso8601_timestamp('2024-01-01T10:00:00Z')", "2024-01-01 10:00:00.000 UTC"),
        ("to_iso8601(timestamp)", "2024-01-01T10:00:00.123"),
        ("date_parse('2024-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2024-01-02 03:04:05.000"),
        ("date_format(timestamp, '%Y-%m-%d %H:%i')", "2024-01-01 10:00"),
        ("date_diff('day', timestamp, timestamp '2024-01-03 00:00:00')", "2"),
        ("7 / 2", "3"),
        ("7 / 2.0e0", "3.5"),
        ("regexp_extract('a12', '[0-9]+')", "12"),
        ("split('a,b', ',')", "[a, b]"),
        ("element_at(array[1, 2], 2)", "2"),
        ("element_at(map(array['a'], array[1]), 'a')", "1"),
        ("map(array['a'], array[1])", "{a=1}"),
    ] {
        assert_eq!(
            lake.ask(&format!("select {expression} from events where id = 'e1'")).await,
            expected,
            "{expression}"
        );
    }
    assert_eq!(lake.ask("select json_extract_scalar(attributes, '$.a') from events where id = 'e2'").await, "NULL");
    assert_eq!(
        lake.ask("select approx_distinct(id), approx_percentile(1, 0.5), arbitrary(length(id)) from events").await,
        "2,1,2"
    );
    let cte = "with events as (select * from events where id = 'e1') select count(*), (select count(*) from web.events) from events";
    assert_eq!(lake.ask(cte).await, "1,2");
    assert_eq!(
        lake.ask("select e.id, n from events e cross join unnest(sequence(1, 2)) as t(n) where id = 'e1' order by n")
            .await,
        "e1,1 | e1,2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_fetched_once() {
    let lake = Lake::start().await;
    lake.plain_table("orders", &["n int"]).await;
    lake.put("orders/a.parquet", vec![("n", ints(&[1]))]).await;
    let cached = || std::fs::read_dir(lake.path().join("cache/objects")).unwrap().count();
    let both = tokio::join!(lake.ask("select n from orders"), lake.ask("select n + 1 from orders"));
    assert_eq!(both, ("1".to_owned(), "2".to_owned()));
    assert_eq!(cached(), 1);
    lake.put("orders/a.parquet", vec![("n", ints(&[5]))]).await;
    assert_eq!(lake.ask("select n from orders").await, "5");
    assert_eq!(cached(), 2);
}
