use super::Database;

fn tables() -> Database {
    Database::with(&[
        "create table target (id int not null, name char(10), day date)",
        "create table source (id int, name char(10), day date)",
        "insert into target values (1, 'one', '2024-01-01'), (2, 'two', '2024-01-02')",
        "insert into source values (2, 'zwei', '2024-02-02'), (3, 'drei', '2024-02-03')",
    ])
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    let database = tables();
    database.run(sql);
    let rows = database.rows("select * from target order by id");
    assert_eq!(rows.lines().skip(1).collect::<Vec<_>>().join("; "), expected, "{sql}");
}

#[test]
fn rows_are_inserted_updated_and_deleted() {
    check(
        "insert into target (select * from source where id = 3)",
        "1 | one | 2024-01-01; 2 | two | 2024-01-02; 3 | drei | 2024-02-03",
    );
    check(
        "update target set name = s.name, day = '3/4/2024' from source s where s.id = target.id",
        "1 | one | 2024-01-01; 2 | zwei | 2024-03-04",
    );
    check("delete from target using source where target.id = source.id", "1 | one | 2024-01-01");
    check(
        "delete from target where day >= '2024-01-02' and day < dateadd(day, 1, '2024-01-02')",
        "1 | one | 2024-01-01",
    );
}

#[test]
fn merge_updates_and_inserts() {
    check(
        "merge into target using source on target.id = source.id when matched then update set name = source.name \
         when not matched then insert values (source.id, source.name, source.day)",
        "1 | one | 2024-01-01; 2 | zwei | 2024-01-02; 3 | drei | 2024-02-03",
    );
}

#[test]
fn merge_refuses_several_matches() {
    let database = tables();
    database.run("insert into source values (2, 'deux', null)");
    let error = database
        .try_run("merge into target using source on target.id = source.id when matched then delete when not matched then insert values (source.id, source.name, source.day)")
        .unwrap_err();
    assert!(error.contains("Found multiple matches to update the same tuple."), "{error}");
}

#[test]
fn not_null_is_kept_and_keys_are_not() {
    let database = Database::with(&[
        "create table t (id int primary key, code varchar(3) unique)",
        "insert into t values (1, 'a'), (1, 'a')",
    ]);
    assert_eq!(database.rows("select count(*) from t"), "count\n2");
    let error = database.try_run("insert into t values (null, 'b')").unwrap_err();
    assert!(error.contains("NOT NULL"), "{error}");
}

#[test]
fn a_guard_fails_with_its_text() {
    let database = tables();
    let guard = "select cast(case when count(*) > 1 then 'duplicate ' || max(id) else '0' end as integer) from target";
    let error = database.try_rows(guard).unwrap_err();
    assert!(error.contains("invalid input syntax for integer: \"duplicate 2\""), "{error}");
    assert_eq!(
        database.rows("select cast(case when count(*) > 9 then 'x' else '0' end as integer) from target"),
        "int4\n0"
    );
}

#[test]
fn subqueries_in_several_rows_are_refused() {
    let error = tables().try_run("insert into target (id) values ((select 1)), ((select 2))").unwrap_err();
    assert!(error.contains("can't use subqueries in multi-row VALUES"), "{error}");
}
