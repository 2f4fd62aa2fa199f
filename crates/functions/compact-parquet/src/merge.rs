//! Merges the files of a day into few large ones.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::time::Instant;

use arrow::array::RecordBatchReader as _;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use event_lake::partition::{is_part, part_name};
use objects::ObjectRef;
use objects::folder::Listed;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use crate::error::Error;
use crate::layout::Layout;
use crate::parts::Parts;

/// Rows that are decoded at once: `attributes` may be megabytes each.
const ROWS_AT_ONCE: usize = 1024;

/// What is merged, and where to.
pub(crate) struct Job {
    pub(crate) s3: Client,
    pub(crate) bucket: String,
    /// The files, in the order of their keys.
    pub(crate) files: Vec<Listed>,
    /// The table's columns.
    pub(crate) layout: Layout,
    /// The folder of the merged files.
    pub(crate) next: String,
    /// Where temporary files go.
    pub(crate) folder: PathBuf,
    /// About how large a merged file is.
    pub(crate) file_bytes: u64,
    /// When it is given up.
    pub(crate) deadline: Instant,
}

/// What was merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) files: usize,
    pub(crate) parts: usize,
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
}

/// The files whose rows must be merged. `current` must have been listed before `next`: a writer puts its file into `next` first, so a file
/// that is in the first list and was put into `next` is in the second.
pub(crate) fn to_merge(current: Vec<Listed>, next: &[Listed]) -> Vec<Listed> {
    let there: BTreeSet<&str> = next.iter().map(Listed::name).filter(|name| !is_part(name)).collect();
    current.into_iter().filter(|file| is_read(file) && !there.contains(file.name())).collect()
}

/// Whether queries read a file. Athena user guide, "Considerations and limitations": names that begin with `_` or `.` are hidden.
pub(crate) fn is_read(file: &Listed) -> bool {
    file.size > 0 && !file.name().is_empty() && !file.name().starts_with(['_', '.'])
}

/// Merges, on a thread that may block. When it fails, some merged files may be in the folder, where nobody reads them.
pub(crate) async fn merge(job: Job) -> Result<Merged, Error> {
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || merge_all(job, &handle)).await.map_err(Error::Stopped)?
}

fn merge_all(mut job: Job, handle: &Handle) -> Result<Merged, Error> {
    let mut parts = Parts::new(job.folder.clone(), job.file_bytes);
    let mut stored = 0;
    let mut layout = std::mem::replace(&mut job.layout, Layout::new([]));
    let mut store = |part: Option<NamedTempFile>| -> Result<(), Error> {
        let Some(part) = part else { return Ok(()) };
        handle.block_on(store(&job, stored, &part))?;
        stored += 1;
        Ok(())
    };
    for file in &job.files {
        let object = ObjectRef::new(&job.bucket, &file.key);
        let content = |source| Error::Content { object: object.clone(), source };
        let reader =
            handle.block_on(fetch(&job, &object)).and_then(|file| opened(file).map_err(|e| content(e.into())))?;
        let grew = layout.take(&reader.schema()).map_err(|found| Error::Column {
            object: Box::new(object.clone()),
            column: found.column,
            found: found.found,
            wanted: found.wanted,
        })?;
        if grew {
            store(parts.finish()?)?;
        }
        for rows in reader {
            if Instant::now() >= job.deadline {
                return Err(Error::Deadline { bytes: job.files.iter().map(|file| file.size).sum() });
            }
            let rows = rows.and_then(|rows| layout.conform(&rows)).map_err(|error| content(error.into()))?;
            store(parts.add(&rows)?)?;
        }
    }
    store(parts.finish()?)?;
    Ok(Merged { files: job.files.len(), parts: stored, rows: parts.rows, duplicates: parts.duplicates })
}

/// A copy of a file on disk: memory does not depend on its size.
async fn fetch(job: &Job, object: &ObjectRef) -> Result<File, Error> {
    let failed = |source| Error::Fetch { object: object.clone(), source };
    let mut copy = tempfile::tempfile_in(&job.folder).map_err(Error::Disk)?;
    let get = job.s3.get_object().bucket(&object.bucket).key(&object.key);
    let mut body = get.send().await.map_err(|error| failed(error.into()))?.body;
    while let Some(bytes) = body.try_next().await.map_err(|error| failed(error.into()))? {
        copy.write_all(&bytes).map_err(Error::Disk)?;
    }
    copy.rewind().map_err(Error::Disk)?;
    Ok(copy)
}

fn opened(file: File) -> Result<ParquetRecordBatchReader, parquet::errors::ParquetError> {
    // The types of the values alone, whatever types the writer's program had for them.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?.with_batch_size(ROWS_AT_ONCE).build()
}

async fn store(job: &Job, number: usize, part: &NamedTempFile) -> Result<(), Error> {
    let object = ObjectRef::new(&job.bucket, format!("{}{}", job.next, part_name(number)));
    let failed = |source| Error::Store { object: object.clone(), source };
    let body = ByteStream::from_path(part.path()).await.map_err(|error| failed(error.into()))?;
    let put =
        job.s3.put_object().bucket(&object.bucket).key(&object.key).content_type("application/vnd.apache.parquet");
    put.body(body).send().await.map(|_| ()).map_err(|error| failed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_merged() {
        let listed =
            |name: &str| Listed { key: format!("folder/{name}"), size: u64::from(name != "empty"), modified: 0 };
        let current = ["a", "b", "compacted-00000.parquet", "_hidden", ".hidden", "empty", ""].map(listed);
        let next = ["b", "c", "compacted-00000.parquet"].map(listed);
        let merged = to_merge(current.into(), &next);
        let names: Vec<&str> = merged.iter().map(Listed::name).collect();
        assert_eq!(names, ["a", "compacted-00000.parquet"], "a merged file of an earlier time is merged again");
    }
}
