use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::ensure;
use loads::LoadOutcome;

use crate::args::{Common, LoadArgs};
use crate::deployment::Deployment;
use crate::output::{Grid, duration, line, thousands};
use crate::upload;

/// Uploads files and waits for their outcomes.
pub(crate) async fn run(common: &Common, args: &LoadArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        args.key.is_none() || args.files.len() == 1,
        "--key names the key of one file, and there are {}",
        args.files.len()
    );
    let deployment = Deployment::open(common).await?;
    let done = load(&deployment, args).await;
    deployment.close().await?;
    let outcomes = done?;
    if common.json {
        line(serde_json::json!(outcomes.iter().map(|(outcome, _)| outcome).collect::<Vec<_>>()).to_string());
    } else {
        print(&outcomes);
    }
    let bad = outcomes.iter().any(|(outcome, _)| outcome.outcome.is_bad());
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn load(deployment: &Deployment, args: &LoadArgs) -> anyhow::Result<Vec<(LoadOutcome, Duration)>> {
    let services = &deployment.services;
    let mut outcomes = Vec::new();
    for file in &args.files {
        let key = match &args.key {
            Some(key) => key.clone(),
            None => upload::key_for(&services.project, file)?,
        };
        let start = Instant::now();
        let limit = Duration::from_secs(args.timeout);
        let outcome = upload::load(services, &deployment.landing_bucket, file, &key, limit).await?;
        outcomes.push((outcome, start.elapsed()));
    }
    Ok(outcomes)
}

/// A table of outcomes, and below it what a person must know of the bad ones.
pub(crate) fn print(outcomes: &[(LoadOutcome, Duration)]) {
    let mut grid = Grid::new(&["OUTCOME", "DATASET", "KEY", "ROWS>", "LOAD>", "TOTAL>"]);
    for (outcome, total) in outcomes {
        grid.row([
            outcome.outcome.to_string(),
            outcome.dataset.clone(),
            outcome.upload.key.to_string(),
            outcome.rows.map(thousands).unwrap_or_default(),
            outcome.duration_ms.map(|ms| duration(ms.into())).unwrap_or_default(),
            duration(total.as_millis()),
        ]);
    }
    grid.print();
    for (outcome, _) in outcomes.iter().filter(|(outcome, _)| outcome.outcome.is_bad()) {
        line(format!("\n{outcome}"));
    }
}
