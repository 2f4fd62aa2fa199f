//! A server-side copy of exactly one version of an object.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, TaggingDirective};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::object_ref::ObjectRef;

/// CopyObject takes at most 5 GB; larger objects are copied in parts. S3 API, "CopyObject".
const WHOLE: u64 = 5_000_000_000;

/// Bytes of a part: at most 10,000 parts, so objects up to S3's 5 TB.
const PART: u64 = 512 << 20;

/// What may stand in a copy source as it is: the key is URL-encoded, its slashes are not.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// An object could not be copied; the target is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The version is gone.
    #[error("{source_object} is gone; upload it again if it is still wanted")]
    Gone {
        /// The object to copy.
        source_object: ObjectRef,
    },
    /// Any other failure of a request, after the client's own attempts: try again later.
    #[error("{source_object} could not be copied to {target}")]
    Request {
        /// The object to copy.
        source_object: ObjectRef,
        /// Where to.
        target: ObjectRef,
        /// The last attempt's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Copies one version of an object of `bytes` bytes; nothing passes through the caller.
///
/// # Errors
/// The version is gone, or S3's.
pub async fn copy_version(
    client: &Client,
    source: &ObjectRef,
    target: &ObjectRef,
    bytes: Option<u64>,
) -> Result<(), CopyError> {
    match bytes {
        Some(bytes) if bytes > WHOLE => in_parts(client, source, target, bytes).await,
        _ => whole(client, source, target).await,
    }
}

async fn whole(client: &Client, source: &ObjectRef, target: &ObjectRef) -> Result<(), CopyError> {
    client
        .copy_object()
        .copy_source(copy_source(source))
        .bucket(&target.bucket)
        .key(&target.key)
        // The copy has no tags, as one in parts has none. To copy the vendor's would ask for s3:GetObjectVersionTagging and
        // s3:PutObjectTagging. S3 API, "CopyObject".
        .tagging_directive(TaggingDirective::Replace)
        .send()
        .await
        .map_err(|e| failed(source, target, e))?;
    Ok(())
}

async fn in_parts(client: &Client, source: &ObjectRef, target: &ObjectRef, bytes: u64) -> Result<(), CopyError> {
    let created = client
        .create_multipart_upload()
        .bucket(&target.bucket)
        .key(&target.key)
        .send()
        .await
        .map_err(|e| failed(source, target, e))?;
    let id = created.upload_id.unwrap_or_default();
    let copied = copy_parts(client, source, target, bytes, &id).await;
    let parts = match copied {
        Ok(parts) => parts,
        Err(error) => {
            // The first error is the one that counts; parts that remain are removed by the bucket's lifecycle rule.
            let _ = client.abort_multipart_upload().bucket(&target.bucket).key(&target.key).upload_id(&id).send().await;
            return Err(error);
        }
    };
    client
        .complete_multipart_upload()
        .bucket(&target.bucket)
        .key(&target.key)
        .upload_id(&id)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .send()
        .await
        .map_err(|e| failed(source, target, e))?;
    Ok(())
}

async fn copy_parts(
    client: &Client,
    source: &ObjectRef,
    target: &ObjectRef,
    bytes: u64,
    id: &str,
) -> Result<Vec<CompletedPart>, CopyError> {
    let mut parts = Vec::new();
    let mut first = 0;
    for number in 1.. {
        let last = (first + PART).min(bytes) - 1;
        let copied = client
            .upload_part_copy()
            .copy_source(copy_source(source))
            .copy_source_range(format!("bytes={first}-{last}"))
            .bucket(&target.bucket)
            .key(&target.key)
            .upload_id(id)
            .part_number(number)
            .send()
            .await
            .map_err(|e| failed(source, target, e))?;
        let etag = copied.copy_part_result.and_then(|part| part.e_tag);
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
        first = last + 1;
        if first >= bytes {
            break;
        }
    }
    Ok(parts)
}

/// `bucket/key?versionId=...`, the key URL-encoded. S3 API, "CopyObject", `x-amz-copy-source`.
fn copy_source(source: &ObjectRef) -> String {
    let version = source
        .version
        .as_ref()
        .map_or_else(String::new, |version| format!("?versionId={}", utf8_percent_encode(version, ENCODED)));
    format!("{}/{}{version}", source.bucket, utf8_percent_encode(&source.key, ENCODED))
}

fn failed<E>(source: &ObjectRef, target: &ObjectRef, error: SdkError<E>) -> CopyError
where
    E: std::error::Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    if status == Some(404) {
        return CopyError::Gone { source_object: source.clone() };
    }
    CopyError::Request { source_object: source.clone(), target: target.clone(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_source_is_url_encoded_but_for_its_slashes() {
        let object = ObjectRef::new("b", "a folder/100%+é'.csv").with_version("v 1");
        assert_eq!(copy_source(&object), "b/a%20folder/100%25%2B%C3%A9%27.csv?versionId=v%201");
        assert_eq!(copy_source(&ObjectRef::new("b", "k")), "b/k");
    }
}
