//! The schema of a Parquet file from its footer.

use aws_sdk_s3::Client;
use objects::{ObjectRanges, ObjectRef};
use parquet::schema::types::TypePtr;

use crate::error::HeadError;
use crate::parquet_head;

/// Bytes that are asked for first: the footers of most files are smaller, so one request is enough.
const TAIL: u64 = 64 * 1024;

/// Reads the root of a Parquet file's schema: the last 64 KiB of the object, and more only if its footer is longer, at most 16 MiB.
///
/// # Errors
/// The object cannot be read, or is not Parquet.
pub async fn read_parquet_schema(client: &Client, object: &ObjectRef) -> Result<TypePtr, HeadError> {
    let content = |source| HeadError::Content { object: object.clone(), source };
    let (ranges, tail) = ObjectRanges::open_end(client, object, TAIL).await?;
    let length = parquet_head::footer_length(&tail, ranges.size()).map_err(content)?;
    let footer = if length <= tail.len() as u64 {
        tail.slice(tail.len() - usize::try_from(length).unwrap_or(0)..)
    } else {
        ranges.range(ranges.size() - length, length).await?
    };
    parquet_head::schema(&footer).map_err(content)
}
