use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use loads::{LoadOutcome, OutcomeKind};
use samples::flights::{self, Options};

use crate::args::{Common, DemoArgs};
use crate::commands::load;
use crate::commands::sample;
use crate::deployment::Deployment;
use crate::output::{Grid, heading, line, result, thousands};
use crate::upload;

/// How long one step of the demonstration may take.
const LIMIT: Duration = Duration::from_secs(600);

/// The three tables of the pipeline.
const TABLES: [&str; 3] = ["flights.airlines", "flights.airports", "flights.flights"];

/// Runs the flights pipeline once, as a vendor and an analyst would see it.
pub(super) async fn run(common: &Common, folder: &Path, args: &DemoArgs) -> anyhow::Result<()> {
    line("A vendor makes three files, uploads them, and later uploads a broken one.");
    let options = Options { rows: args.rows, seed: args.seed, ..Options::default() };
    let files = sample::flights::write_all(&folder.join("inbox"), &options)?;
    let deployment = Deployment::embedded(common, Default::default(), &Default::default()).await?;
    let shown = show(&deployment, folder, &files, &options).await;
    deployment.close().await?;
    shown
}

async fn show(
    deployment: &Deployment,
    folder: &Path,
    files: &[(String, u64)],
    options: &Options,
) -> anyhow::Result<()> {
    heading("uploads");
    let mut outcomes = Vec::new();
    for (key, rows) in files {
        let outcome = deliver(deployment, &folder.join("inbox").join(key), key).await?;
        ensure!(outcome.0.outcome == OutcomeKind::Loaded, "the upload of {key} was not loaded: {}", outcome.0);
        ensure!(outcome.0.rows == Some(*rows), "{key} has {rows} rows, and {:?} were loaded", outcome.0.rows);
        outcomes.push(outcome);
    }
    load::print(&outcomes);
    let before = counts(deployment).await?;
    heading("tables");
    let mut grid = Grid::new(&["TABLE", "ROWS>"]);
    for (table, rows) in TABLES.iter().zip(&before) {
        grid.row([(*table).to_owned(), thousands(*rows)]);
    }
    grid.print();
    checks(deployment);
    let details = "flight_date, airline, flight_number, origin_airport, destination_airport, arrival_delay";
    view(deployment, "flights_details", details).await?;
    let delayed =
        "flight_date, airline, origin_code, destination_code, delayed_flights, arrival_delay_sum, distance_sum";
    view(deployment, "delayed_flights_agg", delayed).await?;
    heading("a broken upload");
    let broken = break_file(folder, options)?;
    let refused = deliver(deployment, &broken, "flights/flights.csv").await?;
    ensure!(refused.0.outcome.is_bad(), "the broken upload was not refused: {}", refused.0);
    load::print(std::slice::from_ref(&refused));
    let after = counts(deployment).await?;
    ensure!(before == after, "the refused upload changed the tables: {before:?} before, {after:?} after");
    line(format!("\nflights.flights still has its {} rows", thousands(after[2])));
    Ok(())
}

async fn deliver(deployment: &Deployment, file: &Path, key: &str) -> anyhow::Result<(LoadOutcome, Duration)> {
    let start = Instant::now();
    let outcome = upload::load(&deployment.services, &deployment.landing_bucket, file, key, LIMIT).await?;
    Ok((outcome, start.elapsed()))
}

async fn counts(deployment: &Deployment) -> anyhow::Result<Vec<u64>> {
    let mut counts = Vec::new();
    for table in TABLES {
        let rows = query(deployment, &format!("select count(*) from {table}")).await?;
        let count = rows.rows.first().and_then(|row| row.first()).and_then(serde_json::Value::as_u64);
        counts.push(count.with_context(|| format!("counting {table}"))?);
    }
    Ok(counts)
}

/// The checks that every load above has met.
fn checks(deployment: &Deployment) {
    heading("checks that these loads met");
    let mut grid = Grid::new(&["DATASET", "CHECK", "RESULT"]);
    for dataset in deployment.services.project.datasets() {
        for check in &dataset.checks {
            grid.row([dataset.name.to_string(), check.name.clone(), "ok".to_owned()]);
        }
    }
    grid.print();
}

/// The view's first rows, in some of its columns.
async fn view(deployment: &Deployment, name: &str, columns: &str) -> anyhow::Result<()> {
    heading(&format!("view flights.{name}, first rows, some columns"));
    let rows = query(deployment, &format!("select {columns} from flights.{name} order by 1, 2, 3, 4 limit 5")).await?;
    ensure!(!rows.rows.is_empty(), "the view flights.{name} has no rows");
    result(&rows);
    Ok(())
}

async fn query(deployment: &Deployment, sql: &str) -> anyhow::Result<redshift::ResultSet> {
    Ok(deployment.services.warehouse.query(sql, "landfall/demo", LIMIT).await?)
}

/// The same file with a value in its last row that the column cannot hold.
fn break_file(folder: &Path, options: &Options) -> anyhow::Result<PathBuf> {
    let name = "broken/flights.csv";
    sample::create(folder, name, |out| {
        flights::write_flights_broken(out, options, flights::Kind::WrongType, |_| {}).map(|_| ())
    })?;
    Ok(folder.join(name))
}
