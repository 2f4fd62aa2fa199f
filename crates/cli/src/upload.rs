//! A file on its way into the landing bucket, and the wait for what becomes of it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use lake::ObjectRef;
use loads::{Outcome, Services};
use notifications::{ObjectKey, Upload};
use pipeline::Project;

use crate::progress;

/// Files above this size go up in parts, with progress.
const PART: u64 = 16 * 1024 * 1024;

/// How often an outcome is looked for.
const POLL: Duration = Duration::from_millis(100);

/// The key under which a dataset takes this file: the longest end of its path that one does, or the file's name in the
/// folder that a dataset's pattern begins with.
pub(crate) fn key_for(project: &Project, file: &Path) -> anyhow::Result<String> {
    ensure!(file.is_file(), "there is no file {}", file.display());
    let parts: Vec<String> = file
        .components()
        .filter(|c| matches!(c, std::path::Component::Normal(_)))
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    for from in 0..parts.len() {
        let key = parts[from..].join("/");
        if project.dataset_for_key(&key).is_some() {
            return Ok(key);
        }
    }
    let name = parts.last().cloned().unwrap_or_default();
    for dataset in project.datasets() {
        let folder = dataset.key.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        let key = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if project.dataset_for_key(&key).is_some() {
            return Ok(key);
        }
    }
    let keys = project.datasets().map(|d| format!("\n  {}", d.key.as_str())).collect::<String>();
    bail!("no dataset takes {}; name its key with --key. The datasets take:{keys}", file.display())
}

/// Puts a file into a bucket; returns the upload as its event will name it.
pub(crate) async fn put(services: &Services, bucket: &str, file: &Path, key: &str) -> anyhow::Result<Upload> {
    let size = tokio::fs::metadata(file).await.with_context(|| format!("reading {}", file.display()))?.len();
    let version = if size > PART {
        put_parts(services, bucket, file, key, size).await
    } else {
        put_whole(services, bucket, file, key).await
    };
    let version = version.with_context(|| format!("uploading {} to s3://{bucket}/{key}", file.display()))?;
    Ok(Upload {
        bucket: bucket.to_owned(),
        key: ObjectKey::from_plain(key)?,
        version,
        etag: None,
        size: Some(size),
        sequencer: None,
        time: None,
    })
}

async fn put_whole(services: &Services, bucket: &str, file: &Path, key: &str) -> anyhow::Result<Option<String>> {
    let body = ByteStream::from_path(file).await?;
    let put = services.s3.put_object().bucket(bucket).key(key).body(body).send().await.map_err(told)?;
    Ok(put.version_id)
}

async fn put_parts(
    services: &Services,
    bucket: &str,
    file: &Path,
    key: &str,
    size: u64,
) -> anyhow::Result<Option<String>> {
    let s3 = &services.s3;
    let created = s3.create_multipart_upload().bucket(bucket).key(key).send().await.map_err(told)?;
    let id = created.upload_id.context("S3 returned no upload id")?;
    let bar = progress::bytes("uploading", size);
    let parts = send_parts(
        services,
        &ObjectRef { bucket: bucket.to_owned(), key: key.to_owned(), version: None },
        &id,
        file,
        size,
        &bar,
    )
    .await;
    bar.finish_and_clear();
    let parts = match parts {
        Ok(parts) => parts,
        Err(error) => {
            // What is left of a broken upload costs money until it is removed; the first error is the one to tell.
            let _ = s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(&id).send().await;
            return Err(error);
        }
    };
    let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let done = s3
        .complete_multipart_upload()
        .bucket(bucket)
        .key(key)
        .upload_id(id)
        .multipart_upload(whole)
        .send()
        .await
        .map_err(told)?;
    Ok(done.version_id)
}

async fn send_parts(
    services: &Services,
    object: &ObjectRef,
    id: &str,
    file: &Path,
    size: u64,
    bar: &indicatif::ProgressBar,
) -> anyhow::Result<Vec<CompletedPart>> {
    let mut parts = Vec::new();
    for (number, offset) in (1..).zip((0..size).step_by(usize::try_from(PART)?)) {
        let length = PART.min(size - offset);
        let body = ByteStream::read_from()
            .path(file)
            .offset(offset)
            .length(aws_sdk_s3::primitives::Length::Exact(length))
            .build()
            .await?;
        let sent = services
            .s3
            .upload_part()
            .bucket(&object.bucket)
            .key(&object.key)
            .upload_id(id)
            .part_number(number)
            .body(body)
            .send()
            .await
            .map_err(told)?;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
        bar.inc(length);
    }
    Ok(parts)
}

/// Waits until the upload's outcome is in the lake. Conflicts are tried again, and so waited for again.
pub(crate) async fn wait(services: &Services, upload: &Upload, limit: Duration) -> anyhow::Result<Outcome> {
    let dataset = services.project.dataset_for_key(upload.key.as_str()).map(|(d, _)| d.name.as_str().to_owned());
    let dataset = dataset.unwrap_or_else(|| "unmatched".to_owned());
    let spinner = progress::spinner(&format!("loading {}", upload.key));
    let start = Instant::now();
    let mut attempt = 1;
    loop {
        match services.store.outcome(&dataset, &upload.id(), attempt).await? {
            Some(outcome) if !outcome.retried => {
                spinner.finish_and_clear();
                return Ok(outcome);
            }
            Some(_) => attempt += 1,
            None if start.elapsed() > limit => bail!(
                "{} has no outcome after {} s; the load goes on: ask `select * from landfall.loads`",
                upload.url(),
                limit.as_secs()
            ),
            None => tokio::time::sleep(POLL).await,
        }
    }
}

/// S3's code and message; where it gave none, the whole chain.
fn told<E>(error: SdkError<E>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    anyhow::anyhow!("{}", causes::service(&error))
}
