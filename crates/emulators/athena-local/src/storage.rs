//! The objects of partitions, and the cache that keeps them on disk by their entity tags.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_s3::Client;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::{BoxError, Error};

/// How many requests are under way at a time.
const REQUESTS: usize = 16;

/// An object that belongs to a partition.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// The partition's number.
    pub(crate) partition: usize,
    bucket: String,
    key: String,
    etag: String,
    pub(crate) size: u64,
}

impl Object {
    /// The object's URL.
    pub(crate) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// Lists the objects below each location, hidden ones left out: names, or names of folders, that begin with `_` or `.`.
pub(crate) async fn list(client: &Client, locations: Vec<(usize, String)>) -> Result<Vec<Object>, Error> {
    let jobs = locations.into_iter().map(|(partition, location)| below(client.clone(), partition, location));
    Ok(gather(jobs.collect()).await?.into_iter().flatten().collect())
}

/// Fetches the objects that the cache does not have; their files, in the same order.
pub(crate) async fn fetch(client: &Client, cache: &Path, objects: &[Object]) -> Result<Vec<PathBuf>, Error> {
    let folder = cache.join("objects");
    std::fs::create_dir_all(&folder).map_err(|source| Error::Cache {
        operation: "create",
        path: folder.clone(),
        source,
    })?;
    let jobs = objects.iter().map(|object| cached(client.clone(), folder.clone(), object.clone()));
    gather(jobs.collect()).await
}

async fn below(client: Client, partition: usize, location: String) -> Result<Vec<Object>, Error> {
    let failed = |source: BoxError| Error::Storage { operation: "list", subject: location.clone(), source };
    let place = location.split_once("://").and_then(|(scheme, rest)| scheme.starts_with("s3").then_some(rest));
    let place = place.ok_or_else(|| failed("a location begins with s3://".into()))?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let prefix = match prefix.trim_end_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let mut pages = client.list_objects_v2().bucket(bucket).prefix(&prefix).into_paginator().send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed(error.into()))?;
        for object in page.contents() {
            let (Some(key), Some(etag)) = (object.key(), object.e_tag()) else { continue };
            let size = u64::try_from(object.size().unwrap_or_default()).unwrap_or_default();
            let name = key.strip_prefix(&prefix).unwrap_or(key);
            if size > 0 && !name.split('/').any(|part| part.starts_with(['_', '.'])) {
                let (bucket, key, etag) = (bucket.to_owned(), key.to_owned(), etag.to_owned());
                objects.push(Object { partition, bucket, key, etag, size });
            }
        }
    }
    Ok(objects)
}

async fn cached(client: Client, folder: PathBuf, object: Object) -> Result<PathBuf, Error> {
    let name = Sha256::digest(format!("{}\n{}\n{}", object.bucket, object.key, object.etag));
    let name: String = name.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("{name}.parquet"));
    if tokio::fs::metadata(&path).await.is_ok_and(|file| file.len() == object.size) {
        return Ok(path);
    }
    let request = client.get_object().bucket(&object.bucket).key(&object.key).if_match(&object.etag);
    let failed = |source: BoxError| Error::Storage { operation: "read", subject: object.url(), source };
    let answer = request.send().await.map_err(|error| failed(error.into()))?;
    let cached = |operation| {
        let path = path.clone();
        move |source| Error::Cache { operation, path, source }
    };
    let incomplete = tempfile::NamedTempFile::new_in(&folder).map_err(cached("create"))?;
    let mut file = tokio::fs::File::from_std(incomplete.reopen().map_err(cached("open"))?);
    tokio::io::copy(&mut answer.body.into_async_read(), &mut file).await.map_err(|error| failed(error.into()))?;
    tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(cached("write"))?;
    incomplete.persist(&path).map_err(|error| cached("write")(error.error))?;
    Ok(path)
}

/// Runs the jobs, some at a time; their results in the jobs' order, or the first error.
async fn gather<T, J>(jobs: Vec<J>) -> Result<Vec<T>, Error>
where
    T: Send + 'static,
    J: Future<Output = Result<T, Error>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(REQUESTS));
    let mut running = JoinSet::new();
    for (number, job) in jobs.into_iter().enumerate() {
        let permits = Arc::clone(&permits);
        running.spawn(async move {
            let _permit = permits.acquire().await;
            job.await.map(|result| (number, result))
        });
    }
    let mut results = Vec::new();
    while let Some(ended) = running.join_next().await {
        let failed = |error: tokio::task::JoinError| Error::Engine { operation: "fetch files", source: error.into() };
        results.push(ended.map_err(failed)??);
    }
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
