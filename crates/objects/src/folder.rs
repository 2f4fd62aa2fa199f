//! Listing and deleting the objects of a folder.

use std::error::Error;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::object_ref::ObjectRef;

/// How many keys DeleteObjects takes. S3 API, "DeleteObjects".
const KEYS_PER_DELETE: usize = 1000;

/// An object in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub size: u64,
    /// When it was written, in seconds since 1970.
    pub modified: i64,
}

impl Listed {
    /// The last part of its key.
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}

/// A folder could not be read or emptied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The keys could not be listed.
    #[error("{folder} could not be listed; if it is denied, grant s3:ListBucket")]
    List {
        /// The folder.
        folder: ObjectRef,
        /// The last attempt's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Some objects could not be deleted; the others were.
    #[error("{object} could not be deleted; if it is denied, grant s3:DeleteObject")]
    Delete {
        /// The first of them.
        object: ObjectRef,
        /// S3's answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The objects whose keys begin with `prefix`, in the order of their keys.
///
/// # Errors
/// S3's.
pub async fn list(client: &Client, bucket: &str, prefix: &str) -> Result<Vec<Listed>, FolderError> {
    let mut listed = Vec::new();
    let mut pages = client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    while let Some(page) = pages.next().await {
        let folder = || ObjectRef::new(bucket, prefix);
        let page = page.map_err(|error| FolderError::List { folder: folder(), source: Box::new(error) })?;
        listed.extend(page.contents.unwrap_or_default().into_iter().map(|object| Listed {
            size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            modified: object.last_modified.map(|time| time.secs()).unwrap_or_default(),
            key: object.key.unwrap_or_default(),
        }));
    }
    Ok(listed)
}

/// Deletes objects; one that is gone counts as deleted.
///
/// # Errors
/// S3's.
pub async fn delete(client: &Client, bucket: &str, keys: &[String]) -> Result<(), FolderError> {
    for some in keys.chunks(KEYS_PER_DELETE) {
        let failed = |key: &str, source| FolderError::Delete { object: ObjectRef::new(bucket, key), source };
        let first = some.first().map(String::as_str).unwrap_or_default();
        let identifiers = some.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect::<Result<_, _>>();
        let identifiers: Vec<ObjectIdentifier> = identifiers.map_err(|error| failed(first, Box::new(error)))?;
        let delete = Delete::builder().set_objects(Some(identifiers)).quiet(true).build();
        let delete = delete.map_err(|error| failed(first, Box::new(error)))?;
        let sent = client.delete_objects().bucket(bucket).delete(delete).send().await;
        let output = sent.map_err(|error| failed(first, Box::new(error)))?;
        if let Some(error) = output.errors().first() {
            let answer = format!("{}: {}", error.code().unwrap_or("no code"), error.message().unwrap_or("no message"));
            return Err(failed(error.key().unwrap_or(first), answer.into()));
        }
    }
    Ok(())
}
