use super::Database;

fn sales() -> Database {
    Database::with(&[
        "create table sales (id int, seller varchar(10), price decimal(8, 2), qty int, day date)",
        "insert into sales values (1, 'ann', 10.00, 3, '2024-01-05'), (2, 'bob ', 2.50, 4, '1/6/2024')",
        "insert into sales values (3, 'ann', 7.55, null, null)",
    ])
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    let rows = sales().rows(sql);
    assert_eq!(rows.lines().collect::<Vec<_>>().join("; "), expected, "{sql}");
}

#[test]
fn columns_without_alias_have_the_names_that_redshift_gives() {
    check(
        "select count(*), 1 + 1, dateadd(day, 1, min(day)), max(price)::int, upper('a'), case when true then 1 end from sales",
        "count | ?column? | date_add | max | upper | case; 3 | 2 | 2024-01-06 00:00:00 | 10 | A | 1",
    );
    check("select nvl(qty, 0), s.id, qty::varchar from sales s where id = 3", "coalesce | id | qty; 0 | 3 | NULL");
    check(
        "select 5::bigint, 'x', datediff(day, '2024-01-01', day) from sales where id = 1",
        "int8 | ?column? | date_diff; 5 | x | 4",
    );
}

#[test]
fn aggregates_have_the_types_of_redshift() {
    check(
        "select sum(qty), avg(qty), avg(price), sum(price) from sales",
        "sum | avg | avg | sum; 7 | 3 | 6.68 | 20.05",
    );
    check("select sum(price) / count(*) as mean, avg(qty::float8) as f from sales", "mean | f; 6.6833 | 3.5f");
    check(
        "select median(qty), percentile_cont(0.5) within group (order by qty) as p from sales",
        "median | p; 3.5f | 3.5f",
    );
}

#[test]
fn text_is_compared_without_trailing_blanks() {
    check("select id from sales where seller = 'bob'", "id; 2");
    check("select id from sales where seller in ('bob', 'x')", "id; 2");
    check("select a.id from sales a join sales b on a.seller = b.seller and b.id = 2", "id; 2");
}

#[test]
fn dates_are_compared_in_any_notation() {
    check("select id from sales where day = '01/05/2024'", "id; 1");
    check("select id from sales where day between '2024-01-06' and '20240107'", "id; 2");
}

#[test]
fn nulls_are_the_largest_values() {
    check("select id from sales order by day", "id; 1; 2; 3");
    check("select id from sales order by day desc", "id; 3; 2; 1");
}

#[test]
fn lists_windows_and_top() {
    check("select listagg(id, ',') within group (order by id desc) from sales", "listagg; 3,2,1");
    check(
        "select listagg(distinct seller, '+') within group (order by seller) as l from sales where seller = 'ann'",
        "l; ann",
    );
    check(
        "select id, avg(price) over (partition by seller) as a from sales order by id",
        "id | a; 1 | 8.77; 2 | 2.50; 3 | 8.77",
    );
    check("select top 1 id from sales order by price desc", "id; 1");
    check(
        "select id from sales qualify row_number() over (partition by seller order by id desc) = 1 order by id",
        "id; 2; 3",
    );
    check(
        "select count(distinct seller) as exact, approximate count(distinct id) as near from sales",
        "exact | near; 2 | 3",
    );
}

#[test]
fn shares_of_a_total() {
    check(
        "select id, ratio_to_report(qty) over () as share from sales where qty > 0 order by id",
        "id | share; 1 | 0.42857142857142855f; 2 | 0.5714285714285714f",
    );
}

#[test]
fn columns_from_rows_and_back() {
    check(
        "select * from (select seller, price from sales) pivot (avg(price) for seller in ('ann' as a, 'bob ' as b))",
        "a | b; 8.775f | 2.5f",
    );
}

#[test]
fn names_in_the_select_list_can_be_used_again() {
    check(
        "select price * qty as total, total / 2 as half from sales where id = 2",
        "total | half; 10.00 | 5.0000000000000",
    );
}

#[test]
fn common_tables_and_set_operations() {
    check(
        "with a as (select id from sales), b(x) as (select id from a minus select 1) select x / 2 as h from b order by 1",
        "h; 1; 1",
    );
    check(
        "select seller, count(*) from sales group by rollup(seller) order by 1",
        "seller | count; ann | 2; bob  | 1; NULL | 3",
    );
}

#[test]
fn paths_into_super() {
    let database = Database::with(&[
        "create table events (id int, body super)",
        "insert into events values (1, json_parse('{\"user\": {\"name\": \"ann\"}, \"tags\": [\"a\", \"b\"]}'))",
    ]);
    let rows = database.rows("select e.body.user.name, e.body.tags[1]::varchar as tag, body.missing from events e");
    assert_eq!(rows, "name | tag | missing\n\"ann\" | b | NULL");
    let rows = database.rows("select e.id, t, n from events as e, e.body.tags as t at n order by n");
    assert_eq!(rows, "id | t | n\n1 | \"a\" | 0\n1 | \"b\" | 1");
}
