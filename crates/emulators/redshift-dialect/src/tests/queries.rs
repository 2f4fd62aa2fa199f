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
