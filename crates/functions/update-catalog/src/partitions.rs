//! Makes a table have the partitions of days.
//!
//! A partition has no version to compare, so writers cannot refuse to overwrite each other. Instead, everybody who writes a partition
//! writes what follows from the table (its columns) and from the state of compaction (its location), reads both again afterwards, and
//! writes again if one has changed meanwhile: whoever writes last has written what is true.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_glue::types::{Partition as GluePartition, Table};
use event_lake::layout::{Area, Partition};
use event_lake::state_store;
use glue_catalog::{
    Backoff, Catalog, Column, PARTITIONS_PER_REQUEST, Wrote, columns_of, covers, created_partition, date_of,
    location_of, updated_partition,
};

use crate::error::Error;

/// Where the days are registered.
pub(crate) struct Place<'a> {
    pub(crate) s3: &'a aws_sdk_s3::Client,
    pub(crate) catalog: &'a Catalog,
    pub(crate) bucket: &'a str,
}

/// The days of files that arrived, with the columns of their files.
#[derive(Debug, Default)]
pub(crate) struct Days(BTreeMap<Partition, Vec<Column>>);

impl Days {
    pub(crate) fn add(&mut self, partition: &Partition, columns: &[Column]) {
        self.0.entry(partition.clone()).or_default().extend_from_slice(columns);
    }
}

/// What a day needs.
#[derive(Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    Creation,
    Update,
}

/// Registers days; says how many partitions were created.
pub(crate) async fn register_days(place: &Place<'_>, mut table: Table, days: &Days) -> Result<usize, Error> {
    let name = table.name().to_owned();
    let dates: Vec<String> = days.0.keys().map(|day| day.date.clone()).collect();
    let mut written = BTreeSet::new();
    let mut created = 0;
    let mut backoff = Backoff::default();
    while !dates.is_empty() {
        let existing = place.catalog.partitions_of(&name, &dates).await.map_err(Error::Catalog)?;
        let mut creations = Vec::new();
        let mut is_settled = true;
        for (day, columns) in &days.0 {
            let partition = existing.iter().find(|partition| date_of(partition) == Some(&day.date));
            // In the usual case the day is there, and its state need not be read.
            if !written.contains(&day.date) && need(partition, &table, columns, None) == Need::Nothing {
                continue;
            }
            let location = location(place, day).await?;
            let wants = written.contains(&day.date).then_some(location.as_str());
            let wrote = match (need(partition, &table, columns, wants), partition) {
                (Need::Update, Some(partition)) => {
                    let input = updated_partition(&table, partition, &location);
                    place.catalog.update_partition(&name, &day.date, input).await.map_err(Error::Catalog)?
                }
                (Need::Creation, _) => {
                    creations.push(created_partition(&table, &day.date, &location));
                    Wrote::Done
                }
                _ => continue,
            };
            tracing::info!(table = name, day = day.date, location, ?wrote, "the partition is written");
            is_settled = false;
            written.insert(day.date.clone());
        }
        if is_settled {
            break;
        }
        created += creations.len();
        for some in creations.chunks(PARTITIONS_PER_REQUEST) {
            place.catalog.create_partitions(&name, some.to_vec()).await.map_err(Error::Catalog)?;
        }
        let more = backoff.again().await;
        table = match place.catalog.table(&name).await.map_err(Error::Catalog)? {
            Some(table) if more => table,
            // With no table, somebody dropped it: the next delivery makes it anew.
            _ => return Err(Error::Contended { table: name, attempts: backoff.attempts() }),
        };
    }
    Ok(created)
}

/// What is to be done, so that the partition describes the columns. With a location, it was written just now: then it must be there, and
/// have all columns of the table.
fn need(partition: Option<&GluePartition>, table: &Table, columns: &[Column], location: Option<&str>) -> Need {
    let Some(partition) = partition else { return Need::Creation };
    let files = columns.iter().map(|column| (column.name.as_str(), column.type_name.as_str()));
    let is_true = location.is_none_or(|location| {
        let of_table = columns_of(table).iter().map(|column| (column.name(), column.r#type().unwrap_or_default()));
        location_of(partition) == location && covers(partition, of_table)
    });
    if is_true && covers(partition, files) { Need::Nothing } else { Need::Update }
}

/// Where the day's files are read: compaction moves them.
async fn location(place: &Place<'_>, day: &Partition) -> Result<String, Error> {
    let state = state_store::read(place.s3, place.bucket, day).await.map_err(Error::State)?;
    let folder = match &state {
        Some((state, _)) => state.location().to_owned(),
        None => day.folder(Area::Transformed),
    };
    Ok(format!("s3://{}/{folder}", place.bucket))
}
