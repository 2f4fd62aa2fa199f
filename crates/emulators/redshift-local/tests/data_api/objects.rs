//! As much of S3 as COPY asks for: objects by key, and their list.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// One bucket.
pub(crate) struct Bucket {
    objects: Objects,
    pub(crate) client: Client,
}

impl Bucket {
    pub(crate) async fn start() -> Self {
        let objects = Objects::default();
        let router = Router::new()
            .route("/{bucket}", get(list))
            .route("/{bucket}/", get(list))
            .route("/{bucket}/{*key}", get(object))
            .with_state(Arc::clone(&objects));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .force_path_style(true)
            .endpoint_url(endpoint)
            .build();
        Self { objects, client: Client::from_conf(settings) }
    }

    pub(crate) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.objects.lock().unwrap().insert(key.to_owned(), bytes.into());
    }
}

async fn object(State(objects): State<Objects>, Path((_, key)): Path<(String, String)>) -> Response {
    match objects.lock().unwrap().get(&key) {
        Some(bytes) => bytes.clone().into_response(),
        None => {
            let error = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
            (StatusCode::NOT_FOUND, error).into_response()
        }
    }
}

async fn list(State(objects): State<Objects>, RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default().replace("%2F", "/");
    let prefix = query.split('&').find_map(|member| member.strip_prefix("prefix=")).unwrap_or_default();
    let objects = objects.lock().unwrap();
    let found = objects.iter().filter(|(key, _)| key.starts_with(prefix));
    let contents: String = found
        .map(|(key, bytes)| format!("<Contents><Key>{key}</Key><Size>{}</Size></Contents>", bytes.len()))
        .collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>")
}
