//! `If-Match`, `If-None-Match` and their siblings.

use std::sync::Arc;

use s3s::dto::{ETagCondition, Timestamp};

use crate::store_error::StoreError;
use crate::version::{Content, Version};

/// The conditions of a request that creates an object, checked in the moment in which it becomes visible.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
}

impl WriteConditions {
    /// Checks against the newest version of the key; a delete marker counts as no object.
    pub(crate) fn check(&self, key: &str, newest: Option<&Arc<Version>>) -> Result<(), StoreError> {
        let current = newest.and_then(|version| version.object.as_ref());
        let failed = |condition| Err(StoreError::Precondition { key: key.to_owned(), condition });
        match (&self.if_match, current) {
            (Some(_), None) => return Err(StoreError::NoSuchKey { key: key.to_owned(), deleted: newest.is_some() }),
            (Some(condition), Some(current)) if !matches(condition, &current.etag) => return failed("If-Match"),
            _ => {}
        }
        match (&self.if_none_match, current) {
            (Some(condition), Some(current)) if matches(condition, &current.etag) => failed("If-None-Match"),
            _ => Ok(()),
        }
    }
}

/// The conditions of a request that reads an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Checks in the order of RFC 9110, section 13.2.2: a condition on the ETag goes before its sibling on the time.
    pub(crate) fn check(&self, version: &Version, content: &Content) -> Result<(), StoreError> {
        let failed = |condition| Err(StoreError::Precondition { key: version.key.clone(), condition });
        // Times in conditions are whole seconds.
        let seconds = version.last_modified.timestamp();
        if let Some(condition) = &self.if_match {
            if !matches(condition, &content.etag) {
                return failed("If-Match");
            }
        } else if self.if_unmodified_since.as_ref().is_some_and(|since| seconds > epoch_seconds(since)) {
            return failed("If-Unmodified-Since");
        }
        let unchanged = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, &content.etag),
            (None, Some(since)) => seconds <= epoch_seconds(since),
            (None, None) => false,
        };
        if unchanged { Err(StoreError::NotModified(version.key.clone())) } else { Ok(()) }
    }

    /// What is refused when a copy's source does not meet its conditions: S3 has no "not modified" for a copy.
    pub(crate) fn check_source(&self, version: &Version, content: &Content) -> Result<(), StoreError> {
        self.check(version, content).map_err(|error| match error {
            StoreError::NotModified(key) => {
                StoreError::Precondition { key, condition: "x-amz-copy-source-if-none-match" }
            }
            other => other,
        })
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

fn epoch_seconds(timestamp: &Timestamp) -> i64 {
    let mut text = Vec::new();
    if timestamp.format(s3s::dto::TimestampFormat::EpochSeconds, &mut text).is_err() {
        return 0;
    }
    let text = String::from_utf8(text).unwrap_or_default();
    text.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}
