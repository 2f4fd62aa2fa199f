use std::collections::BTreeMap;

use chrono::DateTime;
use notifications::{ObjectKey, Sequencer, Upload};
use pipeline::{
    Check, CheckRule, Column, Compression, Csv, Dataset, ExtraColumns, Format, FormatKind, KeyPattern, LoadMode,
    SlicePart, Table, TableRef,
};

use super::{LoadPlan, Request, SourceColumns, SourceFormat, plan};

pub(super) fn column(name: &str, data_type: &str) -> Column {
    Column {
        name: name.into(),
        data_type: data_type.into(),
        not_null: false,
        default: None,
        definition: format!("{name} {data_type}"),
        identity: false,
    }
}

pub(super) fn table() -> Table {
    Table {
        name: TableRef { schema: "shop".into(), name: "orders".into() },
        columns: vec![column("id", "integer"), column("month", "smallint"), column("note", "varchar(20)")],
        ddl: String::new(),
        path: "shop/tables/orders.sql".into(),
    }
}

fn csv() -> Csv {
    Csv {
        delimiter: ',',
        quote: '"',
        header: true,
        null: None,
        empty_as_null: true,
        encoding: "utf-8".into(),
        date_format: None,
        time_format: None,
    }
}

fn dataset(mode: LoadMode, checks: Vec<Check>) -> Dataset {
    Dataset {
        name: serde_json::from_str("\"orders\"").unwrap(),
        pipeline: "shop".into(),
        description: String::new(),
        key: KeyPattern::parse("shop/{month}.csv").unwrap(),
        format: Format { kind: FormatKind::Csv(csv()), compression: Compression::None },
        table: table().name,
        mode,
        rename: BTreeMap::new(),
        absent: Vec::new(),
        extra_columns: ExtraColumns::Refuse,
        checks,
        freshness: None,
    }
}

fn upload() -> Upload {
    Upload {
        bucket: "landing".into(),
        key: ObjectKey::from_plain("shop/o'clock.csv").unwrap(),
        version: Some("v1".into()),
        etag: "e1".into(),
        size: 10,
        sequencer: Some(Sequencer::new("0055aed6")),
        time: DateTime::from_timestamp_millis(1_700_000_000_123).unwrap(),
    }
}

fn planned(dataset: &Dataset, columns: &SourceColumns) -> LoadPlan {
    plan(&Request {
        dataset,
        table: &table(),
        upload: &upload(),
        captures: &BTreeMap::from([("month".to_owned(), "4".to_owned())]),
        columns,
        format: &SourceFormat::Csv { csv: csv(), compression: Compression::Gzip },
        manifest: "s3://lake/loads/orders/x/1/manifest.json",
        copy_role: "default",
        attempt: 1,
        deployment: "lake",
    })
}

fn positional() -> SourceColumns {
    SourceColumns::Positional(vec![Some("note".into()), Some("id".into()), Some("month".into())])
}

/// The statements of a plan, one per line, without the lock, guards and ledger row that every mode shares.
fn body(mode: LoadMode, checks: Vec<Check>, columns: &SourceColumns) -> String {
    let mut dataset = dataset(mode, checks);
    dataset.extra_columns = ExtraColumns::Ignore;
    let steps = planned(&dataset, columns).steps;
    let from = steps.iter().position(|s| matches!(s.role, super::Role::Delete | super::Role::Stage)).unwrap();
    steps[from..steps.len() - 1].iter().map(|s| format!("{}\n", s.sql)).collect()
}

fn check(name: &str, rule: CheckRule) -> Check {
    Check { name: name.into(), rule }
}

#[test]
fn a_replace_is_one_transaction_from_lock_to_ledger() {
    let dataset = dataset(LoadMode::Replace { slice: vec![] }, vec![check("rows.min", CheckRule::RowsMin(1))]);
    let plan = planned(&dataset, &positional());
    let id = upload().id();
    assert_eq!(plan.name, format!("landfall/load/lake/orders/{id}/1"));
    assert_eq!(plan.token.len(), 64);
    let text: String = plan.steps.iter().map(|s| format!("{}\n", s.sql)).collect();
    insta::assert_snapshot!(text.replace(id.as_str(), "<id>"));
}

#[test]
fn the_same_upload_makes_the_same_batch_and_another_attempt_another_token() {
    let dataset = dataset(LoadMode::Append, vec![]);
    let first = planned(&dataset, &positional());
    assert_eq!(first, planned(&dataset, &positional()));
    let table = table();
    let upload = upload();
    let second = plan(&Request {
        dataset: &dataset,
        table: &table,
        upload: &upload,
        captures: &BTreeMap::new(),
        columns: &positional(),
        format: &SourceFormat::Parquet,
        manifest: "s3://lake/m",
        copy_role: "arn:aws:iam::1:role/copy",
        attempt: 2,
        deployment: "lake",
    });
    assert_ne!(first.token, second.token);
    assert!(
        second.steps.iter().any(|s| s.sql.contains("IAM_ROLE 'arn:aws:iam::1:role/copy' MANIFEST FORMAT AS PARQUET"))
    );
}

#[test]
fn every_mode_in_its_own_statements() {
    let slice = vec![SlicePart { column: "month".into(), capture: "month".into() }];
    let modes = [
        ("truncate", LoadMode::Truncate),
        ("append", LoadMode::Append),
        ("merge", LoadMode::Merge { key: vec!["id".into()] }),
        ("slice", LoadMode::Replace { slice }),
    ];
    let text: String =
        modes.into_iter().map(|(name, mode)| format!("-- {name}\n{}", body(mode, vec![], &positional()))).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn a_dropped_column_goes_through_a_staging_table() {
    let columns = SourceColumns::Positional(vec![Some("id".into()), None, Some("month".into()), Some("note".into())]);
    insta::assert_snapshot!(body(LoadMode::Replace { slice: vec![] }, vec![], &columns));
}

#[test]
fn every_check_counts_what_is_wrong() {
    let other = TableRef { schema: "shop".into(), name: "customers".into() };
    let checks = vec![
        check("rows.max", CheckRule::RowsMax(9)),
        check("rows.max_drop", CheckRule::RowsMaxDrop(1250)),
        check("not_null(id)", CheckRule::NotNull("id".into())),
        check("unique(id, month)", CheckRule::Unique(vec!["id".into(), "month".into()])),
        check("references(id)", CheckRule::References { column: "id".into(), table: other, target: "key".into() }),
        check("accepted(note)", CheckRule::Accepted { column: "note".into(), values: vec!["it's".into(), "b".into()] }),
        check("own */ words", CheckRule::Sql { sql: "SELECT COUNT(*) FROM shop.orders WHERE id < 0".into() }),
    ];
    insta::assert_snapshot!(body(LoadMode::Replace { slice: vec![] }, checks, &positional()));
}

#[test]
fn hostile_names_stay_inside_their_quotes() {
    let mut upload = upload();
    upload.key = ObjectKey::from_plain("'; drop table landfall.loads; --\\").unwrap();
    let mut table = table();
    table.name.name = "a\"b".into();
    let dataset = dataset(LoadMode::Replace { slice: vec![] }, vec![]);
    let plan = plan(&Request {
        dataset: &dataset,
        table: &table,
        upload: &upload,
        captures: &BTreeMap::new(),
        columns: &positional(),
        format: &SourceFormat::Json { paths: None, compression: Compression::None },
        manifest: "s3://lake/it's",
        copy_role: "default",
        attempt: 1,
        deployment: "lake",
    });
    let text: String = plan.steps.iter().map(|s| format!("{}\n", s.sql)).collect();
    assert!(text.contains("'''; drop table landfall.loads; --\\\\'"), "{text}");
    assert!(text.contains("DELETE FROM \"shop\".\"a\"\"b\""), "{text}");
    assert!(text.contains("FROM 's3://lake/it''s'"), "{text}");
}
