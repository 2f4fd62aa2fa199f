//! Reading an object by ranges.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use bytes::Bytes;

use crate::error::{ReadError, status};
use crate::object_ref::ObjectRef;

/// How often a range is asked for when its body breaks off.
const ATTEMPTS: u32 = 3;

/// One object, of which every range comes from the same version.
#[derive(Debug, Clone)]
pub struct ObjectRanges {
    client: Client,
    pub(crate) object: ObjectRef,
    pub(crate) etag: Option<String>,
    pub(crate) size: u64,
}

impl ObjectRanges {
    /// Reads the first bytes, at most `length` of them, and learns size and ETag.
    ///
    /// # Errors
    /// S3's.
    pub async fn open(client: &Client, object: &ObjectRef, length: u64) -> Result<(Self, Bytes), ReadError> {
        Self::opened(client, object, format!("bytes=0-{}", length.saturating_sub(1))).await
    }

    /// Reads the last bytes, at most `length` of them, and learns size and ETag.
    ///
    /// # Errors
    /// S3's.
    pub async fn open_end(client: &Client, object: &ObjectRef, length: u64) -> Result<(Self, Bytes), ReadError> {
        Self::opened(client, object, format!("bytes=-{length}")).await
    }

    async fn opened(client: &Client, object: &ObjectRef, range: String) -> Result<(Self, Bytes), ReadError> {
        let mut ranges = Self { client: client.clone(), object: object.clone(), etag: None, size: 0 };
        let Some((size, etag, bytes)) = ranges.get(range).await? else {
            return Ok((ranges, Bytes::new()));
        };
        ranges.size = size.unwrap_or(bytes.len() as u64);
        ranges.etag = etag;
        Ok((ranges, bytes))
    }

    /// Bytes of the object.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The ETag as S3 gives it, in quotes; none if the object has no byte.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// Reads a range. What lies behind the object's end is left out.
    ///
    /// # Errors
    /// S3's; `Changed`, if the object is not the one that was opened.
    pub async fn range(&self, start: u64, length: u64) -> Result<Bytes, ReadError> {
        let end = start.saturating_add(length).min(self.size);
        if start >= end {
            return Ok(Bytes::new());
        }
        let bytes = self.get(format!("bytes={start}-{}", end - 1)).await?.map(|(_, _, bytes)| bytes);
        match bytes {
            Some(bytes) if bytes.len() as u64 == end - start => Ok(bytes),
            // Another length, or none: what is there now is another object.
            _ => Err(ReadError::Changed { object: self.object.clone() }),
        }
    }

    /// The object's size, its ETag and the bytes of a range; nothing if the object has no byte.
    async fn get(&self, range: String) -> Result<Option<(Option<u64>, Option<String>, Bytes)>, ReadError> {
        let mut attempt = 1;
        loop {
            let answer = self
                .client
                .get_object()
                .bucket(&self.object.bucket)
                .key(&self.object.key)
                .set_version_id(self.object.version.clone())
                .set_if_match(self.etag.clone())
                .range(&range)
                .send()
                .await;
            let output = match answer {
                Ok(output) => output,
                Err(error) if status(&error) == Some(416) => return Ok(None),
                Err(error) => return Err(ReadError::of(&self.object, error)),
            };
            let (size, etag) = (total_size(&output), output.e_tag.clone());
            match output.body.collect().await {
                Ok(body) => return Ok(Some((size, etag, body.into_bytes()))),
                Err(error) if attempt < ATTEMPTS => {
                    tracing::debug!(object = %self.object, range, %error, "the body of a range broke off");
                    attempt += 1;
                }
                Err(error) => {
                    return Err(ReadError::Request { object: self.object.clone(), source: Box::new(error) });
                }
            }
        }
    }
}

impl ReadError {
    /// What S3's answer to GetObject means.
    pub(crate) fn of(object: &ObjectRef, error: SdkError<GetObjectError>) -> Self {
        let object = object.clone();
        match status(&error) {
            // 405 is S3's answer for a version that is a delete marker.
            Some(404 | 405) => Self::Gone { object },
            Some(403) => Self::Denied { object, source: Box::new(error) },
            Some(412) => Self::Changed { object },
            _ => Self::Request { object, source: Box::new(error) },
        }
    }
}

/// From `Content-Range: bytes 0-65535/123456`; without one, the whole object was sent.
fn total_size(output: &GetObjectOutput) -> Option<u64> {
    let range = output.content_range.as_deref().and_then(|range| range.rsplit('/').next()?.parse().ok());
    range.or_else(|| output.content_length.and_then(|length| u64::try_from(length).ok()))
}
