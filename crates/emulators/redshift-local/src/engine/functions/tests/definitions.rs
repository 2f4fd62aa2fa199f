use super::Database;

#[test]
fn identities_count() {
    let database = Database::with(&[
        "create table t (id int identity(10, 5), name varchar(5))",
        "insert into t (name) values ('a'), ('b')",
        "drop table t",
        "create table t (id int identity(10, 5), name varchar(5))",
        "insert into t (name) values ('c')",
    ]);
    assert_eq!(database.rows("select * from t"), "id | name\n10 | c");
}

#[test]
fn tables_like_others_keep_not_null() {
    let database = Database::with(&[
        "create table t (id int not null default 7, name varchar(5) default 'n')",
        "create temp table u (like t)",
        "create table v (like t including defaults)",
        "insert into v (name) values ('x')",
    ]);
    assert_eq!(database.rows("select * from v"), "id | name\n7 | x");
    assert!(database.try_run("insert into u (name) values ('x')").is_err());
}
