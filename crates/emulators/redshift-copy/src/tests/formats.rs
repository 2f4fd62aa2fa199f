//! Text, CSV and JSON: what is loaded and what is refused.

use super::{check, loaded};

#[test]
fn csv_rows() {
    const DDL: &str = "a int; b varchar(10)";
    check(DDL, "CSV", "1,x\n2,y\n", "1|x / 2|y");
    check(DDL, "CSV", "1,x\r\n2,y", "1|x / 2|y");
    check(DDL, "CSV IGNOREHEADER 1", "\u{feff}a,b\n1,\"x, \"\"y\"\"\n\"\n", "1|x, \"y\"\n");
    check(DDL, "CSV DELIMITER ';' QUOTE ''''", "1;'x;y'\n", "1|x;y");
    check(DDL, "CSV", "", "");
    check(DDL, "CSV IGNOREHEADER 3", "a,b\n", "");
    check(DDL, "CSV", "1 , x \n", "1| x ");
}

#[test]
fn nulls_and_blanks() {
    const DDL: &str = "a int; b varchar(10)";
    check(DDL, "CSV", ",\n   ,   \n\\N,\\N\n", "NULL| / NULL|    / NULL|NULL");
    check(DDL, "CSV EMPTYASNULL BLANKSASNULL", ",\n   ,   \n", "NULL|NULL / NULL|NULL");
    check(DDL, "CSV NULL AS 'none'", "none,none\n1,\\N\n", "NULL|NULL / 1|\\N");
    check(DDL, "CSV NULL AS '\\0'", "1,\0\n", "1|NULL");
    check("a int not null", "CSV", "1\n\"\"\n", "line 2 a int4(0) at 0: 1213 Missing data for not-null field []");
}

#[test]
fn wrong_numbers_of_fields() {
    const DDL: &str = "a int; b varchar(10); c int";
    check(DDL, "CSV", "1,x,2\n1,x\n", "line 2 c int4(0) at 3: 1214 Delimiter not found []");
    check(DDL, "CSV", "1,x,2,3\n", "line 1  () at 6: 1202 Extra column(s) found [3]");
    check(DDL, "CSV FILLRECORD", "1\n2,x\n", "1||NULL / 2|x|NULL");
    check(DDL, "CSV", "1,x,2\n\n", "line 2 a int4(0) at 0: 1211 Empty line found []");
    check(DDL, "CSV IGNOREBLANKLINES", "1,x,2\n\n\r\n2,y,3\n", "1|x|2 / 2|y|3");
    check(DDL, "", "1|x|2|\n", "1|x|2");
    check("a varchar(3)", "", "x\n\ny\n", "x /  / y");
}

#[test]
fn lines_and_positions() {
    const DDL: &str = "a varchar(10); b int";
    check(
        DDL,
        "CSV IGNOREHEADER 1",
        "a,b\n\"x\ny\",1\nabc,1z\n",
        "line 4 b int4(0) at 4: 1207 Invalid digit, Value 'z', Pos 1, Type: Integer [1z]",
    );
    check(DDL, "CSV", "a\"b,1\n", "line 1 a varchar(10) at 1: 1214 Invalid quote formatting for CSV []");
}

#[test]
fn each_type_has_its_errors() {
    let one =
        |ddl: &str, options: &str, field: &str, expected: &str| check(ddl, options, &format!("{field}\n"), expected);
    one("a smallint", "", "32768", "line 1 a int2(0) at 0: 1222 Overflow, Column type: Short [32768]");
    one("a decimal(8,2)", "", "20.259", "20.25");
    one("a decimal(8,2)", "ROUNDEC", "20.259", "20.26");
    one("a decimal(4,2)", "", "100", "line 1 a numeric(4, 2) at 0: 1204 Overflow for NUMERIC(4,2) [100]");
    one("a decimal(38,0)", "", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999");
    one("a float", "", "1.5e2", "150.0");
    one("a boolean", "", "YES", "true");
    one("a boolean", "", "maybe", "line 1 a bool(0) at 0: 1210 Unknown boolean format [maybe]");
    one("a varchar(3)", "", "abcd", "line 1 a varchar(3) at 0: 1204 String length exceeds DDL length [abcd]");
    one("a varchar(3)", "TRUNCATECOLUMNS", "abcd", "abc");
    one("a char(3)", "", "ab ", "ab");
    one("a varbyte(4)", "", "00ff", "00ff");
    one("a super", "", "{\"b\": 1}", "{\"b\": 1}");
    one("a time", "", "04:05:06.789", "04:05:06.789");
    one("a timetz", "", "04:05:06-8", "04:05:06-08:00");
}

#[test]
fn dates_and_timestamps() {
    let one =
        |ddl: &str, options: &str, field: &str, expected: &str| check(ddl, options, &format!("{field}\n"), expected);
    one("a date", "", "2008-01-31", "2008-01-31");
    one(
        "a date",
        "",
        "1/2/2008",
        "line 1 a date(0) at 0: 1205 Invalid Date Format - length must be 10 or more [1/2/2008]",
    );
    one(
        "a date",
        "",
        "31-01-2008",
        "line 1 a date(0) at 0: 1205 Invalid date format or value [YYYY-MM-DD] [31-01-2008]",
    );
    one("a date", "DATEFORMAT 'auto'", "Jan-31-2008", "2008-01-31");
    one("a date", "ACCEPTANYDATE DATEFORMAT 'YYYY-MM-DD'", "00/00/0000", "NULL");
    one("a timestamp", "", "2008-01-31 10:11:12.5", "2008-01-31 10:11:12.500");
    one(
        "a timestamp",
        "",
        "2008-01-31T10:11:12Z",
        "line 1 a timestamp(0) at 0: 1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS] [2008-01-31T10:11:12Z]",
    );
    one("a timestamp", "TIMEFORMAT 'auto'", "2008-01-31T10:11:12Z", "2008-01-31 10:11:12");
    one("a timestamp", "TIMEFORMAT 'epochmillisecs'", "1458153475123", "2016-03-16 18:37:55.123");
}

#[test]
fn timestamps_with_a_zone_are_kept_in_utc() {
    check("a timestamptz", "", "2008-01-31 10:11:12-08\n", "2008-01-31 18:11:12+00:00");
}

#[test]
fn characters() {
    let csv = |ddl: &str, options: &str, bytes: &[u8]| loaded(ddl, options, bytes);
    assert_eq!(csv("a varchar(9)", "CSV ACCEPTINVCHARS", b"a\xffb\n"), "a?b");
    assert_eq!(
        csv("a varchar(9)", "CSV", b"ok\na\xffb\n"),
        "line 2 a varchar(9) at 0: 1220 String contains invalid or unsupported UTF8 codepoints. \
         Bad UTF8 hex sequence: ff (error 3) [a?b]"
    );
    assert_eq!(
        csv("a varchar(9)", "CSV", b"a\0b\n"),
        "line 1 a varchar(9) at 0: 1218 Invalid null byte - field longer than 1 byte [a?b]"
    );
    let utf16: Vec<u8> = [0xfeff_u16].into_iter().chain("é,1\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(csv("a varchar(9); b int", "CSV ENCODING UTF16", &utf16), "é|1");
    assert_eq!(
        csv("a varchar(9); b int", "CSV ENCODING UTF16", b"e,1\n"),
        "s3://in/file could not be read to its end: ENCODING UTF16 needs a byte order mark; \
         name UTF16LE or UTF16BE for a file without one"
    );
}

#[test]
fn json_by_key() {
    const DDL: &str = "a int; b varchar(20); c super";
    check(
        DDL,
        "JSON 'auto'",
        "{\"a\": 1, \"b\": \"x\\ny\", \"z\": [1]}{\"b\":null,\"c\":{\"d\":1.10}}\n",
        "1|x\ny|NULL / NULL|NULL|{\"d\":1.10}",
    );
    check(DDL, "JSON 'auto'", "{\"A\": 1, \"b\": {\"c\": [true]}}", "NULL|{\"c\": [true]}|NULL");
    check(DDL, "FORMAT AS JSON 'auto ignorecase'", "{\"A\": 1, \"b\": 2.50}", "1|2.50|NULL");
    check("a super", "JSON 'noshred'", "{\"a\": 1}\n{}", "{\"a\": 1} / {}");
    check(DDL, "JSON 'noshred'", "{}", "COPY JSON 'noshred' needs exactly one column, of type SUPER");
    check(
        DDL,
        "JSON 'auto'",
        "{\"a\": 1}\n{\n\"a\": \"x\"\n}\n",
        "line 4 a int4(0) at 0: 1207 Invalid digit, Value 'x', Pos 0, Type: Integer [x]",
    );
    check(
        "a int not null; b int",
        "JSON 'auto'",
        "{\"b\":1}",
        "line 1 a int4(0) at 0: 1213 Missing data for not-null field []",
    );
}

#[test]
fn json_that_is_none() {
    const DDL: &str = "a int";
    check(
        DDL,
        "JSON 'auto'",
        "[{\"a\": 1}]",
        "line 1  () at 0: 1216 Invalid JSONPath format: Member is not an object. []",
    );
    check(
        DDL,
        "JSON 'auto'",
        "{\"a\": 1},\n{\"a\": 2}",
        "line 1  () at 0: 1216 Invalid JSON: expected value at line 1 column 1 []",
    );
    check(
        DDL,
        "JSON 'auto' MAXERROR 10",
        "{\"a\": 1}\n{\"a\": ",
        "line 2  () at 0: 1216 Invalid JSON: EOF while parsing a value at line 2 column 6 []",
    );
}
