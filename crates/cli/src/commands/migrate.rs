use std::process::ExitCode;

use ::redshift::migrate::Action;

use crate::args::{Common, MigrateArgs};
use crate::deployment::Deployment;
use crate::migration;
use crate::output::{heading, line};

/// Brings the warehouse up to the pipelines, or shows what that would do.
pub(crate) async fn run(common: &Common, args: &MigrateArgs) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::unmigrated(common).await?;
    let (project, warehouse) = (&deployment.services.project, &deployment.services.warehouse);
    let done = migration::run(project, warehouse, args.grant_to.as_deref(), args.dry_run).await;
    deployment.close().await?;
    let actions = done?;
    if common.json {
        let actions: Vec<_> = actions.iter().map(|a| serde_json::json!({ "title": a.title, "sql": a.sql })).collect();
        line(serde_json::json!({ "dry_run": args.dry_run, "actions": actions }).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    print(&actions, args.dry_run);
    Ok(ExitCode::SUCCESS)
}

fn print(actions: &[Action], dry_run: bool) {
    if actions.is_empty() {
        return line("nothing to do: the warehouse has everything");
    }
    for action in actions {
        if dry_run {
            heading(&action.title);
            action.sql.iter().for_each(|sql| line(format!("{sql};")));
        } else {
            line(format!("done  {}", action.title));
        }
    }
    if dry_run {
        line(format!("\n{} changes; nothing was changed: run without --dry-run", actions.len()));
    }
}
