use std::process::ExitCode;

use anyhow::Context;
use athena_local::Answer;
use serde_json::json;

use crate::args::{AthenaArgs, Common};
use crate::deployment::Deployment;
use crate::output::{Grid, bytes, line};
use crate::progress;

/// Asks the lake of tracking events.
pub(crate) async fn run(common: &Common, args: &AthenaArgs) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::open(common).await?;
    let spinner = progress::spinner("running");
    let answer = ask(&deployment, &args.sql).await;
    spinner.finish_and_clear();
    let code = answer.map(|answer| {
        if common.json {
            line(to_json(&answer).to_string());
        } else {
            print(&answer);
        }
        ExitCode::SUCCESS
    });
    deployment.close().await?;
    code
}

async fn ask(deployment: &Deployment, sql: &str) -> anyhow::Result<Answer> {
    let events = deployment.events()?;
    Ok(events.athena().query(&events.database, sql).await?)
}

/// Prints the rows, and what was read for them.
pub(crate) fn print(answer: &Answer) {
    let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
    let mut grid = Grid::new(&names);
    for row in &answer.rows {
        grid.row(row.iter().map(|value| value.clone().unwrap_or_else(|| "NULL".to_owned())));
    }
    grid.print();
    line(format!("\n{} rows, {} read from {} files", answer.rows.len(), bytes(answer.bytes_scanned), answer.files));
}

/// The only value of an answer, as a count.
pub(crate) fn number(answer: &Answer) -> anyhow::Result<u64> {
    let value = answer.rows.first().and_then(|row| row.first()).cloned().flatten();
    let value = value.context("the query has no value")?;
    value.parse().with_context(|| format!("{value} is no count"))
}

fn to_json(answer: &Answer) -> serde_json::Value {
    let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
    json!({ "columns": names, "rows": answer.rows, "bytes_scanned": answer.bytes_scanned, "files": answer.files })
}
