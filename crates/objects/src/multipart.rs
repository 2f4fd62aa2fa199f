//! Writing an object in parts: it appears when it is complete.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;

use crate::error::WriteError;
use crate::object_ref::ObjectRef;
use crate::write::put_bytes;

/// Bytes of a part of a multipart upload: S3 takes 5 MiB to 5 GiB, and 10,000 parts, so objects up to 80 GB.
pub(crate) const PART: usize = 8 << 20;
const MOST_PARTS: i32 = 10_000;

/// An object that is written in parts, and appears when it is complete.
pub(crate) struct MultipartUpload<'a> {
    client: &'a Client,
    target: &'a ObjectRef,
    content_type: &'a str,
    /// The first part, until there is a second: one part alone is written at once.
    first: Option<Bytes>,
    id: Option<String>,
    parts: Vec<CompletedPart>,
}

impl<'a> MultipartUpload<'a> {
    pub(crate) fn new(client: &'a Client, target: &'a ObjectRef, content_type: &'a str) -> Self {
        MultipartUpload { client, target, content_type, first: None, id: None, parts: Vec::new() }
    }

    pub(crate) async fn add(&mut self, part: Bytes) -> Result<(), WriteError> {
        if self.id.is_none() {
            let Some(first) = self.first.replace(part) else {
                return Ok(());
            };
            let create = self.client.create_multipart_upload().bucket(&self.target.bucket).key(&self.target.key);
            let created =
                create.content_type(self.content_type).send().await.map_err(|e| WriteError::of(self.target, e))?;
            self.id = created.upload_id;
            self.send(first).await?;
            let Some(second) = self.first.take() else {
                return Ok(());
            };
            return self.send(second).await;
        }
        self.send(part).await
    }

    async fn send(&mut self, part: Bytes) -> Result<(), WriteError> {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        if number > MOST_PARTS {
            return Err(WriteError::TooLarge { object: self.target.clone(), limit: PART as u64 * MOST_PARTS as u64 });
        }
        let upload = self.client.upload_part().bucket(&self.target.bucket).key(&self.target.key);
        let upload = upload.set_upload_id(self.id.clone()).part_number(number).body(ByteStream::from(part));
        let sent = upload.send().await.map_err(|error| WriteError::of(self.target, error))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme);
        self.parts.push(part.build());
        Ok(())
    }

    /// Makes the object appear.
    pub(crate) async fn complete(&mut self) -> Result<(), WriteError> {
        if self.id.is_none() {
            let only = self.first.take().unwrap_or_default();
            return put_bytes(self.client, self.target, only, self.content_type).await;
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut self.parts))).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.target.bucket).key(&self.target.key);
        let complete = complete.set_upload_id(self.id.clone()).multipart_upload(parts);
        complete.send().await.map_err(|error| WriteError::of(self.target, error))?;
        self.id = None;
        Ok(())
    }

    /// Aborts the upload, so that its parts cost nothing. A failure is logged: another one is reported already.
    pub(crate) async fn abort(self) {
        let Some(id) = self.id else { return };
        let abort = self.client.abort_multipart_upload().bucket(&self.target.bucket).key(&self.target.key);
        if let Err(error) = abort.upload_id(&id).send().await {
            let error = aws_sdk_s3::error::DisplayErrorContext(&error).to_string();
            tracing::warn!(object = %self.target, upload.id = id, error, "an unfinished upload could not be aborted");
        }
    }
}
