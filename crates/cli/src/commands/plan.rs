use std::process::ExitCode;

use anyhow::bail;
use loads::DryRun;

use crate::args::{Common, PlanArgs};
use crate::deployment::Deployment;
use crate::output::{heading, line};
use crate::{project, upload};

/// Shows the statements that loading a file would run, on an embedded cloud of its own that is thrown away.
pub(crate) async fn run(common: &Common, args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let key = match &args.key {
        Some(key) => key.clone(),
        None => upload::key_for(&project::load(common)?, &args.file)?,
    };
    let folder = tempfile::tempdir()?;
    let common = Common { state: folder.path().join("state"), aws: false, ..common.clone() };
    let deployment = Deployment::unused(&common).await?;
    let services = &deployment.services;
    let notified = upload::put(services, &deployment.landing_bucket, &args.file, &key).await?;
    let planned = loads::dry_run(services, &notified).await;
    deployment.close().await?;
    let record = match planned? {
        DryRun::Submit(record) => record,
        DryRun::Refuse(refusal) => bail!("this upload would be refused: {refusal}"),
    };
    if common.json {
        line(serde_json::json!(record).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    line(format!("{} is an upload of dataset {} and goes to {}", args.file.display(), record.dataset, record.table));
    line(if record.exact {
        "it is rewritten in the lake first, because COPY cannot read it as it is"
    } else {
        "COPY reads it as it is"
    });
    heading("one transaction, in this order");
    for step in &record.plan.steps {
        line(format!("{};", step.sql));
    }
    Ok(ExitCode::SUCCESS)
}
