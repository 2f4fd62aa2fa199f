use crate::project::tests::check_dataset;

#[test]
fn columns_must_exist() {
    check_dataset(
        "expect.not_null = [\"a\", \"Loaded_A\"]",
        &["1:25: x.expect.not_null: table s.t has no column \"Loaded_A\"; did you mean \"loaded_at\"?"],
    );
    check_dataset(
        "expect.unique = [[\"a\", \"z\"], []]",
        &[
            "1:24: x.expect.unique: table s.t has no column \"z\"; there are a, b, c, loaded_at",
            "1:30: x.expect.unique: the list names no column",
        ],
    );
    check_dataset(
        "expect.accepted = { z = [\"1\"], b = [] }",
        &[
            "1:25: x.expect.accepted.z: table s.t has no column \"z\"; there are a, b, c, loaded_at",
            "1:36: x.expect.accepted.b: the list names no value; delete the line, or name what is accepted",
        ],
    );
    check_dataset(
        "mode = \"merge\"\nmerge_key = [\"a\", \"A\", \"z\"]",
        &[
            "2:19: x.merge_key: the column \"a\" occurs twice",
            "2:24: x.merge_key: table s.t has no column \"z\"; there are a, b, c, loaded_at",
        ],
    );
    check_dataset(
        "rename = { \"The A\" = \"a\", \"An A\" = \"A\", z = \"z\" }",
        &[
            "1:22: x.rename.\"The A\": \"An A\" is the column \"a\" already",
            "1:45: x.rename.z: table s.t has no column \"z\"; there are a, b, c, loaded_at",
        ],
    );
    check_dataset(
        "absent_columns = [\"z\", \"a\", \"c\", \"c\"]\nrename.C = \"c\"",
        &[
            "1:19: x.absent_columns: table s.t has no column \"z\"; there are a, b, c, loaded_at",
            "1:24: x.absent_columns: the column \"a\" is NOT NULL without a DEFAULT, so a file must carry it; give it a DEFAULT in its DDL, or allow NULL",
            "1:29: x.absent_columns: the column \"c\" is in the file: \"rename\" names it",
            "1:34: x.absent_columns: the column \"c\" is in the file: \"rename\" names it",
            "1:34: x.absent_columns: the column \"c\" occurs twice",
        ],
    );
    check_dataset(
        "expect.references = [{ column = \"z\", table = \"s.othr\", target = \"id\" }, { column = \"b\", table = \"s.other\", target = \"cod\" }, { column = \"a\", table = \"other\", target = \"id\" }]",
        &[
            "1:33: x.expect.references.column: table s.t has no column \"z\"; there are a, b, c, loaded_at",
            "1:46: x.expect.references.table: no file in tables/ creates s.othr; did you mean \"s.other\"?",
            "1:117: x.expect.references.target: table s.other has no column \"cod\"; did you mean \"code\"?",
            "1:150: x.expect.references.table: \"other\" is no table's name; write schema.table",
        ],
    );
}

#[test]
fn modes_have_their_own_keys() {
    check_dataset(
        "merge_key = [\"a\"]",
        &["1:13: x.merge_key: only mode = \"merge\" has a merge key; delete it, or set mode = \"merge\""],
    );
    check_dataset("slice = { a = \"{year}\" }", &[]);
    check_dataset(
        "slice = { a = \"{yeer}\", z = \"2015\" }",
        &[
            "1:15: x.slice.a: the key \"x/{year:digits}.csv\" has no capture {yeer}; there is only \"year\"",
            "1:29: x.slice.z: \"2015\" is no capture; write \"{z}\", with that name as a capture in the key",
            "1:29: x.slice.z: table s.t has no column \"z\"; there are a, b, c, loaded_at",
        ],
    );
    check_dataset(
        "mode = \"append\"\nslice = { a = \"{year}\" }\nexpect.rows.max_drop = \"10%\"",
        &[
            "2:9: x.slice: only mode = \"replace\" has a slice; delete it, or set mode = \"replace\"",
            "3:24: x.expect.rows.max_drop: only mode = \"replace\" or \"truncate\" has max_drop; delete it: with this mode a table does not lose rows",
        ],
    );
}

#[test]
fn values_must_make_sense() {
    check_dataset(
        "freshness = \"6 hours\"",
        &["1:13: x.freshness: \"6 hours\" is no span of time; write a whole number with m, h, d or w, such as \"6h\""],
    );
    check_dataset(
        "freshness = \"0h\"",
        &["1:13: x.freshness: \"0h\" is no span of time; write a whole number with m, h, d or w, such as \"6h\""],
    );
    check_dataset(
        "expect.rows = { min = 5, max = 4, max_drop = \"101%\" }",
        &[
            "1:32: x.expect.rows.max: at most 4 rows and at least 5 cannot both hold",
            "1:46: x.expect.rows.max_drop: \"101%\" is no share of rows; write a percentage from 0 to 100 with at most two decimals, such as \"10%\"",
        ],
    );
    let format = |keys: &str, expected: &[&str]| check_dataset(&format!("[datasets.x.format]\n{keys}"), expected);
    format(
        "type = \"parquet\"\ncompression = \"gzip\"\nnull = \"NA\"",
        &[
            "3:15: x.format.compression: a Parquet file is not compressed as a whole; write \"none\": Parquet compresses inside, and the file is read as it is",
            "4:8: x.format.null: only type = \"csv\" has \"null\"; delete it",
        ],
    );
    format(
        "type = \"csv\"\ndelimiter = \"é\"\nquote = \"\"",
        &[
            "3:13: x.format.delimiter: \"é\" cannot be used; write one ASCII character, such as \",\" or \"\\t\"",
            "4:9: x.format.quote: \"\" cannot be used; write one ASCII character, such as \",\" or \"\\t\"",
        ],
    );
    format(
        "type = \"csv\"\nquote = \",\"",
        &["3:9: x.format.quote: delimiter and quote are the same character \",\"; give each its own"],
    );
    format(
        "type = \"csv\"\nencoding = \"windows-125\"",
        &["3:12: x.format.encoding: \"windows-125\" is no encoding; did you mean \"windows-1252\"?"],
    );
    format(
        "type = \"csv\"\nheader = false\n[datasets.x.rename]\nA = \"a\"",
        &["4:1: x.rename: a file without a header has no names; delete it: the columns come in the table's order"],
    );
}
