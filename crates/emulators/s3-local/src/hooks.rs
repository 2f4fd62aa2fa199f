//! What a program around the buckets may decide and learn.

use std::sync::Arc;

use crate::notifications::ObjectEvent;

/// Receives every object that was created or deleted, afterwards. It is called on the thread that did it: it hands over, and returns.
pub type Observer = Arc<dyn Fn(&ObjectEvent) + Send + Sync>;

/// Says whether a bucket takes an object of this name, given the bucket and the key; a refusal carries the reason, which the uploader
/// reads in an `AccessDenied`. It stands for the bucket policy.
pub type Admission = Arc<dyn Fn(&str, &str) -> Result<(), String> + Send + Sync>;
