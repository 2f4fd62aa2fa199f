//! The answers of Secrets Manager.
#![cfg(feature = "secrets")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

use std::io::{Read, Write};
use std::net::TcpListener;

use aws_config::{Region, SdkConfig};
use aws_sdk_secretsmanager::config::Credentials;

/// What is read when Secrets Manager answers so.
async fn read(status: &'static str, body: &'static str) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = config(&format!("http://{}", listener.local_addr().unwrap())).await;
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).unwrap();
            request.extend_from_slice(&bytes[..count]);
        }
        let request = String::from_utf8(request).unwrap();
        assert!(request.contains("secretsmanager.GetSecretValue") && request.ends_with(r#"{"SecretId":"arn:key"}"#));
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").unwrap();
    });
    function::secrets::text(&config, "arn:key").await.map_err(|error| error.to_string())
}

async fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    aws_config::from_env()
        .region(Region::from_static("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .load()
        .await
}

#[tokio::test]
async fn a_text_is_read_and_nothing_else() {
    assert_eq!(read("200 OK", r#"{"SecretString":"the key"}"#).await.unwrap(), "the key");
    assert_eq!(read("200 OK", r#"{"SecretBinary":"AAAA"}"#).await.unwrap_err(), "it is no text");
    let refused = r#"{"__type":"AccessDeniedException","Message":"no"}"#;
    let expected = "it cannot be read: AccessDeniedException: no";
    assert_eq!(read("400 Bad Request", refused).await.unwrap_err(), expected);
}
