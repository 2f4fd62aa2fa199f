use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use samples::web_events::{Nature, Options, Records};

use crate::args::{Common, DemoArgs};
use crate::collector::Collector;
use crate::commands::sample::{self, web_events::Expected};
use crate::commands::{athena, track};
use crate::deployment::Deployment;
use crate::events::Events;
use crate::output::{Grid, duration, heading, line, thousands};
use crate::progress;

/// How long one event may take from the client to the query.
const FRESH_WITHIN: Duration = Duration::from_secs(60);

/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Clients send this file through the collector; what is malformed comes from a producer that writes into the stream itself.
const SENT: &str = "events.ndjson";

/// Follows events from the tracking call to the query, and counts them at every stage.
pub(super) async fn run(common: &Common, folder: &Path, args: &DemoArgs) -> anyhow::Result<()> {
    line("Clients of a web app send events; some are sent twice, some are of types nobody declared, some are broken.");
    let options = Options { events: args.rows, seed: args.seed, ..Options::default() };
    let (expected, malformed) = write(folder, &options)?;
    let deployment = Deployment::embedded(common, Default::default(), &Default::default()).await?;
    let shown = show(&deployment, folder, &expected, malformed).await;
    deployment.close().await?;
    shown
}

/// Writes what clients can send; returns what to expect, and the records that no client makes.
fn write(folder: &Path, options: &Options) -> anyhow::Result<(Expected, Vec<Vec<u8>>)> {
    let (mut expected, mut malformed) = (Expected::default(), Vec::new());
    sample::create(folder, SENT, |mut file| {
        for record in Records::new(options) {
            expected.add(record.nature);
            match record.nature {
                Nature::Malformed(_) => malformed.push(record.data),
                _ => file.write_all(&record.data).and_then(|()| file.write_all(b"\n"))?,
            }
        }
        file.flush()
    })?;
    Ok((expected, malformed))
}

async fn show(
    deployment: &Deployment,
    folder: &Path,
    expected: &Expected,
    malformed: Vec<Vec<u8>>,
) -> anyhow::Result<()> {
    let events = deployment.events()?;
    let collector = events.collector()?;
    let (start, broken) = (Instant::now(), malformed.len() as u64);
    let sent = track::send(&collector, &folder.join(SENT), 100, None).await?;
    events.put_records(malformed).await?;
    let spinner = progress::spinner("waiting for the last row");
    deployment.settle().await?;
    spinner.finish_and_clear();
    line(format!(
        "{} events in {} requests, and {broken} broken records: all stages done {} after the first was sent",
        thousands(sent.events),
        thousands(sent.batches),
        duration(start.elapsed().as_millis())
    ));
    stages(deployment, events, expected).await?;
    kept(deployment, events, broken).await?;
    heading("who posts most");
    let sql = "select user_id, count(*) as posts, avg(text_length) as text_length, \
               count_if(json_extract_scalar(attributes, '$.properties.mood') > '5') as in_good_mood \
               from posts group by user_id order by posts desc, user_id limit 5";
    athena::print(&events.athena().query(&events.database, sql).await?);
    freshness(events, &collector).await
}

/// The rows of every stage, table by table.
async fn stages(deployment: &Deployment, events: &Events, expected: &Expected) -> anyhow::Result<()> {
    heading("events at every stage");
    let raw = events.raw_lines(&deployment.services.s3).await?;
    let written = events.written(&deployment.services.s3).await?;
    let queried = counts(events).await?;
    let mut grid = Grid::new(&["TABLE", "SENT>", "RAW>", "SENT TWICE>", "PARQUET>", "ATHENA>"]);
    let tables: BTreeSet<&str> = expected.tables.keys().copied().chain(queried.keys().map(String::as_str)).collect();
    for table in tables {
        let rows = expected.tables.get(table).copied().unwrap_or_default();
        let of = |counts: &BTreeMap<String, u64>| counts.get(table).copied().unwrap_or_default();
        let (raw, parquet, athena) = (of(&raw), of(&written.rows), of(&queried));
        grid.row([
            table.to_owned(),
            thousands(rows),
            thousands(raw),
            thousands(raw.saturating_sub(rows)),
            thousands(parquet),
            thousands(athena),
        ]);
    }
    grid.print();
    let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
    let distinct: u64 = expected.tables.values().sum();
    let (raw_sum, parquet_sum) = (sum(&raw), sum(&written.rows));
    line(format!(
        "{} of {} repetitions were in the same raw object as the first, and are one row; a compaction of the day removes the others",
        thousands(written.duplicates),
        thousands(expected.repetitions)
    ));
    ensure!(
        raw_sum == distinct + expected.repetitions,
        "{distinct} events and {} repetitions were sent, and {raw_sum} are in the raw objects",
        expected.repetitions
    );
    ensure!(raw_sum == parquet_sum + written.duplicates, "{raw_sum} raw events became {parquet_sum} rows");
    ensure!(queried == written.rows, "Athena counts {queried:?}, and {:?} were written", written.rows);
    let once = distinct_ids(events, expected).await?;
    ensure!(once == distinct, "{distinct} events were sent, and {once} have arrived");
    Ok(())
}

/// Rows by table, as a query says.
async fn counts(events: &Events) -> anyhow::Result<BTreeMap<String, u64>> {
    let athena = events.athena();
    let mut counts = BTreeMap::new();
    for table in events.tables().await? {
        let rows = athena::number(&athena.query(&events.database, &format!("select count(*) from {table}")).await?)?;
        counts.insert(table, rows);
    }
    Ok(counts)
}

async fn distinct_ids(events: &Events, expected: &Expected) -> anyhow::Result<u64> {
    let athena = events.athena();
    let mut sum = 0;
    for table in expected.tables.keys() {
        let sql = format!("select count(distinct message_id) from {table}");
        sum += athena::number(&athena.query(&events.database, &sql).await?)?;
    }
    Ok(sum)
}

/// What could not be read, and why; `landfall replay` puts it back.
async fn kept(deployment: &Deployment, events: &Events, broken: u64) -> anyhow::Result<()> {
    heading("kept for replay");
    let reasons = events.kept(&deployment.services.s3).await?;
    let mut grid = Grid::new(&["RECORDS>", "BECAUSE"]);
    for (reason, records) in &reasons {
        grid.row([thousands(*records), reason.clone()]);
    }
    grid.print();
    let sum: u64 = reasons.values().sum();
    ensure!(sum == broken, "{broken} records were broken, and {sum} are kept");
    Ok(())
}

/// One event more, and how long it takes to be seen.
async fn freshness(events: &Events, collector: &Collector) -> anyhow::Result<()> {
    heading("freshness");
    let id = format!("fresh-{}", std::process::id());
    let body = format!(r#"{{"batch":[{{"type":"track","event":"Post Created","userId":"u-1","messageId":"{id}"}}]}}"#);
    let start = Instant::now();
    collector.send(body.as_bytes()).await?;
    let sql = format!("select count(*) from posts where message_id = '{id}'");
    let athena = events.athena();
    while athena::number(&athena.query(&events.database, &sql).await?)? == 0 {
        ensure!(
            start.elapsed() < FRESH_WITHIN,
            "an event was not visible after {}",
            duration(FRESH_WITHIN.as_millis())
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let took = start.elapsed();
    line(format!(
        "an event was a row in Athena {} after it was sent, of which Firehose's buffer takes up to {}",
        duration(took.as_millis()),
        duration(events.buffer_interval().context("the delivery runs elsewhere")?.as_millis())
    ));
    Ok(())
}
