//! A file on its way into the landing bucket, and the wait for its outcome.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use loads::{LoadOutcome, Services};
use notifications::{NotifiedObject, ObjectKey};
use objects::ObjectRef;
use pipeline::Project;

use crate::progress;

/// Files above this size go up in parts, with progress.
const PART: u64 = 16 * 1024 * 1024;

/// How often an outcome is looked for.
const POLL: Duration = Duration::from_millis(100);

/// How often all outcomes of the dataset are listed, for one that has another name.
const LIST: Duration = Duration::from_secs(2);

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

/// Puts a file into a bucket and waits for its outcome. A load that is submitted again is waited for again.
pub(crate) async fn load(
    services: &Services,
    bucket: &str,
    file: &Path,
    key: &str,
    limit: Duration,
) -> anyhow::Result<LoadOutcome> {
    let dataset = services.project.dataset_for_key(key).map_or("unmatched", |(dataset, _)| dataset.name.as_str());
    let earlier = services.store.outcomes(dataset).await?;
    let upload = put(services, bucket, file, key).await?;
    let spinner = progress::spinner(&format!("loading {key}"));
    let outcome = wait(services, dataset, &upload, &earlier, limit).await;
    spinner.finish_and_clear();
    outcome
}

/// Puts a file into a bucket; returns the object as its event will name it, if that has the version.
pub(crate) async fn put(services: &Services, bucket: &str, file: &Path, key: &str) -> anyhow::Result<NotifiedObject> {
    let size = tokio::fs::metadata(file).await.with_context(|| format!("reading {}", file.display()))?.len();
    let stored = if size > PART {
        put_parts(services, bucket, file, key, size).await
    } else {
        put_whole(services, bucket, file, key).await
    };
    let stored = stored.with_context(|| format!("uploading {} to s3://{bucket}/{key}", file.display()))?;
    Ok(NotifiedObject {
        bucket: bucket.to_owned(),
        key: ObjectKey::from_plain(key)?,
        version: stored.version,
        etag: stored.etag.map(|tag| tag.trim_matches('"').to_owned()),
        size: Some(size),
        sequencer: None,
        time: None,
    })
}

/// What S3 calls what it has stored.
struct Stored {
    version: Option<String>,
    /// With its quotes.
    etag: Option<String>,
}

async fn put_whole(services: &Services, bucket: &str, file: &Path, key: &str) -> anyhow::Result<Stored> {
    let body = ByteStream::from_path(file).await?;
    let put = services.s3.put_object().bucket(bucket).key(key).body(body).send().await.map_err(failed)?;
    Ok(Stored { version: put.version_id, etag: put.e_tag })
}

async fn put_parts(services: &Services, bucket: &str, file: &Path, key: &str, size: u64) -> anyhow::Result<Stored> {
    let s3 = &services.s3;
    let created = s3.create_multipart_upload().bucket(bucket).key(key).send().await.map_err(failed)?;
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
            // What is left of a broken upload costs money until it is removed; the first error is the one to report.
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
        .map_err(failed)?;
    Ok(Stored { version: done.version_id, etag: done.e_tag })
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
            .map_err(failed)?;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
        bar.inc(length);
    }
    Ok(parts)
}

/// Waits until the upload's outcome is in the lake. Where the event has no version, as without versioning, the load has another name
/// than the upload: then it is the outcome of this key and entity tag that was not there before.
async fn wait(
    services: &Services,
    dataset: &str,
    upload: &NotifiedObject,
    earlier: &BTreeSet<String>,
    limit: Duration,
) -> anyhow::Result<LoadOutcome> {
    let (start, mut listed, mut attempt) = (Instant::now(), Instant::now(), 1);
    loop {
        match services.store.outcome(dataset, &upload.id(), attempt).await? {
            Some(outcome) if !outcome.retried => return Ok(outcome),
            Some(_) => {
                attempt += 1;
                continue;
            }
            None => {}
        }
        if listed.elapsed() > LIST {
            if let Some(outcome) = outcome_without_version(services, dataset, upload, earlier).await? {
                return Ok(outcome);
            }
            listed = Instant::now();
        }
        if start.elapsed() > limit {
            bail!(
                "{} has no outcome after {} s. A load that began goes on: see `landfall query \"select * from landfall.loads\"`. If none \
                 began, its event did not arrive: does the bucket notify EventBridge, what does the log of load-redshift say, and are there dead letters?",
                upload.url(),
                limit.as_secs()
            )
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn outcome_without_version(
    services: &Services,
    dataset: &str,
    upload: &NotifiedObject,
    earlier: &BTreeSet<String>,
) -> anyhow::Result<Option<LoadOutcome>> {
    for key in services.store.outcomes(dataset).await?.difference(earlier) {
        let Some(outcome) = services.store.outcome_at(key).await? else { continue };
        let theirs = &outcome.upload;
        let is_it = (&theirs.bucket, &theirs.key, &theirs.etag) == (&upload.bucket, &upload.key, &upload.etag);
        if is_it && theirs.version.is_none() && !outcome.retried {
            return Ok(Some(outcome));
        }
    }
    Ok(None)
}

/// S3's code and message; where it gave none, the whole chain.
fn failed<E>(error: SdkError<E>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    anyhow::anyhow!("{}", causes::service(&error))
}
