//! Real SDK clients, and what tests do with objects.

#![allow(dead_code, reason = "each test file is a crate of its own, and none uses everything")]

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;

/// A real SDK client for an endpoint, with credentials that mean nothing.
pub(crate) fn client(endpoint: &str) -> Client {
    client_with(endpoint, "anybody", "anything")
}

/// A real SDK client that signs with these credentials.
pub(crate) fn client_with(endpoint: &str, access_key: &str, secret_key: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(access_key, secret_key, None, None, "test"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

/// Puts text and gives its version.
pub(crate) async fn put(client: &Client, bucket: &str, key: &str, text: &str) -> String {
    let body = ByteStream::from(text.as_bytes().to_vec());
    client.put_object().bucket(bucket).key(key).body(body).send().await.unwrap().version_id.unwrap()
}

/// The text of an object, or of one version of it.
pub(crate) async fn get(client: &Client, bucket: &str, key: &str, version: Option<&str>) -> String {
    let object = client.get_object().bucket(bucket).key(key).set_version_id(version.map(String::from)).send().await;
    let object = object.unwrap_or_else(|error| panic!("{key:?}: {error:?}"));
    String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap()
}

/// All keys of a bucket, through pages of two.
pub(crate) async fn all_keys(client: &Client, bucket: &str) -> Vec<String> {
    let mut pages = client.list_objects_v2().bucket(bucket).max_keys(2).into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    keys
}
