//! Reading and rewriting against an S3 in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../../objects/tests/fake/mod.rs"]
mod fake;

use std::error::Error;
use std::io::Write;

use fake::{Content, Fake};
use objects::{ObjectRef, ReadError, WriteError};
use pipeline::{Compression, Csv, Format, FormatKind};
use vendor_files::{HeadError, RewriteError, RewriteReason, needs_rewrite, read_head, rewrite};

fn csv(encoding: &str) -> Format {
    let csv = Csv {
        delimiter: ',',
        quote: '"',
        header: true,
        null: None,
        empty_as_null: true,
        encoding: encoding.to_owned(),
        date_format: None,
        time_format: None,
    };
    Format { kind: FormatKind::Csv(csv), compression: Compression::None }
}

fn json(kind: FormatKind) -> Format {
    Format { kind, compression: Compression::None }
}

fn object(key: &str) -> ObjectRef {
    ObjectRef::new("bucket", key)
}

fn put(fake: &Fake, key: &str, bytes: impl Into<Vec<u8>>) {
    fake.state().objects.insert(key.to_owned(), Content::stored(bytes.into()));
}

fn text(fake: &Fake, key: &str) -> Option<String> {
    let content = fake.state().objects.get(key).cloned()?;
    Some(String::from_utf8((content.bytes)(0, content.size)).unwrap())
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn a_head_takes_one_range_where_one_is_enough() {
    let fake = Fake::default();
    put(&fake, "a.csv", format!("x,y\n{}", "1,2\n".repeat(50_000)));
    let head = read_head(&fake.client(), &object("a.csv"), &csv("utf-8")).await.unwrap();
    assert_eq!(head.columns, Some(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!((head.size, head.header_only, head.etag.as_deref()), (200_004, Some(false), Some("\"200004\"")));
    assert_eq!(fake.state().log, ["GET a.csv bytes=0-65535"]);
}

#[tokio::test]
async fn a_long_header_takes_more_ranges() {
    let fake = Fake::default();
    let header: Vec<String> = (0..40_000).map(|i| format!("c{i}")).collect();
    put(&fake, "a.csv", format!("{}\n1\n", header.join(",")));
    let head = read_head(&fake.client(), &object("a.csv"), &csv("utf-8")).await.unwrap();
    assert_eq!(head.columns.map(|columns| columns.len()), Some(40_000));
    let log = fake.state().log.clone();
    assert_eq!(log[..3], ["GET a.csv bytes=0-65535", "GET a.csv bytes=65536-131071", "GET a.csv bytes=131072-262143"]);
}

#[tokio::test]
async fn an_object_without_bytes_is_empty() {
    let fake = Fake::default();
    put(&fake, "a.csv", "");
    let head = read_head(&fake.client(), &object("a.csv"), &csv("utf-8")).await.unwrap();
    assert!(head.empty && head.columns.is_none());
}

#[tokio::test]
async fn what_is_gone_or_denied_is_named() {
    let fake = Fake::default();
    let error = read_head(&fake.client(), &object("a.csv"), &csv("utf-8")).await.unwrap_err();
    assert!(matches!(error, HeadError::Read(ReadError::Gone { .. })));
    assert_eq!(error.to_string(), "s3://bucket/a.csv is gone; upload it again if it is still wanted");
    fake.state().fail = Some(("GET", 403));
    let error = read_head(&fake.client(), &object("a.csv").with_version("v7"), &csv("utf-8")).await.unwrap_err();
    assert!(matches!(error, HeadError::Read(ReadError::Denied { .. })));
    assert!(error.to_string().starts_with("s3://bucket/a.csv (version v7) may not be read; grant s3:GetObject"));
    assert!(fake.state().log.iter().any(|line| line.contains("GET a.csv")));
}

#[tokio::test]
async fn an_object_that_is_overwritten_is_not_mixed() {
    let fake = Fake::default();
    put(&fake, "a.csv", "x".repeat(100_000));
    fake.state().overwrite = true;
    let error = read_head(&fake.client(), &object("a.csv"), &csv("utf-8")).await.unwrap_err();
    assert!(matches!(error, HeadError::Read(ReadError::Changed { .. })), "{error}");
}

#[tokio::test]
async fn content_errors_name_the_object() {
    let fake = Fake::default();
    put(&fake, "a.json", "[{}]");
    let error = read_head(&fake.client(), &object("a.json"), &json(FormatKind::JsonLines)).await.unwrap_err();
    assert_eq!(
        chain(&error),
        "s3://bucket/a.json is not what its dataset says: line 1, column 1: the file is a JSON array, not objects one \
         after another; set `type = \"json-array\"`"
    );
}

#[tokio::test]
async fn an_array_becomes_an_object_of_lines() {
    let fake = Fake::default();
    put(&fake, "a.json", "[\n  {\"a\": 1},\n  {\"a\": 2}\n]");
    let (client, format) = (fake.client(), json(FormatKind::JsonArray));
    let head = read_head(&client, &object("a.json"), &format).await.unwrap();
    assert_eq!(needs_rewrite(&format, &head), Some(RewriteReason::JsonArray));
    let done = rewrite(&client, &object("a.json"), &format, &object("b.json")).await.unwrap();
    assert_eq!((done.bytes, done.records, done.format), (16, 2, json(FormatKind::JsonLines)));
    assert_eq!(text(&fake, "b.json").as_deref(), Some("{\"a\":1}\n{\"a\":2}\n"));
    assert_eq!(fake.state().log[1..], ["GET a.json bytes=0-4194303", "PUT b.json"]);
}

fn large() -> String {
    (0..3_000_000).map(|i| format!("{i}\n")).collect()
}

#[tokio::test]
async fn a_large_object_is_written_in_parts() {
    let fake = Fake::default();
    let text = large();
    put(&fake, "a.csv", text.as_bytes());
    let done = rewrite(&fake.client(), &object("a.csv"), &csv("windows-1252"), &object("b.csv")).await.unwrap();
    assert_eq!((done.bytes, done.records, done.format), (text.len() as u64, 2_999_999, csv("utf-8")));
    assert!(self::text(&fake, "b.csv") == Some(text));
    let log = fake.state().log.clone();
    let written: Vec<&String> = log.iter().filter(|line| !line.starts_with("GET")).collect();
    assert_eq!(written[0], "POST b.csv uploads");
    assert_eq!(written.len(), 5, "{written:?}");
    let read = log.iter().filter(|line| line.starts_with("GET")).count();
    assert_eq!(read, 6, "{log:?}");
}

#[tokio::test]
async fn nothing_appears_when_the_content_is_bad() {
    let fake = Fake::default();
    put(&fake, "a.csv", [large().as_bytes(), b"\xff\n"].concat());
    let error = rewrite(&fake.client(), &object("a.csv"), &csv("shift_jis"), &object("b.csv")).await.unwrap_err();
    assert!(chain(&error).contains("line 3000001: the bytes FF mean nothing in Shift_JIS"), "{}", chain(&error));
    let state = fake.state();
    assert!(state.parts.is_empty() && !state.objects.contains_key("b.csv"));
    assert!(state.log.iter().any(|line| line.starts_with("DELETE b.csv uploadId=u1")), "{:?}", state.log);
}

#[tokio::test]
async fn nothing_appears_when_a_part_fails() {
    let fake = Fake::default();
    put(&fake, "a.csv", large());
    fake.state().fail = Some(("partNumber=2", 403));
    let error = rewrite(&fake.client(), &object("a.csv"), &csv("windows-1252"), &object("b.csv")).await.unwrap_err();
    assert!(matches!(error, RewriteError::Write(WriteError::Denied { .. })), "{error}");
    let state = fake.state();
    assert!(state.parts.is_empty() && !state.objects.contains_key("b.csv"));
    assert!(state.log.last().is_some_and(|line| line.starts_with("DELETE b.csv")), "{:?}", state.log);
}

#[tokio::test]
async fn nothing_appears_when_the_source_breaks_off() {
    let fake = Fake::default();
    put(&fake, "a.csv", large());
    fake.state().overwrite = true;
    let error = rewrite(&fake.client(), &object("a.csv"), &csv("windows-1252"), &object("b.csv")).await.unwrap_err();
    assert!(matches!(error, RewriteError::Read(ReadError::Changed { .. })), "{error}");
    assert!(!fake.state().objects.contains_key("b.csv"));
}

#[tokio::test]
async fn an_archive_is_read_from_its_end() {
    let fake = Fake::default();
    // Numbers without a pattern, so that the archive has several blocks.
    let text: String = (0..1_500_000u64).map(|i| format!("{}\n", i.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("data.csv", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    put(&fake, "a.zip", archive.finish().unwrap().into_inner());
    let format = Format { compression: Compression::Zip, ..csv("utf-8") };
    let client = fake.client();
    let head = read_head(&client, &object("a.zip"), &format).await.unwrap();
    assert_eq!(head.columns, Some(vec!["0".to_owned()]));
    assert!(fake.state().log.len() <= 4, "{:?}", fake.state().log);
    let done = rewrite(&client, &object("a.zip"), &format, &object("b.csv")).await.unwrap();
    assert_eq!((done.records, done.format), (1_499_999, csv("utf-8")));
    assert!(self::text(&fake, "b.csv") == Some(text));
}
