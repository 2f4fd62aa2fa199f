//! Prefixes, manifests, compression, errors that are let pass, large records, Parquet.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use duckdb::Connection;

use super::super::{Copied, parse, run};
use super::{check, copy, database, loaded, rows, shown, target};
use crate::objects::memory::MemoryObjects;

const DDL: &str = "a int";

/// What the statement leaves: the rows, or the failure.
#[track_caller]
fn leaves(objects: &MemoryObjects, sql: &str, expected: &str) {
    let connection = database(DDL);
    let result = copy(&connection, DDL, sql, objects).map(|_| rows(&connection));
    assert_eq!(result.unwrap_or_else(|failure| shown(&failure)), expected, "{sql}");
}

#[test]
fn a_path_is_a_prefix() {
    let objects = MemoryObjects::default().with("s3://in/a", "1\n").with("s3://in/ab", "2\n").with("s3://in/b", "3\n");
    leaves(&objects, "COPY t FROM 's3://in/a' IAM_ROLE default", "1 / 2");
    leaves(&objects, "COPY t FROM 's3://in' IAM_ROLE default", "1 / 2 / 3");
    leaves(
        &objects,
        "COPY t FROM 's3://in/c' IAM_ROLE default",
        "The specified S3 prefix 'c' does not exist (s3://in/c)",
    );
}

fn with_manifest(manifest: &str) -> MemoryObjects {
    MemoryObjects::default().with("s3://in/a", "1\n").with("s3://in/ab", "2\n").with("s3://in/m", manifest)
}

#[test]
fn a_manifest_is_exact() {
    const SQL: &str = "COPY t FROM 's3://in/m' IAM_ROLE default MANIFEST";
    let twice = with_manifest(r#"{"entries": [{"url": "s3://in/a", "mandatory": true}, {"url": "s3://in/a"}]}"#);
    leaves(&twice, SQL, "1 / 1");
    let optional = with_manifest(r#"{"entries": [{"url": "s3://in/x"}, {"url": "s3://in/ab"}]}"#);
    leaves(&optional, SQL, "2");
    let mandatory = with_manifest(r#"{"entries": [{"url": "s3://in/a"}, {"url": "s3://in/x", "mandatory": true}]}"#);
    let missing =
        "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey,Rid MEMORY (s3://in/x)";
    leaves(&mandatory, SQL, missing);
    leaves(&with_manifest(r#"{"entries": [{"url": "s3://in/x"}]}"#), SQL, "No file of the manifest s3://in/m exists");
    leaves(
        &with_manifest(r#"{"entries": [{"url": "in/a"}]}"#),
        SQL,
        "error code 8001: the manifest s3://in/m must list full S3 paths like s3://bucket/key, not 'in/a'",
    );
    leaves(
        &with_manifest("[]"),
        SQL,
        "Problem reading manifest file - s3://in/m is not a manifest: \
         invalid length 0, expected struct Manifest with 1 element at line 1 column 2",
    );
    leaves(
        &with_manifest(r#"{"entries": [{"url": "s3://in/a"}]}"#),
        "COPY t FROM 's3://in/m' IAM_ROLE default MANIFEST FORMAT PARQUET",
        "COPY with MANIFEST from PARQUET needs meta.content_length for every file; s3://in/m lacks it for s3://in/a",
    );
    leaves(
        &MemoryObjects::default(),
        SQL,
        "Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey,Rid MEMORY (s3://in/m)",
    );
}

#[test]
fn a_jsonpaths_file_maps_the_columns() {
    let run = |paths: &str, data: &str| {
        let ddl = "a int; b varchar(9)";
        let connection = database(ddl);
        let objects = MemoryObjects::default().with("s3://in/data", data).with("s3://in/p", paths);
        let result = copy(&connection, ddl, "COPY t FROM 's3://in/data' IAM_ROLE default JSON 's3://in/p'", &objects);
        result.map(|_| rows(&connection)).unwrap_or_else(|failure| shown(&failure))
    };
    assert_eq!(run(r#"{"jsonpaths": ["$.x.y", "$['z'][0]"]}"#, r#"{"x": {"y": 1}, "z": ["q"]}"#), "1|q");
    assert_eq!(run(r#"{"jsonpaths": ["$[0]", "$[1]"]}"#, "[1, \"q\"]\n[2, null]"), "1|q / 2|NULL");
    assert_eq!(
        run(r#"{"jsonpaths": ["$[0]", "$[1]"]}"#, "[1]"),
        "line 1 b varchar(9) at 0: 1216 Invalid JSONPath format: Not an array or index out of range. []"
    );
    assert_eq!(
        run(r#"{"jsonpaths": ["$.x"]}"#, "{}"),
        "Number of jsonpaths and the number of columns should match. \
         JSONPath size: 1, Number of columns in table or column list: 2"
    );
    assert_eq!(run(r#"{"jsonpaths": ["x", "$.y"]}"#, "{}"), "Invalid JSONPath format: 'x' in s3://in/p");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_files() {
    let members = [gzip("1\n2"), gzip("3\n4\n")].concat();
    assert_eq!(loaded(DDL, "GZIP", members), "1 / 23 / 4");
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(b"1\n2\n").unwrap();
    assert_eq!(loaded(DDL, "BZIP2", bzip2.finish().unwrap()), "1 / 2");
    assert_eq!(loaded(DDL, "ZSTD", zstd::encode_all(b"1\n2\n".as_slice(), 1).unwrap()), "1 / 2");
}

#[test]
fn broken_compression_names_the_file() {
    let whole = gzip(&"1\n".repeat(1000));
    let cut = loaded(DDL, "GZIP", &whole[..whole.len() - 12]);
    assert!(cut.starts_with("s3://in/file could not be read as GZIP to its end: "), "{cut}");
    let plain = loaded(DDL, "ZSTD", "1\n2\n");
    assert!(plain.starts_with("s3://in/file could not be read as ZSTD to its end: "), "{plain}");
    let cut = zstd::encode_all("1\n".repeat(1000).as_bytes(), 1).unwrap();
    let cut = loaded(DDL, "ZSTD", &cut[..cut.len() - 3]);
    assert!(cut.starts_with("s3://in/file could not be read as ZSTD to its end: "), "{cut}");
}

fn with_errors(options: &str) -> Result<(Copied, String), String> {
    let connection = database("a int; b int");
    let objects = MemoryObjects::default().with("s3://in/file", "1,1\n2,x\n3,3\ny,4\n5,5\n");
    let sql = format!("COPY t FROM 's3://in/file' IAM_ROLE default CSV {options}");
    let copied = copy(&connection, "a int; b int", &sql, &objects).map_err(|failure| failure.message)?;
    Ok((copied, rows(&connection)))
}

#[test]
fn maxerror_lets_fewer_errors_pass() {
    let failed = "Load into table 't' failed.  Check 'sys_load_error_detail' system table for details.";
    for options in ["", "MAXERROR 0", "MAXERROR 1", "MAXERROR 2"] {
        assert_eq!(with_errors(options).unwrap_err(), failed, "{options}");
    }
    for options in ["MAXERROR 3", "IGNOREALLERRORS"] {
        let (copied, rows) = with_errors(options).unwrap();
        assert_eq!(rows, "1|1 / 3|3 / 5|5", "{options}");
        assert_eq!((copied.rows, copied.skipped, copied.files[0].rows), (3, 2, 3));
        let lines: Vec<_> = copied.errors.iter().map(|row| (row.line_number, row.raw_line.as_str())).collect();
        assert_eq!(lines, [(2, "2,x"), (4, "y,4")]);
    }
}

#[test]
fn noload_checks_only() {
    let (copied, rows) = with_errors("NOLOAD MAXERROR 3").unwrap();
    assert_eq!((copied.rows, rows.as_str(), copied.skipped), (0, "", 2));
    assert!(with_errors("NOLOAD").is_err());
}

#[test]
fn a_row_is_at_most_four_megabytes() {
    const LIMIT: usize = 4 * 1024 * 1024;
    let columns = "a varchar(65535); b int";
    let line = format!("{},1\n", "x".repeat(LIMIT - 3));
    assert_eq!(line.len(), LIMIT);
    let longest = loaded(columns, "CSV TRUNCATECOLUMNS", line.as_str());
    assert_eq!(longest.len(), 65_535 + 2);
    let too_long = format!("a,1\nx{line}");
    let refused = loaded(columns, "CSV TRUNCATECOLUMNS MAXERROR 10", too_long.as_str());
    assert_eq!(refused, "line 2  () at 0: 1216 The row is larger than the maximum of 4194304 bytes []");
    let endless = format!("\"{}", "x".repeat(3 * LIMIT));
    let refused = loaded(columns, "CSV", endless.as_str());
    assert_eq!(refused, "line 1  () at 0: 1216 The row is larger than the maximum of 4194304 bytes []");
}

#[test]
fn many_batches_keep_every_row() {
    let input: String = (0..100_000).map(|n| format!("{n},\"{n}\"\n")).collect();
    let ddl = "a int; b varchar(9)";
    let connection = database(ddl);
    let objects = MemoryObjects::default().with("s3://in/file", input);
    let copied = copy(&connection, ddl, "COPY t FROM 's3://in/file' IAM_ROLE default CSV", &objects).unwrap();
    let found: (i64, i64, i64) = connection
        .query_row("SELECT count(*), sum(a)::BIGINT, count(*) FILTER (a::VARCHAR = b) FROM t", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((copied.rows, found), (100_000, (100_000, 4_999_950_000, 100_000)));
}

#[test]
fn a_cancelled_statement_stops() {
    let connection = database(DDL);
    let objects = MemoryObjects::default().with("s3://in/file", "1\n");
    for format in ["CSV", "JSON 'auto'", "PARQUET"] {
        let sql = format!("COPY t FROM 's3://in/file' IAM_ROLE default {format}");
        let (command, cancel) = (parse(&sql).unwrap(), AtomicBool::new(true));
        let failure = run(&connection, &command, &target(DDL), &objects, &cancel).unwrap_err();
        assert_eq!(failure.message, "Query cancelled on user's request", "{format}");
    }
}

/// The Parquet file that DuckDB writes for a query.
fn parquet(query: &str) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let sql = format!("COPY ({query}) TO '{}' (FORMAT PARQUET)", file.path().display());
    Connection::open_in_memory().unwrap().execute_batch(&sql).unwrap();
    std::fs::read(file.path()).unwrap()
}

#[track_caller]
fn check_parquet(ddl: &str, options: &str, query: &str, expected: &str) {
    assert_eq!(loaded(ddl, &format!("FORMAT AS PARQUET {options}"), parquet(query)), expected, "{query}");
}

#[test]
fn parquet_is_by_position_and_strict() {
    const TWO: &str = "a int; b varchar(3)";
    check_parquet(
        TWO,
        "",
        "SELECT 1::INT AS z, 'abc' AS y UNION ALL SELECT NULL, NULL ORDER BY 1",
        "1|abc / NULL|NULL",
    );
    check_parquet(
        TWO,
        "",
        "SELECT 1::INT AS a",
        "line 0  () at 0: 15007 Spectrum Scan Error. Unmatched number of columns between table and file. \
         Table columns: 2, Data columns: 1, File name: s3://in/file []",
    );
    check_parquet(TWO, "FILLRECORD", "SELECT 1::INT AS a", "1|NULL");
    check_parquet(
        TWO,
        "",
        "SELECT 1::BIGINT AS a, 'abc' AS b",
        "line 0 a int4(0) at 0: 15007 Spectrum Scan Error. File 's3://in/file' has an incompatible Parquet schema \
         for column 's3://in/file.a'. Column type: INTEGER, Parquet schema: BIGINT a []",
    );
    check_parquet(
        TWO,
        "",
        "SELECT 1::INT AS a, 'größe' AS b",
        "line 0 b varchar(3) at 0: 15007 Spectrum Scan Error. The length of the data column b is longer than the \
         length defined in the table. Table: 3, Data: 7 []",
    );
    check_parquet(
        "a int not null",
        "",
        "SELECT NULL::INT AS a",
        "line 0 a int4(0) at 0: 15007 Spectrum Scan Error. Missing data for not-null field: a has 1 NULLs []",
    );
    check_parquet(
        "a decimal(10,2); b timestamp; c date; d float",
        "",
        "SELECT 1.5::DECIMAL(8,2), TIMESTAMP '2008-01-31 10:11:12.5', DATE '2008-01-31', 2.5::DOUBLE",
        "1.50|2008-01-31 10:11:12.5|2008-01-31|2.5",
    );
}

#[test]
fn what_is_no_parquet_is_named() {
    let refused = loaded(DDL, "PARQUET", "1\n2\n");
    assert!(refused.contains("File 's3://in/file': "), "{refused}");
    check(DDL, "PARQUET GZIP", "", "GZIP argument is not supported for PARQUET based COPY");
}
