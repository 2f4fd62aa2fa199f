//! Multipart uploads: each a folder of parts, until it is completed or aborted.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, StdError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::body::{Staged, Stated, receive};
use crate::checksums::{Checksum, stated_checksum, tell_checksum};
use crate::conditions::WriteConditions;
use crate::notifications::Change;
use crate::objects::length;
use crate::protocol::{Protocol, etag, time};
use crate::store::{Bucket, Put, read_json, write_json};
use crate::store_error::{StoreError, interrupted};
use crate::version::{Headers, stated_headers};

/// A part that is not the last has at least 5 MiB.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// Parts are numbered from 1 to this.
const LAST_PART: i32 = 10_000;

/// The file in an upload's folder that says what is being uploaded.
const UPLOAD_FILE: &str = "upload.json";

#[derive(Serialize, Deserialize)]
struct UploadFile {
    key: String,
    headers: Headers,
}

#[derive(Serialize, Deserialize)]
struct PartFile {
    number: i32,
    size: u64,
    etag: String,
    checksum: Option<Checksum>,
    last_modified: DateTime<Utc>,
    /// The name of the file of bytes: a part that is uploaded again gets another, and no reader sees a mixture.
    data: String,
}

impl Protocol {
    pub(crate) async fn create_upload(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let bucket = self.store.bucket(&input.bucket)?;
        self.store.admit(&input.bucket, &input.key)?;
        let upload_id = Uuid::new_v4().simple().to_string();
        let folder = bucket.uploads().join(&upload_id);
        let upload = UploadFile { key: input.key.clone(), headers: stated_headers!(input) };
        let created = tokio::task::spawn_blocking(move || {
            fs::create_dir_all(&folder).map_err(StoreError::disk("create", &folder))?;
            write_json(&folder.join(UPLOAD_FILE), &upload)
        });
        created.await.map_err(interrupted)??;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload_id),
            checksum_algorithm: input.checksum_algorithm,
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(crate) async fn put_part(
        &self,
        mut request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let stated = Stated {
            length: request.input.content_length,
            md5: request.input.content_md5.take(),
            checksum: stated_checksum!(request.input),
            trailing: Stated::trailing(&request.headers, &request.extensions),
        };
        let input = request.input;
        let bucket = self.store.bucket(&input.bucket)?;
        let (folder, _) = upload(&bucket, &input.upload_id, &input.key)?;
        if !(1..=LAST_PART).contains(&input.part_number) {
            let reason = format!("the part number is {}; it is between 1 and {LAST_PART}", input.part_number);
            return Err(StoreError::Argument(reason).into());
        }
        let staged = match input.body {
            Some(body) => receive(&bucket.incoming(), body, stated).await?,
            None => receive(&bucket.incoming(), stream::empty::<Result<Bytes, StdError>>(), stated).await?,
        };
        let number = input.part_number;
        let stored = tokio::task::spawn_blocking(move || store_part(&folder, number, staged));
        let part = stored.await.map_err(interrupted)??;
        let mut output = UploadPartOutput { e_tag: Some(ETag::Strong(part.etag)), ..UploadPartOutput::default() };
        tell_checksum!(output, &part.checksum);
        Ok(S3Response::new(output))
    }

    pub(crate) async fn complete_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let bucket = self.store.bucket(&input.bucket)?;
        let (folder, upload) = upload(&bucket, &input.upload_id, &input.key)?;
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
        let put = Put { conditions, change: Change::CompleteMultipartUpload };
        let store = Arc::clone(&self.store);
        let key = input.key.clone();
        let completed = tokio::task::spawn_blocking(move || {
            let parts = chosen(&folder, &named)?;
            let staged = assemble(&bucket, &folder, &parts)?;
            let version = store.put(&bucket, &key, staged, upload.headers, &put)?;
            fs::remove_dir_all(&folder).map_err(StoreError::disk("remove", &folder))?;
            Ok::<_, StoreError>(version)
        });
        let version = completed.await.map_err(interrupted)??;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: version.object.as_ref().map(etag),
            version_id: Some(version.version_id.clone()),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    pub(crate) async fn abort_upload(
        &self,
        input: AbortMultipartUploadInput,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let bucket = self.store.bucket(&input.bucket)?;
        let (folder, _) = upload(&bucket, &input.upload_id, &input.key)?;
        let removed = tokio::task::spawn_blocking(move || {
            fs::remove_dir_all(&folder).map_err(StoreError::disk("remove", &folder))
        });
        removed.await.map_err(interrupted)??;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    pub(crate) async fn parts(&self, input: ListPartsInput) -> S3Result<S3Response<ListPartsOutput>> {
        let bucket = self.store.bucket(&input.bucket)?;
        let (folder, _) = upload(&bucket, &input.upload_id, &input.key)?;
        let uploaded = tokio::task::spawn_blocking(move || uploaded_parts(&folder)).await.map_err(interrupted)??;
        let after = input.part_number_marker.unwrap_or_default();
        let limit = input.max_parts.unwrap_or(1000).clamp(0, 1000);
        let rest = uploaded.iter().filter(|part| part.number > after);
        let page: Vec<Part> = rest.clone().take(usize::try_from(limit).unwrap_or_default()).map(describe).collect();
        let truncated = rest.count() > page.len();
        Ok(S3Response::new(ListPartsOutput {
            next_part_number_marker: page.last().filter(|_| truncated).and_then(|part| part.part_number),
            is_truncated: Some(truncated),
            parts: Some(page),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            part_number_marker: input.part_number_marker,
            max_parts: Some(limit),
            ..ListPartsOutput::default()
        }))
    }
}

/// The folder of an upload. An id is a word of 32 hexadecimal digits: nothing else becomes a path.
fn upload(bucket: &Bucket, upload_id: &str, key: &str) -> Result<(PathBuf, UploadFile), StoreError> {
    let unknown = || StoreError::NoSuchUpload(upload_id.to_owned());
    if upload_id.len() != 32 || !upload_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    let folder = bucket.uploads().join(upload_id);
    let upload: UploadFile = read_json(&folder.join(UPLOAD_FILE)).map_err(|_| unknown())?;
    if upload.key == key { Ok((folder, upload)) } else { Err(unknown()) }
}

fn store_part(folder: &Path, number: i32, staged: Staged) -> Result<PartFile, StoreError> {
    let description = folder.join(format!("{number:05}.json"));
    let part = PartFile {
        number,
        size: staged.size,
        etag: staged.etag,
        checksum: staged.checksum,
        last_modified: Utc::now(),
        data: format!("{number:05}-{}.part", Uuid::new_v4().simple()),
    };
    let data = folder.join(&part.data);
    staged.file.persist(&data).map_err(|error| StoreError::disk("write", &data)(error.error))?;
    write_json(&description, &part)?;
    Ok(part)
}

fn uploaded_parts(folder: &Path) -> Result<Vec<PartFile>, StoreError> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::disk("list", folder))? {
        let path = entry.map_err(StoreError::disk("list", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") && !path.ends_with(UPLOAD_FILE) {
            parts.push(read_json::<PartFile>(&path)?);
        }
    }
    parts.sort_by_key(|part| part.number);
    Ok(parts)
}

/// The parts that the completion names, checked as S3 checks them.
fn chosen(folder: &Path, named: &[CompletedPart]) -> Result<Vec<PartFile>, StoreError> {
    let mut uploaded = uploaded_parts(folder)?;
    let mut chosen: Vec<PartFile> = Vec::new();
    for part in named {
        let number = part.part_number.unwrap_or_default();
        if chosen.last().is_some_and(|last| last.number >= number) {
            return Err(StoreError::PartOrder);
        }
        let same_etag = |known: &PartFile| part.e_tag.as_ref().is_none_or(|etag| etag.value() == known.etag);
        let position = uploaded.iter().position(|known| known.number == number && same_etag(known));
        chosen.push(uploaded.swap_remove(position.ok_or(StoreError::InvalidPart(number))?));
    }
    if chosen.is_empty() {
        return Err(StoreError::Argument("a multipart upload is completed with at least one part".to_owned()));
    }
    let small = chosen[..chosen.len() - 1].iter().find(|part| part.size < SMALLEST_PART);
    match small {
        Some(part) => Err(StoreError::PartTooSmall { number: part.number, size: part.size }),
        None => Ok(chosen),
    }
}

/// Writes the parts one after another. The ETag is S3's: the MD5 of the parts' MD5s, a dash, the number of parts.
fn assemble(bucket: &Bucket, folder: &Path, parts: &[PartFile]) -> Result<Staged, StoreError> {
    let incoming = bucket.incoming();
    let (mut whole, path) = tempfile::NamedTempFile::new_in(&incoming)
        .map_err(StoreError::disk("create a file in", &incoming))?
        .into_parts();
    let mut md5 = Md5::new();
    for part in parts {
        let source = folder.join(&part.data);
        let mut bytes = File::open(&source).map_err(StoreError::disk("read", &source))?;
        io::copy(&mut bytes, &mut whole).map_err(StoreError::disk("write", &*path))?;
        md5.update(&hex::decode(&part.etag).unwrap_or_default());
    }
    Ok(Staged {
        file: path,
        size: parts.iter().map(|part| part.size).sum(),
        etag: format!("{}-{}", hex::encode(md5.finalize()), parts.len()),
        checksum: None,
    })
}

fn describe(part: &PartFile) -> Part {
    let mut described = Part {
        part_number: Some(part.number),
        size: Some(length(part.size)),
        e_tag: Some(ETag::Strong(part.etag.clone())),
        last_modified: Some(time(part.last_modified)),
        ..Part::default()
    };
    tell_checksum!(described, &part.checksum);
    described
}
