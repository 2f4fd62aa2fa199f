use super::super::{ObjectKind, Relation, StatementKind};
use super::{Tables, refused};

#[track_caller]
fn kind(sql: &str, expected: StatementKind) {
    assert_eq!(Tables::default().translated(sql).kind, expected, "{sql}");
}

#[test]
fn commands_are_recognised() {
    kind("BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE;", StatementKind::Begin);
    kind("end", StatementKind::Commit);
    kind("abort work", StatementKind::Rollback);
    kind("truncate table t", StatementKind::Truncate);
    kind("vacuum delete only t to 75 percent", StatementKind::Vacuum);
    kind("analyze t (a) predicate columns", StatementKind::Analyze);
    kind("comment on table t is 'x'", StatementKind::Comment);
    kind("show query_group", StatementKind::Show { name: "query_group".into() });
    kind("reset all", StatementKind::Reset { name: None });
    kind(
        "set search_path to '$user', public",
        StatementKind::Set { name: "search_path".into(), value: Some("\"$user\", public".into()) },
    );
    kind("copy t (a) from 's3://b/k' iam_role default csv", StatementKind::Copy);
    kind(
        "drop table if exists a, s.b cascade",
        StatementKind::Drop { object: ObjectKind::Table, if_exists: true, cascade: true },
    );
}

#[test]
fn locks_keep_their_order() {
    let statement = Tables::default().translated("lock table z, s.a");
    let tables = vec![Relation::unqualified("z"), Relation::in_schema("s", "a")];
    assert_eq!(statement.kind, StatementKind::Lock { tables });
}

#[test]
fn unload_reads_its_query() {
    let statement = Tables::default().translated("unload ('select ''x'' from s.t') to 's3://b/p' iam_role default");
    assert_eq!((statement.kind, statement.reads), (StatementKind::Unload, vec![Relation::in_schema("s", "t")]));
}

#[test]
fn what_is_not_known_is_an_error() {
    refused("selec 1", "syntax error at or near \"selec\"");
    refused("select 1; select 2", "multiple commands");
    refused(" ; ", "the statement is empty");
    refused("select 'x", "unterminated");
    refused("create table t (a int", "syntax error at end of input");
    refused("create table t (a int) partition by (a)", "syntax error at or near \"partition\"");
    refused("create table t (a int encode gzip)", "syntax error at or near \"gzip\"");
    refused("create table t (a serial)", "type \"serial\" does not exist");
    refused("create external table t (a int)", "does not know CREATE EXTERNAL");
    refused("call p()", "does not know CALL");
    refused("copy job list", "does not know COPY JOB");
    refused("values (1)", "syntax error at or near \"values\"");
    refused("select distinct on (a) a from t", "SELECT DISTINCT ON is not supported");
    refused("select * from (values (1)) t", "VALUES outside INSERT is not supported");
    refused("insert into t values (1) on conflict do nothing", "ON CONFLICT is not supported");
    refused("delete from t returning a", "RETURNING is not supported");
    refused("vacuum t quickly", "syntax error at or near \"quickly\"");
}
