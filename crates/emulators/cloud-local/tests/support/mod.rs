//! What the tests share: clients, and the suite that an S3 must pass.

#![allow(dead_code, reason = "each test file is a crate of its own, and none uses everything")]

pub(crate) mod pipes;
pub(crate) mod s3_suite;

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

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

/// Waits until the condition holds; fails after half a minute, which is far more than anything here takes.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
