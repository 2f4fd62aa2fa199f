//! The S3 server, driven by the AWS SDK over HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use s3_local::{Change, ObjectEvent, S3, S3Config, Served, Service};
use support::objects::{all_keys, client, client_with, get, put};
use support::suite::{self, hostile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn server(root: &Path) -> Served<S3> {
    let config = S3Config { root: root.to_owned(), region: "us-east-1".into(), observer: None };
    S3::open(config).await.unwrap().serve(0).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    suite::run(&client(&server.endpoint()), "suite").await;
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = server(folder.path()).await;
    let s3 = client(&first.endpoint());
    first.create_bucket("landing").await.unwrap();
    first.create_bucket("landing").await.unwrap();
    let mut versions = Vec::new();
    for key in hostile() {
        versions.push((put(&s3, "landing", &key, &key).await, key));
    }
    let old = put(&s3, "landing", "overwritten", "old").await;
    put(&s3, "landing", "overwritten", "new").await;
    put(&s3, "landing", "deleted", "deleted").await;
    s3.delete_object().bucket("landing").key("deleted").send().await.unwrap();
    let keys = all_keys(&s3, "landing").await;
    let upload = s3.create_multipart_upload().bucket("landing").key("parts").send().await.unwrap().upload_id.unwrap();
    let body = ByteStream::from_static(b"part");
    s3.upload_part().bucket("landing").key("parts").upload_id(&upload).part_number(1).body(body).send().await.unwrap();
    first.shutdown().await;

    // What a process leaves behind that died while it wrote.
    let mut key_folders = std::fs::read_dir(folder.path().join("landing")).unwrap().map(|entry| entry.unwrap().path());
    let key_folder = key_folders.find(|path| path.is_dir() && path.to_string_lossy().contains('~')).unwrap();
    let orphan = key_folder.join("0000000000000001.csv");
    std::fs::write(&orphan, "bytes that no version owns").unwrap();
    std::fs::write(key_folder.join("notes.txt"), "somebody's own").unwrap();

    let second = server(folder.path()).await;
    let s3 = client(&second.endpoint());
    assert_eq!(all_keys(&s3, "landing").await, keys);
    for (version, key) in versions {
        assert_eq!(get(&s3, "landing", &key, Some(&version)).await, key);
    }
    assert_eq!(get(&s3, "landing", "overwritten", Some(&old)).await, "old");
    assert_eq!(get(&s3, "landing", "overwritten", None).await, "new");
    let parts = s3.list_parts().bucket("landing").key("parts").upload_id(&upload).send().await.unwrap();
    assert_eq!(parts.parts().len(), 1);
    assert!(!orphan.exists());
    assert!(key_folder.join("notes.txt").exists());
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_credentials_are_accepted_and_none_for_reading() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    server.create_bucket("landing").await.unwrap();
    put(&client(&server.endpoint()), "landing", "k", "content").await;
    let other = client_with(&server.endpoint(), "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    assert_eq!(get(&other, "landing", "k", None).await, "content");
    let anonymous = other.config().to_builder().allow_no_auth().build();
    assert_eq!(get(&aws_sdk_s3::Client::from_conf(anonymous), "landing", "k", None).await, "content");

    let presigning = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let presigned = other.get_object().bucket("landing").key("k").presigned(presigning).await.unwrap();
    let url = presigned.uri().strip_prefix(&server.endpoint()).unwrap();
    assert!(url.contains("X-Amz-Signature"));
    let mut connection =
        tokio::net::TcpStream::connect(server.endpoint().strip_prefix("http://").unwrap()).await.unwrap();
    connection
        .write_all(format!("GET {url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\ncontent"), "{answer}");
}

/// The first line of the answer to a request that is sent as it is.
async fn raw(server: &Served<S3>, head: &str, body: &str) -> String {
    let address = server.endpoint();
    let mut connection = tokio::net::TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// What a page of another site can send without being asked by the browser first, and what a name of its own would reach.
#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_can_neither_replace_nor_delete_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    server.create_bucket("landing").await.unwrap();
    let s3 = client(&server.endpoint());
    put(&s3, "landing", "k", "good").await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--x\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbad\r\n--x--\r\n";
    let multipart = "Content-Type: multipart/form-data; boundary=x";
    let signed = "X-Amz-Credential=a%2F20261130%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=b";
    let authorization = "Authorization: AWS4-HMAC-SHA256 Credential=a/20261130/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=b";
    for head in [
        format!("POST /landing HTTP/1.1\r\nHost: 127.0.0.1\r\n{multipart}"),
        format!("POST /landing HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\n{multipart}"),
        format!("POST /landing?{signed} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n{multipart}"),
        "DELETE /landing/k HTTP/1.1\r\nHost: 127.0.0.1".to_owned(),
        "PUT /landing/k HTTP/1.1\r\nHost: localhost".to_owned(),
        format!("PUT /landing/k HTTP/1.1\r\nHost: evil.example\r\n{authorization}"),
        format!("DELETE /landing/k HTTP/1.1\r\nHost: evil.example:4566\r\n{authorization}"),
        "GET /landing/k HTTP/1.1\r\nHost: evil.example".to_owned(),
        "GET /landing/k HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example".to_owned(),
    ] {
        assert_eq!(raw(&server, &head, form).await, "HTTP/1.1 403 Forbidden", "{head}");
    }
    assert_eq!(get(&s3, "landing", "k", None).await, "good");
    // The same is done for who may.
    let delete = format!("DELETE /landing/k HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}");
    assert_eq!(raw(&server, &delete, "").await, "HTTP/1.1 204 No Content");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_a_plain_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    server.create_bucket("landing").await.unwrap();
    put(&client(&server.endpoint()), "landing", "vendor/flights.csv", "a,b\n1,2\n").await;
    let found = walkdir::WalkDir::new(folder.path().join("landing")).into_iter().map(Result::unwrap);
    let found: Vec<_> =
        found.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "csv")).collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].path().to_string_lossy().contains("vendor_flights.csv~"));
    assert_eq!(std::fs::read_to_string(found[0].path()).unwrap(), "a,b\n1,2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let seen: Arc<Mutex<Vec<ObjectEvent>>> = Arc::default();
    let observer = {
        let seen = Arc::clone(&seen);
        Arc::new(move |event: &ObjectEvent| seen.lock().unwrap().push(event.clone()))
    };
    let config = S3Config { root: folder.path().to_owned(), region: "us-east-1".into(), observer: Some(observer) };
    let server = S3::open(config).await.unwrap().serve(0).await.unwrap();
    server.create_bucket("landing").await.unwrap();
    let s3 = client(&server.endpoint());
    let version = put(&s3, "landing", "é +1", "abc").await;
    s3.copy_object().bucket("landing").key("copy").copy_source("landing/%C3%A9%20%2B1").send().await.unwrap();
    s3.delete_object().bucket("landing").key("é +1").send().await.unwrap();
    s3.delete_object().bucket("landing").key("é +1").version_id(&version).send().await.unwrap();
    let refused = s3
        .put_object()
        .bucket("landing")
        .key("copy")
        .if_none_match("*")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(refused.unwrap_err().code(), Some("PreconditionFailed"));

    let seen = seen.lock().unwrap().clone();
    let told: Vec<_> = seen.iter().map(|event| (event.change, event.key.as_str(), event.size)).collect();
    assert_eq!(
        told,
        [
            (Change::Put, "é +1", Some(3)),
            (Change::Copy, "copy", Some(3)),
            (Change::DeleteMarkerCreated, "é +1", None),
            (Change::Deleted, "é +1", Some(3)),
        ]
    );
    assert_eq!(
        (seen[0].version_id.as_str(), seen[0].etag.as_deref()),
        (version.as_str(), Some("900150983cd24fb0d6963f7d28e17f72"))
    );
    assert!(seen[0].sequencer < seen[1].sequencer && seen[1].sequencer < seen[2].sequencer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_refuses_what_it_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    server.create_bucket("landing").await.unwrap();
    server.set_admission(Some(Arc::new(|_, key| {
        if key.ends_with(".csv") { Ok(()) } else { Err("no dataset takes it".into()) }
    })));
    let s3 = client(&server.endpoint());
    put(&s3, "landing", "flights.csv", "x").await;
    let refused = s3
        .put_object()
        .bucket("landing")
        .key("virus.exe")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("AccessDenied"));
    assert!(refused.message().unwrap().contains("no dataset takes it"));
    assert_eq!(all_keys(&s3, "landing").await, ["flights.csv"]);
}
