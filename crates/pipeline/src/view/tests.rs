use super::*;

/// Name, columns and what is read; or the problem.
fn outcome(text: &str) -> String {
    let mut out = Collector::default();
    let result = read(Text { path: "v.sql", text }, &mut out);
    if let Some(problems) = out.finish() {
        return problems.to_string();
    }
    let view = result.unwrap();
    let columns = view.columns.map_or_else(|| "?".to_owned(), |columns| columns.join(" "));
    let reads: Vec<String> = view.names.reads().map(|table| table.to_string()).collect();
    format!("{} ({columns}) <- {}", view.view.name, reads.join(" "))
}

fn check(text: &str, expected: &str) {
    assert_eq!(outcome(text), expected, "{text}");
}

fn check_query(query: &str, expected: &str) {
    check(&format!("create or replace view s.v as {query} with no schema binding"), expected);
}

#[test]
fn views_of_redshift_are_read() {
    check("CREATE VIEW S.V AS SELECT 1 AS one WITH NO SCHEMA BINDING;", "s.v (one) <- ");
    check("create or replace view s.v (x, y) as select 1, 2 with no schema binding", "s.v (x y) <- ");
    check_query("select a, t.b, c + 1 as d from s.t", "s.v (a b d) <- s.t");
    check_query("select * from s.t", "s.v (?) <- s.t");
    check_query("select count(*) from s.t", "s.v (?) <- s.t");
    check_query("with x as (select a from s.t) select a from x join s.u using (a)", "s.v (a) <- s.t s.u");
    check_query("select a from s.t union all select b from s.u", "s.v (a) <- s.t s.u");
    check_query("select top 5 a from s.t order by a", "s.v (a) <- s.t");
    check_query("select approximate count(distinct a) as n from s.t", "s.v (n) <- s.t");
    check_query("select listagg(a, ',') within group (order by a) as l from s.t", "s.v (l) <- s.t");
    check_query(
        "select a from s.t qualify row_number() over (partition by a order by b desc nulls last) = 1",
        "s.v (a) <- s.t",
    );
    check_query(
        "select dateadd(day, 1, a) as d, a::date as e, a ~ 'x' as f, nvl2(a, b, c) as g from s.t",
        "s.v (d e f g) <- s.t",
    );
    check_query("select decode(a, 1, 'x', 'y') as d, datediff(day, a, getdate()) as n from s.t", "s.v (d n) <- s.t");
    check_query("select o.id, l.price from s.t as o, o.lines as l", "s.v (id price) <- s.t o.lines");
    check_query("select sum(a) over (partition by b rows unbounded preceding) as s from s.t", "s.v (s) <- s.t");
    check_query(
        "select interval '1 day' + a as b, extract(epoch from a) as e, trunc(a) as t from s.t",
        "s.v (b e t) <- s.t",
    );
    check_query("select a, \"B c\" from s.t where a ilike '%x%' and b similar to 'y'", "s.v (a b c) <- s.t");
}

#[test]
fn errors_have_their_place_and_a_remedy() {
    const ONLY: &str =
        "a file in views/ is one CREATE OR REPLACE VIEW schema.view AS SELECT ... WITH NO SCHEMA BINDING";
    check("select 1", &format!("v.sql:1:1: {ONLY}"));
    check("create table s.t (a int)", &format!("v.sql:1:8: {ONLY}"));
    check(
        "create view v as select 1 with no schema binding",
        "v.sql:1:13: \"v\" has no schema; write schema.v, so that it does not depend on the search path",
    );
    check(
        "create view s.v as\nselect 1 as a\nfrom s.t",
        "v.sql:3:9: WITH NO SCHEMA BINDING is missing at the end; add it: the view then survives when a table that it reads is made anew",
    );
    check(
        "create materialized view s.v as select 1",
        "v.sql:1:21: a materialized view binds to its tables; write CREATE OR REPLACE VIEW",
    );
    check(
        "create view pg_catalog.v as select 1 with no schema binding",
        "v.sql:1:13: the schema \"pg_catalog\" is reserved; name a schema of the pipeline's own",
    );
    check(
        "-- a\ncreate view s.v as\nselect a,\n  b c d\nfrom s.t\nwith no schema binding",
        "v.sql:4:7: expected the query's end, found \"d\"",
    );
    check("create view s.v as\nselect a from\nwith no schema binding", "v.sql:2:14: expected: identifier, found: EOF");
    check("create view s.v as\nselect (a + from s.t\nwith no schema binding", "v.sql:2:18: expected: ), found: s");
}
