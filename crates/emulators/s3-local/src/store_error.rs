//! What the object store refuses, and how S3 says it.

use std::path::PathBuf;

use s3s::{S3Error, S3ErrorCode, s3_error};

/// An operation of the object store that did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// There is no such bucket.
    #[error("the bucket {0:?} does not exist")]
    NoSuchBucket(String),
    /// The bucket exists already.
    #[error("the bucket {0:?} exists already, and is yours")]
    BucketExists(String),
    /// There is no such key, or its newest version is a delete marker.
    #[error("the key {key:?} does not exist")]
    NoSuchKey { key: String, deleted: bool },
    /// The key has no such version.
    #[error("the key {key:?} has no version {version_id:?}")]
    NoSuchVersion { key: String, version_id: String },
    /// The version is a delete marker, which has no content.
    #[error("the version {version_id:?} of the key {key:?} is a delete marker")]
    DeleteMarker { key: String, version_id: String },
    /// A condition of the request does not hold.
    #[error("the condition {condition} does not hold for the key {key:?}")]
    Precondition { key: String, condition: &'static str },
    /// The object is what the reader has already.
    #[error("the key {0:?} has not changed")]
    NotModified(String),
    /// The range lies outside the object.
    #[error("the key {key:?} has {size} bytes, and the range is outside them")]
    Range { key: String, size: u64 },
    /// The bucket takes no object of this name.
    #[error("the bucket {bucket:?} takes no object named {key:?}: {reason}")]
    Refused { bucket: String, key: String, reason: String },
    /// The body is not the one that its checksum was computed from.
    #[error("the {name} of the body is {computed}, and the request says {stated}")]
    Digest { name: &'static str, computed: String, stated: String },
    /// The body is shorter or longer than its length.
    #[error("the body has {received} bytes, and the request says {stated}")]
    Length { received: u64, stated: u64 },
    /// The body could not be received.
    #[error("the body could not be read")]
    Body(#[source] s3s::StdError),
    /// There is no such multipart upload.
    #[error("the multipart upload {0:?} does not exist: it was completed or aborted, or never created")]
    NoSuchUpload(String),
    /// A part that is named was never uploaded, or has another ETag.
    #[error("part {0} was not uploaded with this ETag")]
    InvalidPart(i32),
    /// The parts are not named in ascending order.
    #[error("the parts are not in ascending order")]
    PartOrder,
    /// A part that is not the last is smaller than 5 MiB.
    #[error("part {number} has {size} bytes; a part that is not the last has at least 5242880")]
    PartTooSmall { number: i32, size: u64 },
    /// The request names something that cannot be.
    #[error("{0}")]
    Argument(String),
    /// The disk refused.
    #[error("cannot {operation} {path:?}")]
    Disk { operation: &'static str, path: PathBuf, source: std::io::Error },
    /// A file that describes a version, a bucket or an upload is not what was written.
    #[error("{path:?} does not describe what it should; move it away, and what it describes is forgotten")]
    Metadata { path: PathBuf, source: serde_json::Error },
}

impl StoreError {
    /// Names the operation and the path of an error of the disk.
    pub(crate) fn disk(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { operation, path, source }
    }

    fn code(&self) -> S3ErrorCode {
        match self {
            Self::NoSuchBucket(_) => S3ErrorCode::NoSuchBucket,
            Self::BucketExists(_) => S3ErrorCode::BucketAlreadyOwnedByYou,
            Self::NoSuchKey { .. } => S3ErrorCode::NoSuchKey,
            Self::NoSuchVersion { .. } => S3ErrorCode::NoSuchVersion,
            Self::DeleteMarker { .. } => S3ErrorCode::MethodNotAllowed,
            Self::Precondition { .. } => S3ErrorCode::PreconditionFailed,
            Self::NotModified(_) => S3ErrorCode::NotModified,
            Self::Range { .. } => S3ErrorCode::InvalidRange,
            Self::Refused { .. } => S3ErrorCode::AccessDenied,
            Self::Digest { .. } => S3ErrorCode::BadDigest,
            Self::Length { .. } | Self::Body(_) => S3ErrorCode::IncompleteBody,
            Self::NoSuchUpload(_) => S3ErrorCode::NoSuchUpload,
            Self::InvalidPart(_) => S3ErrorCode::InvalidPart,
            Self::PartOrder => S3ErrorCode::InvalidPartOrder,
            Self::PartTooSmall { .. } => S3ErrorCode::EntityTooSmall,
            Self::Argument(_) => S3ErrorCode::InvalidArgument,
            Self::Disk { .. } | Self::Metadata { .. } => S3ErrorCode::InternalError,
        }
    }
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let mut answer = S3Error::with_message(error.code(), error.to_string());
        let marker = matches!(error, StoreError::DeleteMarker { .. } | StoreError::NoSuchKey { deleted: true, .. });
        if marker {
            let value = axum::http::HeaderValue::from_static("true");
            answer.set_headers(
                [(axum::http::HeaderName::from_static("x-amz-delete-marker"), value)].into_iter().collect(),
            );
        }
        answer.set_source(Box::new(error));
        answer
    }
}

/// The error of work on a blocking thread that did not end: the process is stopping.
pub(crate) fn interrupted(error: tokio::task::JoinError) -> S3Error {
    s3_error!(error, InternalError, "the work on the disk was interrupted")
}
