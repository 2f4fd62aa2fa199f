//! Objects of S3 for code that blocks: COPY reads on threads of its own, never on the runtime's.

use std::fmt;
use std::io::Read;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use tokio::runtime::Handle;
use tokio_util::io::SyncIoBridge;

/// A bucket and a key, or a prefix of keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectLocation {
    /// The bucket.
    pub bucket: String,
    /// The key or prefix as S3 holds it, not URL-encoded; empty for a whole bucket.
    pub key: String,
}

impl ObjectLocation {
    /// Reads `s3://bucket/key`; `None` for anything else.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (bucket, key) = url.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        (!bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl fmt::Display for ObjectLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// An object that a listing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// The key.
    pub key: String,
    /// The size in bytes.
    pub size: u64,
}

/// An object that is open for reading.
pub struct OpenObject {
    /// The bytes. Reading blocks; S3 is asked for no more than what is read.
    pub reader: Box<dyn Read + Send>,
    /// The size in bytes, as S3 stores it.
    pub size: u64,
}

/// Why S3 refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// S3 answered with an error. The text is the one that Redshift shows.
    #[error("S3ServiceException:{message},Status {status},Error {code},Rid {request_id} ({location})")]
    Service {
        /// What was asked for.
        location: ObjectLocation,
        /// S3's message.
        message: String,
        /// The HTTP status.
        status: u16,
        /// S3's error code.
        code: String,
        /// The request's id.
        request_id: String,
    },
    /// No answer came.
    #[error("S3 could not be reached for {location}: {reason}")]
    Unreachable {
        /// What was asked for.
        location: ObjectLocation,
        /// The whole chain of causes.
        reason: String,
    },
    /// The object is larger than what is read into memory at once.
    #[error("{location} has {size} bytes, more than the {limit} that are read here")]
    TooLarge {
        /// The object.
        location: ObjectLocation,
        /// Its size in bytes.
        size: u64,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// The object's bytes stopped coming.
    #[error("{location} could not be read to its end: {reason}")]
    Read {
        /// The object.
        location: ObjectLocation,
        /// What went wrong.
        reason: String,
    },
}

impl ObjectError {
    /// Whether the object, or its bucket, does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Service { status: 404, .. })
    }
}

/// Where COPY finds its objects. Every method blocks.
pub trait ObjectSource: Sync {
    /// Opens an object.
    ///
    /// # Errors
    /// What S3 answered.
    fn open(&self, location: &ObjectLocation) -> Result<OpenObject, ObjectError>;

    /// Every object whose key begins with the location's key, in the order of S3 (by the bytes of the key).
    ///
    /// # Errors
    /// What S3 answered.
    fn list(&self, prefix: &ObjectLocation) -> Result<Vec<ListedObject>, ObjectError>;

    /// The whole of an object of at most `limit` bytes.
    ///
    /// # Errors
    /// What S3 answered, or a larger object.
    fn read_small(&self, location: &ObjectLocation, limit: u64) -> Result<Vec<u8>, ObjectError> {
        let object = self.open(location)?;
        if object.size > limit {
            return Err(ObjectError::TooLarge { location: location.clone(), size: object.size, limit });
        }
        let mut bytes = Vec::new();
        let read = object.reader.take(limit).read_to_end(&mut bytes);
        read.map_err(|error| ObjectError::Read { location: location.clone(), reason: error.to_string() })?;
        Ok(bytes)
    }
}

/// The objects of S3, or of anything that speaks its protocol. It must not be used on a thread of the runtime itself.
#[derive(Debug, Clone)]
pub struct S3Objects {
    client: Client,
    runtime: Handle,
}

impl S3Objects {
    /// Reads through `client`; its requests run on `runtime`.
    #[must_use]
    pub fn new(client: Client, runtime: Handle) -> Self {
        Self { client, runtime }
    }
}

impl ObjectSource for S3Objects {
    fn open(&self, location: &ObjectLocation) -> Result<OpenObject, ObjectError> {
        let request = self.client.get_object().bucket(&location.bucket).key(&location.key);
        let object = self.runtime.block_on(request.send()).map_err(|error| refused(location, &error))?;
        let size = object.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        let reader = SyncIoBridge::new_with_handle(object.body.into_async_read(), self.runtime.clone());
        Ok(OpenObject { reader: Box::new(reader), size })
    }

    fn list(&self, prefix: &ObjectLocation) -> Result<Vec<ListedObject>, ObjectError> {
        let request = self.client.list_objects_v2().bucket(&prefix.bucket).prefix(&prefix.key);
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = self.runtime.block_on(pages.next()) {
            let page = page.map_err(|error| refused(prefix, &error))?;
            found.extend(page.contents.into_iter().flatten().filter_map(|object| {
                let size = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
                object.key.map(|key| ListedObject { key, size })
            }));
        }
        Ok(found)
    }
}

fn refused<E>(location: &ObjectLocation, error: &SdkError<E, aws_sdk_s3::config::http::HttpResponse>) -> ObjectError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let Some(response) = error.raw_response() else {
        let reason = DisplayErrorContext(error).to_string();
        return ObjectError::Unreachable { location: location.clone(), reason };
    };
    ObjectError::Service {
        location: location.clone(),
        message: error.message().unwrap_or("no message").to_owned(),
        status: response.status().as_u16(),
        code: error.code().unwrap_or("Unknown").to_owned(),
        request_id: response.request_id().unwrap_or("-").to_owned(),
    }
}

/// Objects in memory, for tests.
#[cfg(test)]
pub(crate) mod memory {
    use std::collections::BTreeMap;

    use super::{ListedObject, ObjectError, ObjectLocation, ObjectSource, OpenObject};

    /// Objects by bucket and key.
    #[derive(Default)]
    pub(crate) struct MemoryObjects(BTreeMap<(String, String), Vec<u8>>);

    impl MemoryObjects {
        /// Adds an object at `s3://bucket/key`.
        pub(crate) fn with(mut self, url: &str, bytes: impl Into<Vec<u8>>) -> Self {
            let location = ObjectLocation::parse(url).unwrap();
            self.0.insert((location.bucket, location.key), bytes.into());
            self
        }
    }

    impl ObjectSource for MemoryObjects {
        fn open(&self, location: &ObjectLocation) -> Result<OpenObject, ObjectError> {
            let found = self.0.get(&(location.bucket.clone(), location.key.clone()));
            let bytes = found.cloned().ok_or_else(|| ObjectError::Service {
                location: location.clone(),
                message: "The specified key does not exist.".to_owned(),
                status: 404,
                code: "NoSuchKey".to_owned(),
                request_id: "MEMORY".to_owned(),
            })?;
            let size = bytes.len() as u64;
            Ok(OpenObject { reader: Box::new(std::io::Cursor::new(bytes)), size })
        }

        fn list(&self, prefix: &ObjectLocation) -> Result<Vec<ListedObject>, ObjectError> {
            let of_bucket = self.0.iter().filter(|((bucket, _), _)| *bucket == prefix.bucket);
            let found = of_bucket.filter(|((_, key), _)| key.starts_with(&prefix.key));
            Ok(found.map(|((_, key), bytes)| ListedObject { key: key.clone(), size: bytes.len() as u64 }).collect())
        }
    }
}

#[cfg(test)]
mod tests;
