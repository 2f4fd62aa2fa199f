//! Reading small objects whole.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use bytes::Bytes;

use crate::error::ReadError;
use crate::object_ref::ObjectRef;

/// The bytes of a small object and its ETag; nothing if there is no such key. A missing bucket is an error.
///
/// # Errors
/// S3's. Without s3:ListBucket, S3 answers "denied" for a key that does not exist.
pub async fn get_if_present(client: &Client, object: &ObjectRef) -> Result<Option<(Bytes, String)>, ReadError> {
    let output = match client.get_object().bucket(&object.bucket).key(&object.key).send().await {
        Ok(output) => output,
        Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => return Ok(None),
        Err(error) => return Err(ReadError::of(object, error)),
    };
    let etag = output.e_tag.clone().unwrap_or_default();
    match output.body.collect().await {
        Ok(body) => Ok(Some((body.into_bytes(), etag))),
        Err(error) => Err(ReadError::Request { object: object.clone(), source: Box::new(error) }),
    }
}
