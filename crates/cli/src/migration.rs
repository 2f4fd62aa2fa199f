//! Brings a warehouse up to the pipelines.

use std::time::Duration;

use anyhow::Context;
use pipeline::Project;
use redshift::migrate::{self, Action, Existing, VIEWS_QUERY};
use redshift::{Client, ResultSet, grants};

/// How long one statement of a migration may take.
const LIMIT: Duration = Duration::from_secs(300);

/// The name under which the warehouse lists the statements of a migration.
const NAME: &str = "landfall/migrate";

/// Plans and, unless it is a dry run, runs the migration; lets a user run the loads, if one is named.
pub(crate) async fn run(
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
        anyhow::anyhow!("the warehouse differs from the DDL, and an addition cannot fix it:\n  {}", lines.join("\n  "))
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
