//! Why an object could not be read or written.

use std::error::Error;

use aws_sdk_s3::error::SdkError;

use crate::object_ref::ObjectRef;

/// An object could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No such key, version or bucket, or a delete marker.
    #[error("{object} is gone; upload it again if it is still wanted")]
    Gone {
        /// The object.
        object: ObjectRef,
    },
    /// S3 refused.
    #[error(
        "{object} may not be read; grant s3:GetObject and s3:GetObjectVersion on it (and s3:ListBucket, without which \
         S3 answers the same for a key that is gone), and kms:Decrypt if it is encrypted with a key of KMS"
    )]
    Denied {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another upload took the key while it was read.
    #[error("{object} was overwritten while it was read; the newer upload has an event of its own")]
    Changed {
        /// The object.
        object: ObjectRef,
    },
    /// Any other failure of a request, after the client's own attempts: try again later.
    #[error("{object} could not be read")]
    Request {
        /// The object.
        object: ObjectRef,
        /// The last attempt's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ReadError {
    /// Whether the same read may succeed later. A permission that is missing may be given; what is gone stays gone.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Gone { .. } | Self::Changed { .. } => false,
            Self::Denied { .. } | Self::Request { .. } => true,
        }
    }
}

/// An object could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// S3 refused.
    #[error(
        "{object} may not be written; grant s3:PutObject and s3:AbortMultipartUpload on it, and kms:GenerateDataKey \
         and kms:Decrypt if its bucket encrypts with a key of KMS"
    )]
    Denied {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The bucket, or the upload in progress, does not exist.
    #[error(
        "{object} could not be written because its bucket or its multipart upload does not exist; check the bucket's \
         name, and that no lifecycle rule aborts uploads that are under way"
    )]
    Gone {
        /// The object.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// More than S3 takes in one upload.
    #[error("{object} would be larger than {} GB; split the upload", .limit / 1_000_000_000)]
    TooLarge {
        /// The object.
        object: ObjectRef,
        /// Bytes that one upload can have.
        limit: u64,
    },
    /// The value has no JSON form.
    #[error("the content of {object} cannot be written as JSON")]
    Json {
        /// The object.
        object: ObjectRef,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Any other failure of a request, after the client's own attempts: try again later.
    #[error("{object} could not be written")]
    Request {
        /// The object.
        object: ObjectRef,
        /// The last attempt's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl WriteError {
    pub(crate) fn of<E>(object: &ObjectRef, error: SdkError<E>) -> Self
    where
        SdkError<E>: Error + Send + Sync + 'static,
    {
        let object = object.clone();
        match status(&error) {
            Some(403) => Self::Denied { object, source: Box::new(error) },
            Some(404) => Self::Gone { object, source: Box::new(error) },
            _ => Self::Request { object, source: Box::new(error) },
        }
    }
}

/// The HTTP status that S3 answered with, if it answered.
pub(crate) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
