use super::super::{AlterAppend, Catalog, Relation, StatementKind};
use super::Tables;
use redshift_types::RedshiftType;

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(Tables::default().translated(sql).sql, expected, "{sql}");
}

#[test]
fn storage_attributes_are_dropped() {
    check(
        "create table if not exists Public.\"Sales\" (id bigint encode az64 distkey, note varchar(max) collate case_insensitive \
         default 'x' not null, price numeric(10,2) default 0, constraint pk primary key (id), foreign key (id) references other (id)) \
         backup no diststyle key compound sortkey (id, price)",
        &[
            "CREATE TABLE IF NOT EXISTS \"public\".\"sales\" (\"id\" BIGINT NOT NULL, \"note\" VARCHAR COLLATE NOCASE DEFAULT 'x' NOT NULL, \
           \"price\" DECIMAL(10,2) DEFAULT 0)",
        ],
    );
    check(
        "create temp table #stage distkey(a) as select 1 as a",
        &["CREATE TEMPORARY TABLE \"#stage\" AS SELECT 1 AS a"],
    );
}

#[test]
fn columns_are_told() {
    let database = Tables::with(&["create table t (a int identity(0, 2), b varchar, c char(3) not null)"]);
    let table = database.definition(None, "t").unwrap();
    let columns: Vec<_> = table.iter().map(|c| (c.name.as_str(), c.data_type, c.not_null, c.identity)).collect();
    assert_eq!(
        columns,
        [
            ("a", RedshiftType::Integer, true, true),
            ("b", RedshiftType::Varchar(256), false, false),
            ("c", RedshiftType::Char(3), true, false),
        ]
    );
}

#[test]
fn tables_change() {
    check(
        "alter table s.t add column a varchar(5) encode zstd default 'x'",
        &["ALTER TABLE \"s\".\"t\" ADD COLUMN \"a\" VARCHAR DEFAULT 'x'"],
    );
    check("alter table t rename to u", &["ALTER TABLE \"t\" RENAME TO \"u\""]);
    check("alter table t alter sortkey (a)", &[]);
    let append = Tables::default().translated("alter table a.t append from b.s filltarget").kind;
    let expected = AlterAppend {
        target: Relation::in_schema("a", "t"),
        source: Relation::in_schema("b", "s"),
        ignore_extra: false,
        fill_target: true,
    };
    assert_eq!(append, StatementKind::AlterAppend(expected));
}

#[test]
fn views_bind_late_only_with_qualified_names() {
    let statement =
        Tables::default().translated("create or replace view v as select a from s.t with no schema binding");
    assert_eq!(statement.sql, ["CREATE OR REPLACE VIEW \"v\" AS SELECT a FROM s.t"]);
    assert!(matches!(statement.kind, StatementKind::CreateView { late_binding: true, or_replace: true, .. }));
    let error =
        super::translate("create view v as select a from t with no schema binding", &Tables::default()).unwrap_err();
    assert!(error.to_string().contains("should be qualified"), "{error}");
}
