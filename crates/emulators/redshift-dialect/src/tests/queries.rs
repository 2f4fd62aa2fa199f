use super::{Tables, refused};

#[track_caller]
fn check(sql: &str, expected: &str) {
    let tables = Tables::with(&["create table sales (id int, seller varchar(10), price decimal(8, 2), day date)"]);
    assert_eq!(tables.duckdb(sql), expected, "{sql}");
}

#[test]
fn queries_are_written_for_duckdb() {
    check("select ID, \"Seller\" from Sales order by 1 limit 3", "SELECT id, \"seller\" FROM sales ORDER BY 1 LIMIT 3");
    check(
        "select len(seller), price / 2, getdate() from sales where seller = 'x'",
        "SELECT RS_LEN(seller) AS \"len\", CAST(RSOP_DIVIDE(price, 2) AS DECIMAL(19, 13)) AS \"?column?\", RS_GETDATE() AS \"getdate\" FROM sales WHERE RTRIM(seller, ' ') = 'x'",
    );
    check(
        "select '42'::int, day from sales where day >= '1/5/2024'",
        "SELECT RSOP_INT4('42') AS \"int4\", day FROM sales WHERE day >= CAST('2024-01-05' AS DATE)",
    );
    check(
        "select count(*), listagg(id, ',') within group (order by id) from sales",
        "SELECT COUNT(*) AS \"count\", STRING_AGG(CAST(id AS TEXT), ',' ORDER BY id) AS \"listagg\" FROM sales",
    );
}

#[test]
fn functions_that_only_duckdb_has_are_none_of_redshifts() {
    refused("select list_value(1)", "function list_value() does not exist");
}

#[test]
fn relations_are_found_without_common_tables() {
    let statement = Tables::default().translated("with x as (select * from public.sales) select * from x join other o on o.id = x.id where o.id in (select id from third)");
    let reads: Vec<String> = statement.reads.iter().map(ToString::to_string).collect();
    assert_eq!(reads, ["other", "third", "public.sales"]);
}

#[test]
fn only_names_are_read_from() {
    refused("select * from 'x'", "syntax error at or near \"'x'\"\n  Position: 15");
    refused("select 1 from t join (select * from 'x') u on true", "syntax error at or near \"'x'\"");
    refused("update t set a = 1 from 'x'", "syntax error at or near \"'x'\"");
    refused("select * from memory.main.t", "database \"memory\" does not exist");
    refused("lock memory.main.t", "database \"memory\" does not exist");
    refused("select system.main.getvariable('x')", "function getvariable() does not exist");
    check("select 'sales' as name from sales", "SELECT 'sales' AS name FROM sales");
}

#[test]
fn a_common_table_hides_a_relation_only_where_it_is_seen() {
    let reads = |sql: &str| Tables::default().translated(sql).reads.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(reads("with t as (select 1 as a) select * from t"), [""; 0]);
    assert_eq!(reads("with t as (select * from t) select * from t"), ["t"]);
    assert_eq!(reads("with a as (select * from b), b as (select 1 as x) select * from a, b"), ["b"]);
    assert_eq!(reads("select * from t, (with t as (select 1 as a) select * from t) u"), ["t"]);
    assert_eq!(reads("with recursive t as (select 1 as a union all select a + 1 from t) select * from t"), [""; 0]);
}
