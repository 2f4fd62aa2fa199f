//! Prefixes, manifests, compression, errors that are let pass, large records, Parquet.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use super::super::{Copied, parse, run};
use super::{copy, copy_unless, loaded, outcome, target};
use crate::objects::memory::MemoryObjects;

const DDL: &str = "a int";

/// What the statement leaves: the rows, or the failure.
#[track_caller]
fn leaves(objects: &MemoryObjects, sql: &str, expected: &str) {
    assert_eq!(outcome(DDL, sql, objects), expected, "{sql}");
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
        let objects = MemoryObjects::default().with("s3://in/data", data).with("s3://in/p", paths);
        outcome("a int; b varchar(9)", "COPY t FROM 's3://in/data' IAM_ROLE default JSON 's3://in/p'", &objects)
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
    let objects = MemoryObjects::default().with("s3://in/file", "1,1\n2,x\n3,3\ny,4\n5,5\n");
    let sql = format!("COPY t FROM 's3://in/file' IAM_ROLE default CSV {options}");
    copy("a int; b int", &sql, &objects).map_err(|failure| failure.message)
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
    let objects = MemoryObjects::default().with("s3://in/file", input);
    let sql = "COPY t FROM 's3://in/file' IAM_ROLE default CSV";
    let (copied, rows) = copy("a int; b varchar(9)", sql, &objects).unwrap();
    assert_eq!(copied.rows, 100_000);
    assert!(rows.split(" / ").eq((0..100_000).map(|n| format!("{n}|{n}"))));
}

#[test]
fn a_cancelled_statement_stops() {
    let objects = MemoryObjects::default().with("s3://in/file", "1\n");
    for format in ["CSV", "JSON 'auto'", "PARQUET"] {
        let sql = format!("COPY t FROM 's3://in/file' IAM_ROLE default {format}");
        let failure = copy_unless(DDL, &sql, &objects, &AtomicBool::new(true)).unwrap_err();
        assert_eq!(failure.message, "Query cancelled on user's request", "{format}");
    }
}

#[test]
fn a_table_that_refuses_rows_ends_the_load() {
    let input: String = (0..100_000).map(|n| format!("{n}\n")).collect();
    let objects = MemoryObjects::default().with("s3://in/file", input);
    let command = parse("COPY t FROM 's3://in/file' IAM_ROLE default").unwrap();
    let mut append = |_| Err("it is full".to_owned());
    let failure = run(&command, &target(DDL), &objects, &AtomicBool::new(false), &mut append).unwrap_err();
    assert_eq!(failure.message, "rows could not be added to t: it is full");
}
