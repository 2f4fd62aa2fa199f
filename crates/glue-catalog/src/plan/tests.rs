use super::*;

fn wanted() -> Wanted {
    Wanted { name: "posts".into(), location: "s3://lake/web/transformed/posts/".into(), projection: false }
}

fn file(name: &str, columns: &str) -> File {
    let columns = columns.split(", ").filter(|column| !column.is_empty()).map(|column| {
        let (name, type_name) = column.split_once(' ').unwrap();
        Column { name: name.into(), type_name: type_name.into() }
    });
    File { url: format!("s3://lake/{name}"), date: "2026-01-02".into(), columns: columns.collect() }
}

/// The table that a creation or change leaves.
fn applied(change: &Change, before: Option<&Table>) -> Table {
    let input = match change {
        Change::Nothing => return before.unwrap().clone(),
        Change::Create(input) | Change::Update { input, .. } => input.clone(),
    };
    Table::builder()
        .name(input.name)
        .set_description(input.description)
        .set_owner(input.owner)
        .retention(input.retention)
        .set_table_type(input.table_type)
        .set_parameters(input.parameters)
        .set_storage_descriptor(input.storage_descriptor)
        .set_partition_keys(input.partition_keys)
        .version_id("1")
        .build()
        .unwrap()
}

fn table(columns: &str) -> Table {
    applied(&plan(None, &wanted(), &[file("first", columns)]).unwrap().change, None)
}

fn shown(table: &Table) -> String {
    let line = |column: &GlueColumn| format!("{} {}", column.name(), column.r#type().unwrap_or_default());
    columns_of(table).iter().map(line).collect::<Vec<_>>().join(", ")
}

#[test]
fn columns_are_added_at_the_end_and_widened() {
    let check = |before: &str, file_columns: &str, expected: &str| {
        let before = table(before);
        let plan = plan(Some(&before), &wanted(), &[file("f", file_columns)]).unwrap();
        assert_eq!(plan.refused, [], "{file_columns}");
        let after = applied(&plan.change, Some(&before));
        assert_eq!(shown(&after), expected, "{file_columns}");
        assert_eq!(plan.change == Change::Nothing, before == after, "{file_columns}");
    };
    check("a string, b int", "a string, b int", "a string, b int");
    check("a string, b int", "b int", "a string, b int");
    check("a string, b int", "", "a string, b int");
    check("a string, b int", "b int, c double, a string, d string", "a string, b int, c double, d string");
    check("a string, b int", "b bigint", "a string, b bigint");
    check("a string, b bigint", "b int", "a string, b bigint");
    check("a tinyint, b float", "a smallint, b double", "a smallint, b double");
    check("A string", "a string", "A string");
}

#[test]
fn a_new_table_is_the_union_of_its_files() {
    let files = [file("f", "a string, n int"), file("g", "b array<bigint>, n bigint"), file("h", "n smallint")];
    let plan = plan(None, &wanted(), &files).unwrap();
    let table = applied(&plan.change, None);
    assert_eq!(shown(&table), "a string, n bigint, b array<bigint>");
    assert_eq!(plan.added, ["a", "n", "b"]);
    assert_eq!(plan.widened, ["n int -> bigint"]);
    let storage = table.storage_descriptor().unwrap();
    assert_eq!(storage.location(), Some("s3://lake/web/transformed/posts/"));
    assert_eq!(storage.number_of_buckets(), -1);
    assert_eq!(table.table_type(), Some("EXTERNAL_TABLE"));
    assert_eq!(table.parameters().unwrap()["classification"], "parquet");
    assert_eq!(table.partition_keys()[0].name(), "dt");
    assert_eq!(table.partition_keys()[0].r#type(), Some("string"));
}

#[test]
fn what_others_set_stays() {
    let mut before = table("a int");
    before.description = Some("posts of users".into());
    before.owner = Some("team".into());
    before.retention = 7;
    before.parameters.as_mut().unwrap().insert("team".into(), "social".into());
    let storage = before.storage_descriptor.as_mut().unwrap();
    storage.columns.as_mut().unwrap()[0].comment = Some("a number".into());
    let plan = plan(Some(&before), &wanted(), &[file("f", "a bigint, b string")]).unwrap();
    let Change::Update { input, version_id } = &plan.change else { panic!("{plan:?}") };
    assert_eq!(version_id.as_deref(), Some("1"));
    assert_eq!((input.description(), input.owner(), input.retention()), (Some("posts of users"), Some("team"), 7));
    assert_eq!(input.parameters().unwrap()["team"], "social");
    assert_eq!(input.storage_descriptor().unwrap().columns()[0].comment(), Some("a number"));
    assert_eq!(input.storage_descriptor().unwrap().columns()[0].r#type(), Some("bigint"));
}

#[test]
fn what_cannot_be_read_is_refused_alone() {
    let before = table("a string, b bigint");
    let files = [file("bad", "c int, b string"), file("good", "c double")];
    let plan = plan(Some(&before), &wanted(), &files).unwrap();
    assert_eq!(
        shown(&applied(&plan.change, None)),
        "a string, b bigint, c double",
        "nothing of the refused file is taken"
    );
    let [(0, refusal)] = plan.refused.as_slice() else { panic!("{plan:?}") };
    insta::assert_snapshot!(refusal, @"s3://lake/bad: column b is string, and bigint in table posts, which no type reads both; give the column another name, or write bigint into it, and deliver the message again (table posts: a string, b bigint; file: c int, b string)");
}

#[test]
fn a_table_of_somebody_else_is_left_alone() {
    let check = |change: fn(&mut Table), expected: &str| {
        let mut before = table("a string");
        change(&mut before);
        let plan = plan(Some(&before), &wanted(), &[file("f", "b string")]).unwrap();
        assert_eq!(plan.change, Change::Nothing);
        let [(0, Refusal::Table { problem, .. })] = plan.refused.as_slice() else { panic!("{plan:?}") };
        assert_eq!(problem, expected);
    };
    check(|table| table.storage_descriptor = None, "it is no table of Parquet files");
    check(|table| table.partition_keys = None, "its partition keys are [], not [dt]");
    check(
        |table| table.storage_descriptor.as_mut().unwrap().location = Some("s3://other/".into()),
        "its location is s3://other/, not s3://lake/web/transformed/posts/",
    );
    let mut same = table("a string");
    same.storage_descriptor.as_mut().unwrap().location = Some("s3://lake/web/transformed/posts".into());
    assert_eq!(plan(Some(&same), &wanted(), &[file("f", "a string")]).unwrap().refused, []);
}

#[test]
fn projection_is_set_where_it_is_wanted() {
    let wanted = Wanted { projection: true, ..wanted() };
    let before = table("a string");
    let planned = plan(Some(&before), &wanted, &[file("f", "a string")]).unwrap();
    let after = applied(&planned.change, Some(&before));
    assert!(projection::is_projected(&after) && !projection::is_projected(&before));
    assert_eq!(plan(Some(&after), &wanted, &[file("f", "a string")]).unwrap().change, Change::Nothing);
    let older = File { date: "2025-12-30".into(), ..file("f", "a string") };
    let planned = plan(Some(&after), &wanted, &[older]).unwrap();
    let after = applied(&planned.change, Some(&after));
    assert_eq!(after.parameters().unwrap()["projection.dt.range"], "2025-12-30,NOW+1DAY");
}
