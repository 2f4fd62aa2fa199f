//! The grammar, and the column list.

use super::super::parse;
use super::outcome;
use crate::objects::memory::MemoryObjects;

#[track_caller]
fn refused(options: &str, expected: &str) {
    let error = parse(&format!("COPY t FROM 's3://in/file' IAM_ROLE default {options}")).unwrap_err();
    assert_eq!(error.to_string(), expected, "{options}");
}

#[test]
fn a_whole_statement() {
    let command = parse(
        "-- load\ncopy \"Public\".Flights (ID, \"Name\") from 's3://b/k with '' quote' \
         credentials 'aws_iam_role=arn:aws:iam::1:role/x' format as csv delimiter as '\\t' quote '''' \
         ignoreheader 2 null as '\\\\N' maxerror as 10 gzip compupdate off statupdate on region 'eu-west-1' \
         acceptinvchars as '^' dateformat 'auto' timeformat 'epochsecs' emptyasnull manifest;",
    )
    .unwrap();
    assert_eq!((command.schema.as_deref(), command.table.as_str()), (Some("public"), "flights"));
    assert_eq!(command.columns, Some(vec!["id".to_owned(), "name".to_owned()]));
    assert_eq!(command.source.to_string(), "s3://b/k with ' quote");
    let options = command.options;
    assert_eq!((options.delimiter, options.quote, options.ignore_header), (b'\t', b'\'', 2));
    assert_eq!((options.null_as.as_slice(), options.max_errors), (b"\\N".as_slice(), 10));
    assert_eq!(options.accept_invalid_chars, Some(b'^'));
    assert!(options.empty_as_null && options.manifest);
}

#[test]
fn what_redshift_refuses() {
    refused("CSV ESCAPE", "COPY options conflict: CSV cannot be combined with ESCAPE");
    refused("REMOVEQUOTES CSV", "COPY options conflict: CSV cannot be combined with REMOVEQUOTES");
    refused("JSON 'auto' DELIMITER ','", "COPY options conflict: JSON cannot be combined with DELIMITER");
    refused("FORMAT JSON 'auto' NULL AS ''", "COPY options conflict: JSON cannot be combined with NULL");
    refused("PARQUET MAXERROR 5", "MAXERROR argument is not supported for PARQUET based COPY");
    refused("FORMAT PARQUET ACCEPTANYDATE", "ACCEPTANYDATE argument is not supported for PARQUET based COPY");
    refused("CSV JSON 'auto'", "conflicting or redundant options: JSON");
    refused("CSV CSV", "conflicting or redundant options: CSV");
    refused("GZIP ZSTD", "conflicting or redundant options: ZSTD");
    refused("MAXERROR 1 IGNOREALLERRORS", "COPY options conflict: MAXERROR cannot be combined with IGNOREALLERRORS");
    refused("MAXERROR 100001", "COPY option MAXERROR takes 0 to 100000, not '100001'");
    refused("DELIMITER '||'", "COPY option DELIMITER takes one ASCII character, not '||'");
    refused("CSV QUOTE ','", "COPY options conflict: DELIMITER cannot be combined with QUOTE of the same character");
    refused("NULL AS '\\n'", "COPY option NULL AS takes a string without a line feed, which ends a record, not '\\n'");
    refused("CSVV", "syntax error at or near \"CSVV\"");
    refused("IGNOREHEADER '1'", "syntax error at or near \"1\"");
    refused("IGNOREHEADER", "syntax error at end of input: a number is missing");
    refused("ACCEPTINVCHARS AS 'ab'", "COPY option ACCEPTINVCHARS takes one ASCII character, not 'ab'");
}

#[test]
fn what_is_not_implemented_is_never_ignored() {
    for option in ["AVRO", "ORC", "FIXEDWIDTH", "LZOP", "ENCRYPTED", "SHAPEFILE", "SSH"] {
        refused(option, &format!("redshift-local does not know COPY ... {option} yet"));
    }
    refused("ENCODING EUCJP", "redshift-local does not know COPY ... ENCODING EUCJP yet");
    let error = parse("COPY t FROM 'dynamodb://x' IAM_ROLE default").unwrap_err();
    assert_eq!(error.to_string(), "redshift-local does not know COPY ... FROM 'dynamodb://...' yet");
}

#[test]
fn a_statement_without_credentials_or_path() {
    let error = parse("COPY t FROM 's3://in/file' CSV").unwrap_err().to_string();
    assert!(error.starts_with("COPY from Amazon S3 needs credentials"), "{error}");
    let error = parse("COPY t FROM '/tmp/file' IAM_ROLE default").unwrap_err().to_string();
    assert_eq!(error, "COPY option FROM takes a path like 's3://bucket/key', not '/tmp/file'");
    let error = parse("COPY t FROM 's3://in/file' IAM_ROLE 'me'").unwrap_err().to_string();
    assert_eq!(error, "COPY option IAM_ROLE takes default or 'arn:aws:iam::...', not 'me'");
    assert_eq!(parse("COPY t FROM 's3://in/f").unwrap_err().to_string(), "unterminated quoted string");
}

/// Loads `1,x` with a column list.
#[track_caller]
fn check(ddl: &str, list: &str, options: &str, expected: &str) {
    let objects = MemoryObjects::default().with("s3://in/file", "1,x\n2,y\n");
    let sql = format!("COPY t {list} FROM 's3://in/file' IAM_ROLE default CSV {options}");
    assert_eq!(outcome(ddl, &sql, &objects), expected, "{list}");
}

#[test]
fn the_list_says_which_columns_take_the_fields() {
    const DDL: &str = "a int; b varchar(5) default 'none'; c varchar(5); d int";
    check(DDL, "(a, c)", "", "1|x / 2|y");
    check(DDL, "(D, \"B\")", "", "1|x / 2|y");
    check(DDL, "(a, z)", "", "column \"z\" of relation \"t\" does not exist");
    check(DDL, "(a, a)", "", "column \"a\" specified more than once");
    check(
        "a int; b varchar(5); c int not null",
        "(a, b)",
        "",
        "Cannot insert a NULL value into column c: it is NOT NULL, has no default and is not in the column list",
    );
}

#[test]
fn identity_columns_take_no_field_unless_explicit_ids_are_given() {
    const DDL: &str = "id bigint not null identity; a int; b varchar(5)";
    check(DDL, "", "", "1|x / 2|y");
    check(DDL, "(a, b)", "", "1|x / 2|y");
    check(DDL, "(id, b)", "", "cannot load the identity column \"id\": add EXPLICIT_IDS, or leave it out");
    check(DDL, "(id, b)", "EXPLICIT_IDS", "1|x / 2|y");
    check(DDL, "(a, b)", "EXPLICIT_IDS", "EXPLICIT_IDS needs the identity column \"id\" in the column list");
}
