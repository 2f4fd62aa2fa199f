//! Which objects a COPY reads: those a prefix finds, or those a manifest lists.

use serde::Deserialize;

use super::command::CopyCommand;
use super::failure::CopyFailure;
use super::options::Format;
use crate::objects::{ObjectLocation, ObjectSource};

/// The largest manifest that is read, in bytes: some 300 000 entries.
const MAX_MANIFEST_BYTES: u64 = 64 * 1024 * 1024;

/// An object to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceObject {
    pub(super) location: ObjectLocation,
    /// Whether the load fails if the object does not exist.
    pub(super) mandatory: bool,
}

#[derive(Deserialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    url: String,
    #[serde(default)]
    mandatory: bool,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    content_length: Option<u64>,
}

/// The objects of `command`, in the order they are read.
pub(super) fn source_objects(
    command: &CopyCommand,
    objects: &dyn ObjectSource,
) -> Result<Vec<SourceObject>, CopyFailure> {
    if command.options.manifest {
        return of_manifest(command, objects);
    }
    let prefix = &command.source;
    let found = objects.list(prefix).map_err(|error| CopyFailure::of(error.to_string()))?;
    if found.is_empty() {
        return Err(CopyFailure::of(format!("The specified S3 prefix '{}' does not exist ({prefix})", prefix.key)));
    }
    let object =
        |key| SourceObject { location: ObjectLocation { bucket: prefix.bucket.clone(), key }, mandatory: true };
    Ok(found.into_iter().map(|listed| object(listed.key)).collect())
}

fn of_manifest(command: &CopyCommand, objects: &dyn ObjectSource) -> Result<Vec<SourceObject>, CopyFailure> {
    let problem = |reason: String| CopyFailure::of(format!("Problem reading manifest file - {reason}"));
    let bytes = objects.read_small(&command.source, MAX_MANIFEST_BYTES).map_err(|error| problem(error.to_string()))?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| problem(format!("{} is not a manifest: {error}", command.source)))?;
    if manifest.entries.is_empty() {
        return Err(problem(format!("{} lists no entries", command.source)));
    }
    manifest.entries.into_iter().map(|entry| of_entry(command, entry)).collect()
}

fn of_entry(command: &CopyCommand, entry: Entry) -> Result<SourceObject, CopyFailure> {
    let location = ObjectLocation::parse(&entry.url).filter(|location| !location.key.is_empty());
    let Some(location) = location else {
        let message = format!(
            "error code 8001: the manifest {} must list full S3 paths like s3://bucket/key, not '{}'",
            command.source, entry.url
        );
        return Err(CopyFailure::of(message));
    };
    let length = entry.meta.and_then(|meta| meta.content_length);
    if command.options.format == Format::Parquet && length.is_none() {
        let message = format!(
            "COPY with MANIFEST from PARQUET needs meta.content_length for every file; {} lacks it for {location}",
            command.source
        );
        return Err(CopyFailure::of(message));
    }
    Ok(SourceObject { location, mandatory: entry.mandatory })
}
