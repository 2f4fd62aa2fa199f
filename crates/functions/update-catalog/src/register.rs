//! Makes one table read files.

use event_lake::layout::Area;
use function::{Metric, Unit};
use glue_catalog::{Backoff, Catalog, Change, Column, File, Refusal, Wanted, Wrote, plan};

use crate::arrivals::{Arrival, TableKey};
use crate::context::Context;
use crate::error::Error;
use crate::partitions::{Days, Place, register_days};

/// How often a table is written without being what was written, before it is given up.
const WRITES: u32 = 8;

/// A file and its columns.
pub(crate) struct Described {
    pub(crate) arrival: Arrival,
    pub(crate) columns: Vec<Column>,
}

/// Registers files of one table, all at once: in the usual case, one GetTable and one BatchGetPartition. The answer has one item for each
/// file, in their order: why it was refused, if it was.
pub(crate) async fn register(
    context: &Context,
    key: &TableKey,
    described: &[&Described],
) -> Result<Vec<Option<Refusal>>, Error> {
    let name = key.table.clone();
    let location = format!("s3://{}/{}/{}/{name}/", key.bucket, key.prefix, Area::Transformed.name());
    let wanted = Wanted { name, location, projection: context.projection };
    let files: Vec<File> = described
        .iter()
        .map(|file| File {
            url: file.arrival.object.to_string(),
            date: file.arrival.partition.date.clone(),
            columns: file.columns.clone(),
        })
        .collect();
    let (table, refused) = merge_table(context, &wanted, &files).await?;
    let mut outcomes: Vec<Option<Refusal>> = files.iter().map(|_| None).collect();
    for (place, refusal) in refused {
        outcomes[place] = Some(refusal);
    }
    let mut days = Days::default();
    for (file, outcome) in described.iter().zip(&outcomes) {
        if outcome.is_none() && !file.arrival.is_compacted {
            days.add(&file.arrival.partition, &file.columns);
        }
    }
    if let Some(table) = table {
        let place = Place { s3: &context.s3, catalog: &context.catalog, bucket: &key.bucket };
        let created = register_days(&place, table, &days).await?;
        count(context, &key.table, "PartitionsCreated", created);
    }
    Ok(outcomes)
}

/// Repeats reading, planning and writing, until there is nothing to write: the table as it is then reads all files but the refused.
async fn merge_table(
    context: &Context,
    wanted: &Wanted,
    files: &[File],
) -> Result<(Option<aws_sdk_glue::types::Table>, Vec<(usize, Refusal)>), Error> {
    let catalog = &context.catalog;
    let mut backoff = Backoff::default();
    let mut writes = 0;
    loop {
        let table = catalog.table(&wanted.name).await.map_err(Error::Catalog)?;
        let planned = plan(table.as_ref(), wanted, files)
            .map_err(|source| Error::Definition { table: wanted.name.clone(), source })?;
        if planned.change == Change::Nothing {
            return Ok((table, planned.refused));
        }
        let wrote = write(catalog, planned.change).await.map_err(Error::Catalog)?;
        if wrote == Wrote::Done {
            writes += 1;
            let (added, widened) = (planned.added.join(", "), planned.widened.join(", "));
            tracing::info!(
                table = wanted.name,
                columns.added = added,
                columns.widened = widened,
                "the table was written"
            );
            count(context, &wanted.name, "ColumnsAdded", planned.added.len());
            count(context, &wanted.name, "ColumnsWidened", planned.widened.len());
        } else if wrote == Wrote::Missing {
            catalog.create_database().await.map_err(Error::Catalog)?;
        }
        if writes >= WRITES || (wrote != Wrote::Done && !backoff.again().await) {
            return Err(Error::Contended { table: wanted.name.clone(), attempts: backoff.attempts().max(writes) });
        }
    }
}

async fn write(catalog: &Catalog, change: Change) -> Result<Wrote, glue_catalog::Error> {
    match change {
        Change::Nothing => Ok(Wrote::Done),
        Change::Create(input) => catalog.create_table(input).await,
        Change::Update { input, version_id } => catalog.update_table(input, version_id).await,
    }
}

fn count(context: &Context, table: &str, name: &'static str, value: usize) {
    if value > 0 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let metric = Metric { name, unit: Unit::Count, value: value as f64 };
        context.metrics.put(&[("Table", table)], &[metric]);
    }
}
