use std::process::ExitCode;
use std::time::Duration;

use crate::args::{Common, QueryArgs};
use crate::deployment::Deployment;
use crate::output::{line, result, result_json};
use crate::progress;

/// Runs one statement and prints what it returns.
pub(crate) async fn run(common: &Common, args: &QueryArgs) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::open(common).await?;
    let spinner = progress::spinner("running");
    let answer =
        deployment.services.warehouse.query(&args.sql, "landfall/query", Duration::from_secs(args.timeout)).await;
    spinner.finish_and_clear();
    let code = answer.map(|rows| {
        if common.json {
            line(result_json(&rows).to_string())
        } else {
            result(&rows)
        }
        ExitCode::SUCCESS
    });
    deployment.close().await?;
    Ok(code?)
}
