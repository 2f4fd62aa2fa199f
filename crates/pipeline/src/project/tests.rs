use super::*;

const TABLE: &str = "create table if not exists s.t (a int not null, b varchar(3), c int default 1, loaded_at timestamp default getdate())";
const OTHER: &str = "create table if not exists s.other (id int, code varchar(3))";

/// A dataset that is right; the table has a default file.
const DATASET: &str =
    "description = \"d\"\n[datasets.x]\ndescription = \"x\"\nkey = \"x/{year:digits}.csv\"\ntable = \"s.t\"\n";
/// How many lines it has.
const LINES: usize = 5;

fn outcome(files: &[(&str, &str)]) -> Result<Project, String> {
    let files: Vec<SourceFile> =
        files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    parse(&files, &[]).map_err(|problems| problems.to_string())
}

/// The problems of these files, one per line.
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let problems = outcome(files).err().unwrap_or_default();
    assert_eq!(problems.lines().collect::<Vec<_>>(), expected, "{files:?}");
}

/// The problems of these keys, which follow those of a dataset that is right. `1:` in an expectation is the keys' first line.
pub(crate) fn check_dataset(keys: &str, expected: &[&str]) {
    let format = if keys.contains("[datasets.x.format]") { "" } else { "\n[datasets.x.format]\ntype = \"csv\"\n" };
    let text = format!("{DATASET}{keys}{format}");
    let problems = outcome(&[("p/pipeline.toml", &text), ("p/tables/t.sql", TABLE), ("p/tables/other.sql", OTHER)]);
    let problems = problems.err().unwrap_or_default();
    let problems: Vec<String> = problems
        .lines()
        .map(|line| {
            let rest = line.strip_prefix("p/pipeline.toml:").unwrap();
            let (number, rest) = rest.split_once(':').unwrap();
            let number = number.parse::<usize>().unwrap();
            format!("{}:{rest}", i64::try_from(number).unwrap() - i64::try_from(LINES).unwrap())
        })
        .map(|line| line.replace("datasets.x", "x"))
        .collect();
    assert_eq!(problems, expected, "{keys}");
}

#[test]
fn a_dataset_without_more_is_right() {
    let text = format!("{DATASET}[datasets.x.format]\ntype = \"csv\"\n");
    let project = outcome(&[("p/pipeline.toml", &text), ("p/tables/t.sql", TABLE)]).unwrap();
    let dataset = project.dataset("x").unwrap();
    insta::assert_snapshot!(
        format!("{:?} {:?} {:?} {:?}", dataset.mode, dataset.format, dataset.extra_columns, dataset.checks),
        @r#"Replace { slice: [] } Format { kind: Csv(Csv { delimiter: ',', quote: '"', header: true, null: None, empty_as_null: true, encoding: "utf-8", date_format: None, time_format: None }), compression: None } Refuse [Check { name: "rows.min", rule: RowsMin(1) }]"#
    );
}

#[test]
fn keys_and_types_are_all_checked() {
    check_dataset("mod = \"replace\"", &["1:1: x.mod: unknown key \"mod\"; did you mean \"mode\"?"]);
    check_dataset(
        "mode = \"replac\"",
        &["1:8: x.mode: \"replac\" is not one of replace, append, merge, truncate; did you mean \"replace\"?"],
    );
    check_dataset("mode = 1", &["1:8: x.mode: expected one of replace, append, merge, truncate, found the number 1"]);
    check_dataset("freshness = 6", &["1:13: x.freshness: expected a text in quotes, found the number 6"]);
    check_dataset("absent_columns = \"a\"", &["1:18: x.absent_columns: expected a list in [ ], found the text \"a\""]);
    check_dataset("rename = true", &["1:10: x.rename: expected a table of keys, found true"]);
    check_dataset(
        "expect.rows.min = -1",
        &["1:19: x.expect.rows.min: expected a whole number from 0 to 18446744073709551615, found -1"],
    );
    check_dataset("expect.unique = [\"a\"]", &["1:18: x.expect.unique: expected a list in [ ], found the text \"a\""]);
    check_dataset(
        "expect.sql = [{ name = \"n\" }]",
        &[
            "1:15: x.expect.sql: the key \"file\" is missing; its meaning: The file with the query, such as `\"checks/cancelled.sql\"`: one SELECT with one number",
        ],
    );
    check_dataset(
        "[datasets.x.format]",
        &["1:1: x.format: the key \"type\" is missing; its meaning: The shape of the records"],
    );
    check_dataset(
        "[datasets.x.format]\ntype = \"json\"",
        &[
            "2:8: x.format.type: \"json\" is not one of csv, json-lines, json-array, parquet; did you mean \"json-array\"?",
        ],
    );
}

#[test]
fn everything_is_reported_at_once() {
    let text = "[datasets.x]\nkey = \"a/*.csv\"\ntable = \"s.tt\"\nfrehness = \"6h\"\nmode = \"merge\"\n\
                [datasets.x.format]\ntype = \"csv\"\nheader = \"yes\"\nquote = \"''\"\n[datasets.x.expect]\nnot_null = [\"a\", 7]\n";
    check(
        &[("p/pipeline.toml", text), ("p/tables/t.sql", TABLE), ("p/tables/u.sql", "create tabel u")],
        &[
            "p/pipeline.toml:1:1: the key \"description\" is missing; its meaning: What this pipeline is for, in one line",
            "p/pipeline.toml:1:1: datasets.x: the key \"description\" is missing; its meaning: What the files contain, in one line",
            "p/pipeline.toml:2:7: datasets.x.key: \"*\" has no meaning in a key pattern; write a capture: \"a/{name}.csv\"",
            "p/pipeline.toml:4:1: datasets.x.frehness: unknown key \"frehness\"; did you mean \"freshness\"?",
            "p/pipeline.toml:5:8: datasets.x.mode: mode = \"merge\" needs a merge key; write merge_key = [\"...\"], the columns that identify a row",
            "p/pipeline.toml:8:10: datasets.x.format.header: expected true or false, found the text \"yes\"",
            "p/pipeline.toml:9:9: datasets.x.format.quote: \"''\" cannot be used; write one ASCII character, such as \",\" or \"\\t\"",
            "p/pipeline.toml:11:18: datasets.x.expect.not_null: expected a text in quotes, found the number 7",
            "p/tables/u.sql:1:1: a file in tables/ is one CREATE TABLE schema.table (...)",
        ],
    );
}

#[test]
fn text_that_is_no_toml_is_reported_with_its_place() {
    let problems = outcome(&[("p/pipeline.toml", "a = \nb = 'x\n"), ("p/tables/t.sql", "create")]).unwrap_err();
    let places: Vec<&str> = problems.lines().map(|line| &line[..line.find(": ").unwrap()]).collect();
    assert_eq!(places, ["p/pipeline.toml:1:5", "p/pipeline.toml:2:7", "p/tables/t.sql:1:1"], "{problems}");
}

#[test]
fn checks_have_unique_names_and_fit_into_a_batch() {
    check_dataset(
        "expect.not_null = [\"a\", \"A\"]",
        &["1:25: x.expect.not_null: two checks have the name not_null(a); delete one, or rename it"],
    );
    let values = |count: usize| {
        let columns: Vec<String> = (0..count).map(|i| format!("c{i}")).collect();
        let table = format!("create table if not exists s.t ({} int)", columns.join(" int, "));
        let text = format!("{DATASET}expect.not_null = {columns:?}\n[datasets.x.format]\ntype = \"csv\"\n");
        outcome(&[("p/pipeline.toml", &text), ("p/tables/t.sql", &table)])
    };
    assert_eq!(values(27).unwrap().dataset("x").unwrap().checks.len(), 28);
    assert_eq!(
        values(28).unwrap_err(),
        "p/pipeline.toml:6:1: datasets.x.expect: there are 29 checks, and at most 28 fit into one transaction; put several rules into one query of \"sql\""
    );
}

#[test]
fn an_empty_file_is_allowed_only_on_request() {
    let checks = |keys: &str| {
        let text = format!("{DATASET}{keys}\n[datasets.x.format]\ntype = \"csv\"\n");
        let project = outcome(&[("p/pipeline.toml", &text), ("p/tables/t.sql", TABLE)]).unwrap();
        format!("{:?}", project.dataset("x").unwrap().checks.iter().map(|check| &check.rule).collect::<Vec<_>>())
    };
    assert_eq!(checks("expect.rows.max = 9"), "[RowsMin(1), RowsMax(9)]");
    assert_eq!(checks("expect.rows.min = 0"), "[RowsMin(0)]");
    assert_eq!(checks("mode = \"truncate\""), "[RowsMin(1)]");
    assert_eq!(checks("mode = \"append\""), "[]");
    assert_eq!(checks("expect.rows.max_drop = \"12.5%\""), "[RowsMin(1), RowsMaxDrop(1250)]");
    assert_eq!(
        checks("expect.accepted.b = [\"x\"]\nexpect.not_null = [\"B\"]"),
        "[RowsMin(1), Accepted { column: \"b\", values: [\"x\"] }, NotNull(\"b\")]"
    );
}

#[test]
fn queries_of_checks_are_files_that_are_used() {
    let text = format!(
        "{DATASET}expect.sql = [\n{{ name = \"one\", file = \"checks/one.sql\" }},\n{{ name = \"Two\", file = \"checks/on.sql\" }},\n\
         {{ name = \"one\", file = \"checks/one.sql\" }}]\n[datasets.x.format]\ntype = \"csv\"\n"
    );
    let files = [
        ("p/pipeline.toml", text.as_str()),
        ("p/tables/t.sql", TABLE),
        ("p/checks/one.sql", "-- it counts\nselect count(*) from s.t where bb > 1; -- all"),
        ("p/checks/two.sql", "select a, b from s.t"),
        ("p/reports/r.sql", "select 1"),
    ];
    check(
        &files,
        &[
            "p/checks/one.sql:2:32: none of the tables that are read has a column \"bb\"; there are a, b, c, loaded_at",
            "p/checks/two.sql:1:1: no check uses this file; name it in \"expect.sql\" of a dataset, with file = \"checks/two.sql\", or delete it",
            "p/checks/two.sql:1:8: a check's query has one column; write SELECT COUNT(*) FROM ... WHERE <the rule is broken>",
            "p/pipeline.toml:8:10: datasets.x.expect.sql.name: \"Two\" cannot be a rule's name; a rule's name is made of a-z, 0-9 and _, begins with a letter and has at most 127 bytes",
            "p/pipeline.toml:8:24: datasets.x.expect.sql.file: there is no file \"checks/on.sql\" in the pipeline's folder; did you mean \"checks/one.sql\"?",
            "p/pipeline.toml:9:10: datasets.x.expect.sql.name: two checks have the name one; delete one, or rename it",
            "p/reports/r.sql:1:1: nothing reads this file; SQL files of a pipeline are in tables/, views/ or checks/",
        ],
    );
}

#[test]
fn the_text_of_a_check_fits_into_parentheses() {
    let text = format!(
        "{DATASET}expect.sql = [{{ name = \"one\", file = \"checks/one.sql\" }}]\n[datasets.x.format]\ntype = \"csv\"\n"
    );
    let query = "-- it counts\nselect count(*) from s.t where a > 1; -- all";
    let project =
        outcome(&[("p/pipeline.toml", &text), ("p/tables/t.sql", TABLE), ("p/checks/one.sql", query)]).unwrap();
    let rule = &project.dataset("x").unwrap().checks[1].rule;
    assert_eq!(format!("{rule:?}"), "Sql { sql: \"select count(*) from s.t where a > 1\" }");
}

/// A pipeline of one dataset.
fn dataset(name: &str, key: &str, table: &str, keys: &str) -> String {
    format!(
        "description = \"d\"\n[datasets.{name}]\ndescription = \"x\"\nkey = \"{key}\"\ntable = \"{table}\"\n{keys}\nformat.type = \"csv\"\n"
    )
}

#[test]
fn datasets_share_no_name_no_key_and_no_replaced_table() {
    let tables = [("a/tables/t.sql", TABLE), ("a/tables/other.sql", OTHER)];
    let pair = |a: &str, b: &str, expected: &[&str]| {
        check(&[&tables[..], &[("a/pipeline.toml", a), ("b/pipeline.toml", b)]].concat(), expected);
    };
    pair(&dataset("x", "x/{a}.csv", "s.t", ""), &dataset("y", "y/{a}.csv", "s.other", ""), &[]);
    pair(
        &dataset("x", "x/{a}.csv", "s.t", ""),
        &dataset("x", "y/{a}.csv", "s.other", ""),
        &["b/pipeline.toml:2:1: datasets.x: the pipeline \"a\" has a dataset \"x\" already; rename one of them"],
    );
    pair(
        &dataset("x", "x/{a}.csv", "s.t", ""),
        &dataset("y", "x/y{b}.csv", "s.other", ""),
        &[
            "b/pipeline.toml:4:7: datasets.y.key: the dataset \"x\" also takes the key \"x/yx.csv\"; \"x/y{b}.csv\" and \"x/{a}.csv\" must differ in their text",
        ],
    );
    pair(
        &dataset("x", "x/{a}.csv", "s.t", ""),
        &dataset("y", "y/{a}.csv", "S.T", "mode = \"append\""),
        &[
            "b/pipeline.toml:5:9: datasets.y.table: the dataset \"x\" loads s.t too, and one of them replaces all rows; give each its own table, or use mode = \"append\", \"merge\" or a slice in both",
        ],
    );
    pair(
        &dataset("x", "x/{a}.csv", "s.t", "mode = \"append\""),
        &dataset("y", "y/{a}.csv", "s.t", "slice = { a = \"{a}\" }"),
        &[],
    );
}

#[test]
fn names_and_places_of_files_are_checked() {
    let right = dataset("x", "x.csv", "s.t", "");
    check(
        &[("P q/pipeline.toml", &right), ("P q/tables/t.sql", TABLE)],
        &[
            "P q/pipeline.toml:1:1: \"P q\" cannot be a pipeline's name; a pipeline's folder is named with a-z, 0-9, - and _, a letter first",
        ],
    );
    check(
        &[("p/tables/t.sql", TABLE)],
        &["p/tables/t.sql:1:1: the folder \"p\" has no pipeline.toml; write p/pipeline.toml, or delete the folder"],
    );
    check(
        &[("p/pipeline.toml", "description = \"d\"\n[datasets]\n")],
        &["p/pipeline.toml:2:1: datasets: the pipeline has no dataset; write [datasets.<name>]"],
    );
    check(
        &[("p/pipeline.toml", &dataset("X-1", "x.csv", "landfall.t", "")), ("q.sql", "")],
        &[
            "p/pipeline.toml:2:1: datasets.X-1: \"X-1\" cannot be a dataset's name; a dataset's name is made of a-z, 0-9 and _, and begins with a letter",
            "p/pipeline.toml:5:9: datasets.X-1.table: the schema \"landfall\" is reserved; name a schema of the pipeline's own",
            "q.sql:1:1: the file is in no pipeline's folder; move it to <pipeline>/",
        ],
    );
    check(
        &[("p/pipeline.toml", &right), ("p/tables/t.sql", TABLE), ("p/tables/u.sql", TABLE)],
        &["p/tables/u.sql:1:1: s.t is created twice, also by p/tables/t.sql; delete one, or rename it"],
    );
}

/// The problems of views of a project whose dataset is right.
fn check_views(views: &[(&str, &str)], expected: &[&str]) {
    let right = dataset("x", "x.csv", "s.t", "");
    let sql: Vec<(String, String)> = views
        .iter()
        .map(|(name, query)| {
            (format!("p/views/{name}.sql"), format!("create view s.{name} as {query}\nwith no schema binding"))
        })
        .collect();
    let mut files = vec![("p/pipeline.toml", right.as_str()), ("p/tables/t.sql", TABLE), ("p/tables/other.sql", OTHER)];
    files.extend(sql.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    check(&files, expected);
}

#[test]
fn views_name_tables_and_columns_that_exist() {
    check_views(
        &[("v", "select x.a, b, sum(c) as n from s.t as x join s.other o on o.id = x.a group by 1, 2 order by n")],
        &[],
    );
    check_views(
        &[("v", "select dateadd(day, 1, loaded_at) as day, sysdate as s from s.t where day > '2015-01-01'")],
        &[],
    );
    check_views(
        &[(
            "v",
            "with w as (select a as z from s.t) select z, y.k from w join (select id as k from s.other) y on k = z",
        )],
        &[],
    );
    check_views(&[("v", "select t.anything from spectrum.t, pg_catalog.pg_tables, landfall.loads")], &[]);
    check_views(
        &[("v", "select a from s.tt")],
        &["p/views/v.sql:1:34: there is no table or view s.tt; did you mean \"s.t\"?"],
    );
    check_views(&[("v", "select a from t")], &["p/views/v.sql:1:34: \"t\" has no schema; write s.t"]);
    check_views(
        &[("v", "select x.aa,\n  o.ident from s.t x, s.other o")],
        &[
            "p/views/v.sql:1:29: s.t has no column \"aa\"; there are a, b, c, loaded_at",
            "p/views/v.sql:2:5: s.other has no column \"ident\"; there are code, id",
        ],
    );
    check_views(
        &[("v", "select loaded_ta from s.t")],
        &[
            "p/views/v.sql:1:27: none of the tables that are read has a column \"loaded_ta\"; did you mean \"loaded_at\"?",
        ],
    );
    check_views(
        &[("v", "select a as alpha from s.t"), ("w", "select v.alpha, v.beta from s.v")],
        &["p/views/w.sql:1:38: s.v has no column \"beta\"; there is only \"alpha\""],
    );
}

#[test]
fn a_file_with_errors_is_no_reason_for_more() {
    let right = dataset("x", "x.csv", "s.t", "expect.not_null = [\"zzz\"]");
    let view = "create view s.v as select zzz from s.t with no schema binding";
    check(
        &[
            ("p/pipeline.toml", &right),
            ("p/tables/t.sql", "create table if not exists s.t (a int"),
            ("p/views/v.sql", view),
        ],
        &["p/tables/t.sql:1:38: expected an attribute of the column, \",\" or \")\", found the end of the file"],
    );
    check(
        &[("p/pipeline.toml", &right), ("p/tables/t.sql", "create temp table s.t (a int)"), ("p/views/v.sql", view)],
        &[
            "p/tables/t.sql:1:1: a file in tables/ is one CREATE TABLE schema.table (...); TEMP tables are no target of a load",
        ],
    );
}

#[test]
fn tables_and_views_come_in_the_order_of_their_dependencies() {
    let right = dataset("x", "x.csv", "s.t", "");
    let child = "create table if not exists s.a_child (id int references s.t (a))";
    let views = [("a", "s.c"), ("b", "s.t"), ("c", "s.b")];
    let views = views.map(|(name, from)| {
        (format!("p/views/{name}.sql"), format!("create view s.{name} as select a from {from} with no schema binding"))
    });
    let mut files =
        vec![("p/pipeline.toml", right.as_str()), ("p/tables/t.sql", TABLE), ("p/tables/a_child.sql", child)];
    files.extend(views.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let project = outcome(&files).unwrap();
    let names = |names: Vec<&TableRef>| names.iter().map(|name| name.name.clone()).collect::<Vec<_>>().join(" ");
    assert_eq!(names(project.pipelines[0].tables.iter().map(|table| &table.name).collect()), "t a_child");
    assert_eq!(names(project.pipelines[0].views.iter().map(|view| &view.name).collect()), "b c a");
    check_views(
        &[("v", "select a from s.w"), ("w", "select a from s.v")],
        &[
            "p/views/v.sql:1:1: the view s.v reads itself, through 2 views",
            "p/views/w.sql:1:1: the view s.w reads itself, through 2 views",
        ],
    );
}

#[test]
fn a_wrong_column_hides_no_other_problem() {
    let wrong = dataset("x", "x.csv", "s.t", "expect.not_null = [\"a\", \"zzz\"]");
    check(
        &[("p/pipeline.toml", &wrong), ("p/tables/t.sql", "create table s.t (a int nott null, b int)")],
        &[
            "p/pipeline.toml:6:25: datasets.x.expect.not_null: table s.t has no column \"zzz\"; there are a, b",
            "p/tables/t.sql:1:25: expected an attribute of the column, \",\" or \")\", found \"nott\"; did you mean \"not\"?",
        ],
    );
}

#[test]
fn a_file_that_cannot_be_read_hides_no_other_problem() {
    let wrong = dataset("x", "x.csv", "s.t", "expect.not_nul = [\"a\"]");
    let files = [("p/pipeline.toml", wrong.as_str()), ("q/tables/u.sql", "create table s.u (a bgint)")];
    let files = files.map(|(path, text)| SourceFile { path: path.to_owned(), text: text.to_owned() });
    let unread = |file: &str| Problem {
        file: file.to_owned(),
        line: 1,
        column: 3,
        key: None,
        message: "this is not UTF-8".to_owned(),
        help: None,
    };
    let unread = [unread("p/tables/t.sql"), unread("q/pipeline.toml")];
    let problems = crate::parse_with_unread(&files, &unread).unwrap_err().to_string();
    assert_eq!(
        problems.lines().collect::<Vec<_>>(),
        [
            "p/pipeline.toml:6:8: datasets.x.expect.not_nul: unknown key \"not_nul\"; did you mean \"not_null\"?",
            "p/tables/t.sql:1:3: this is not UTF-8",
            "q/pipeline.toml:1:3: this is not UTF-8",
            "q/tables/u.sql:1:21: \"bgint\" is no type of Redshift; did you mean \"bigint\"?",
        ]
    );
}
