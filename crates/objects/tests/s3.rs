//! Reading, writing and copying against an S3 in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod fake;

use std::io::{self, Read, Write};

use fake::{Content, Fake};
use objects::{
    ObjectReader, ObjectRef, ReadError, StreamError, WriteError, copy_version, get_if_present, put_blocking,
    put_if_absent, put_if_unchanged, put_json, put_stream, read_error,
};

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

/// More than one block and one part.
fn large() -> String {
    (0..1_500_000).map(|number| format!("{number}\n")).collect()
}

async fn read_all(fake: &Fake, key: &str) -> Result<String, ReadError> {
    let mut reader = ObjectReader::open(&fake.client(), &object(key)).await?;
    let read = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    });
    read.await.unwrap().map_err(|error| read_error(error).unwrap())
}

#[tokio::test]
async fn a_reader_reads_every_block_once() {
    let fake = Fake::default();
    put(&fake, "a", large());
    assert!(read_all(&fake, "a").await.unwrap() == large());
    assert_eq!(fake.state().log.len(), large().len().div_ceil(2 << 20), "{:?}", fake.state().log);
    assert!(matches!(read_all(&fake, "b").await.unwrap_err(), ReadError::Gone { .. }));
}

#[tokio::test]
async fn a_reader_never_mixes_two_objects() {
    let fake = Fake::default();
    put(&fake, "a", large());
    fake.state().overwrite = true;
    assert!(matches!(read_all(&fake, "a").await.unwrap_err(), ReadError::Changed { .. }));
}

#[tokio::test]
async fn a_small_object_is_there_or_not() {
    let fake = Fake::default();
    let client = fake.client();
    assert!(get_if_present(&client, &object("a")).await.unwrap().is_none());
    put(&fake, "a", "one");
    let (bytes, etag) = get_if_present(&client, &object("a")).await.unwrap().unwrap();
    assert_eq!((&bytes[..], etag.as_str()), (&b"one"[..], "\"3\""));
    fake.state().fail = Some(("GET a", 403));
    let error = get_if_present(&client, &object("a")).await.unwrap_err();
    assert!(matches!(error, ReadError::Denied { .. }), "{error}");
}

#[tokio::test]
async fn a_stream_becomes_an_object() {
    let fake = Fake::default();
    let client = fake.client();
    let target = object("a");
    let make = |text: String| move |out: &mut dyn Write| out.write_all(text.as_bytes()).map(|()| 7);
    assert_eq!(put_stream(&client, &target, "text/plain", make("short".to_owned())).await.unwrap(), (7, 5));
    assert_eq!(text(&fake, "a").as_deref(), Some("short"));
    assert_eq!(fake.state().log, ["PUT a"]);
    let long = large();
    assert_eq!(put_stream(&client, &target, "text/plain", make(long.clone())).await.unwrap(), (7, long.len() as u64));
    assert!(text(&fake, "a") == Some(long));
}

#[tokio::test]
async fn nothing_appears_when_the_content_fails() {
    let fake = Fake::default();
    let make = |out: &mut dyn Write| {
        out.write_all(large().repeat(3).as_bytes())?;
        Err::<(), _>(io::Error::other("broken"))
    };
    let error = put_stream(&fake.client(), &object("a"), "text/plain", make).await.unwrap_err();
    assert!(matches!(&error, StreamError::Content(source) if source.to_string() == "broken"), "{error}");
    assert!(text(&fake, "a").is_none());
    assert!(fake.state().log.last().unwrap().starts_with("DELETE a uploadId="), "{:?}", fake.state().log);
}

#[tokio::test]
async fn nothing_appears_when_a_part_is_refused() {
    let fake = Fake::default();
    fake.state().fail = Some(("partNumber=2", 403));
    let make = |out: &mut dyn Write| out.write_all(large().repeat(4).as_bytes());
    let error = put_stream(&fake.client(), &object("a"), "text/plain", make).await.unwrap_err();
    assert!(matches!(error, StreamError::Write(WriteError::Denied { .. })), "{error}");
    assert!(fake.state().parts.is_empty() && text(&fake, "a").is_none());
}

#[tokio::test]
async fn a_reader_becomes_an_object() {
    let fake = Fake::default();
    let client = fake.client();
    let handle = tokio::runtime::Handle::current();
    let written = tokio::task::spawn_blocking(move || {
        let put = |reader: &mut dyn Read| put_blocking(&handle, &client, &object("a"), &mut { reader }, "text/plain");
        let bytes = put(&mut large().as_bytes()).unwrap();
        let mut broken = large().into_bytes();
        broken.truncate(9 << 20);
        let failing = broken.as_slice().chain(Failing);
        let mut failing: Box<dyn Read> = Box::new(failing);
        let error = put(&mut failing).unwrap_err();
        assert_eq!(error.to_string(), "the content of s3://bucket/a could not be read");
        bytes
    });
    assert_eq!(written.await.unwrap(), large().len() as u64);
    assert!(text(&fake, "a") == Some(large()));
    assert!(fake.state().parts.is_empty());
}

/// A reader that fails.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

#[tokio::test]
async fn a_key_is_replaced_only_if_nobody_else_did() {
    let fake = Fake::default();
    let client = fake.client();
    let target = object("m.json");
    let put = |etag: Option<&'static str>, text: &'static str| {
        let (client, target) = (client.clone(), target.clone());
        async move { put_if_unchanged(&client, &target, etag, text, "text/plain").await.unwrap() }
    };
    assert!(put(None, "one").await.is_some());
    assert!(put(None, "two").await.is_none());
    assert!(put(Some("\"9\""), "two").await.is_none());
    assert!(put(Some("\"3\""), "three").await.is_some());
    assert_eq!(text(&fake, "m.json").as_deref(), Some("three"));
}

#[tokio::test]
async fn a_key_is_written_once() {
    let fake = Fake::default();
    let client = fake.client();
    let target = object("m.json");
    let first = put_if_absent(&client, &target, "one", "text/plain").await.unwrap();
    let second = put_if_absent(&client, &target, "two", "text/plain").await.unwrap();
    assert_eq!((first, second), (true, false));
    assert_eq!(text(&fake, "m.json").as_deref(), Some("one"));
    put_json(&client, &target, &vec![1, 2]).await.unwrap();
    assert_eq!(text(&fake, "m.json").as_deref(), Some("[1,2]"));
}

#[tokio::test]
async fn a_copy_takes_one_version_and_no_tags() {
    let fake = Fake::default();
    let source = ObjectRef::new("vendor", "a b.csv").with_version("v1");
    copy_version(&fake.client(), &source, &object("copy"), Some(3)).await.unwrap();
    assert_eq!(fake.state().log, ["COPY vendor/a%20b.csv?versionId=v1 copy, tags: REPLACE"]);
}
