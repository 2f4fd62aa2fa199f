//! Sends readers to another folder.

use event_lake::layout::Partition;
use glue_catalog::{Wrote, columns_of, covers, location_of, updated_partition};

use crate::context::Context;
use crate::day::{Day, write};
use crate::error::Error;

/// How often the partition is written while others change its table.
const ATTEMPTS: usize = 20;

/// Sends readers to the merged files, and settles the day's state; false, if somebody else did something at the same time, or the
/// catalog has no such partition. Both can be repeated.
pub(crate) async fn finish(context: &Context, day: Day) -> Result<bool, Error> {
    let Some((state, etag)) = day.state else { return Ok(false) };
    if !relocate(context, &day.partition, state.location()).await? {
        return Ok(false);
    }
    let settled = state.settled((context.clock)());
    Ok(write(context, &day.partition, &settled, Some(&etag)).await?.is_some())
}

/// Makes the partition of a day be at a folder, with its table's columns: one request, which readers see whole or not at all. False, if
/// there is no such partition.
///
/// A partition has no version to compare. So its table is read again after it was written, until both agree.
pub(crate) async fn relocate(context: &Context, day: &Partition, folder: &str) -> Result<bool, Error> {
    let location = format!("s3://{}/{folder}", context.settings.bucket);
    let dates = [day.date.clone()];
    for _ in 0..ATTEMPTS {
        let partitions = context.catalog.partitions_of(&day.table, &dates).await.map_err(Error::Catalog)?;
        let table = context.catalog.table(&day.table).await.map_err(Error::Catalog)?;
        let (Some(partition), Some(table)) = (partitions.first(), table) else {
            tracing::warn!(day = %day, "the partition is not in the catalog");
            return Ok(false);
        };
        let columns = columns_of(&table).iter().map(|column| (column.name(), column.r#type().unwrap_or_default()));
        if location_of(partition) == location && covers(partition, columns) {
            return Ok(true);
        }
        let input = updated_partition(&table, partition, &location);
        let wrote = context.catalog.update_partition(&day.table, &day.date, input).await.map_err(Error::Catalog)?;
        tracing::info!(day = %day, location, done = wrote == Wrote::Done, "the partition is moved");
    }
    Err(Error::Contended(day.table.clone()))
}
