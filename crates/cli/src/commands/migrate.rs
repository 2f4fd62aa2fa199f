use std::process::ExitCode;
use std::time::Duration;

use ::redshift::migrate::{self, Action, Existing, VIEWS_QUERY};
use ::redshift::{Client, ResultSet, grants};
use anyhow::Context;
use pipeline::Project;

use crate::args::{Common, Migrate};
use crate::deployment::Deployment;
use crate::output::{heading, line};

/// How long one statement of a migration may take.
const LIMIT: Duration = Duration::from_secs(300);

/// The name under which the warehouse lists the statements of a migration.
const NAME: &str = "landfall/migrate";

/// Brings the warehouse up to the pipelines, or shows what that would do.
pub(crate) async fn run(common: &Common, args: &Migrate) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::unmigrated(common).await?;
    let (project, warehouse) = (&deployment.services.project, &deployment.services.warehouse);
    let done = migrate(project, warehouse, args.grant_to.as_deref(), args.dry_run).await;
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

/// Plans and, unless it is a rehearsal, runs the migration; lets a user run the loads, if one is named.
pub(crate) async fn migrate(
    project: &Project,
    warehouse: &Client,
    grant_to: Option<&str>,
    dry_run: bool,
) -> anyhow::Result<Vec<Action>> {
    let columns = warehouse
        .query(&migrate::columns_query(project), NAME, LIMIT)
        .await
        .context("reading the columns that the warehouse has")?;
    let views = if Existing::has_views_table(&columns) {
        warehouse.query(VIEWS_QUERY, NAME, LIMIT).await.context("reading the views that were made")?
    } else {
        ResultSet::default()
    };
    let mut actions = migrate::plan(project, &Existing::new(&columns, &views)).map_err(|conflicts| {
        let lines = conflicts.iter().map(ToString::to_string).collect::<Vec<_>>();
        anyhow::anyhow!("the warehouse differs from the DDL, and an addition cannot mend it:\n  {}", lines.join("\n  "))
    })?;
    if let Some(user) = grant_to {
        let found = warehouse.query(&grants::user_query(user), NAME, LIMIT).await.context("reading the users")?;
        actions.extend(grants::plan(project, warehouse.database(), user, !found.rows.is_empty()));
    }
    if !dry_run {
        for action in &actions {
            for sql in &action.sql {
                warehouse.run(sql, NAME, LIMIT).await.with_context(|| action.title.clone())?;
            }
        }
    }
    Ok(actions)
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
