use std::process::ExitCode;

use anyhow::{Context, bail};
use objects::ObjectRef;
use serde_json::json;

use crate::args::{Common, ReplayArgs};
use crate::deployment::Deployment;
use crate::events::Events;
use crate::kept::{self, Kept};
use crate::output::{Grid, line, thousands};
use crate::progress;

/// Where an object goes whose records were put back.
const REPLAYED: &str = "replayed/";

/// Puts records back that could not be delivered or read.
pub(crate) async fn run(common: &Common, args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::open(common).await?;
    let result = replay(common, args, &deployment).await;
    deployment.close().await?;
    result
}

async fn replay(common: &Common, args: &ReplayArgs, deployment: &Deployment) -> anyhow::Result<ExitCode> {
    let (events, s3) = (deployment.events()?, &deployment.services.s3);
    let prefixes = match &args.prefix {
        Some(prefix) => vec![prefix.clone()],
        None => kept::AREAS.iter().map(|area| format!("{}/{area}", events.prefix)).collect(),
    };
    let known = |prefix: &str| kept::AREAS.iter().any(|area| prefix.starts_with(&format!("{}/{area}", events.prefix)));
    if let Some(other) = prefixes.iter().find(|prefix| !known(prefix)) {
        let areas = kept::AREAS.map(|area| format!("{}/{area}", events.prefix)).join(" and ");
        bail!("{other} is not where records are kept: they are below {areas}");
    }
    let spinner = progress::spinner("replaying");
    let mut grid = Grid::new(&["KEPT IN", "RECORDS>", "BECAUSE"]);
    let (mut records, mut objects) = (0, 0);
    for key in kept::keys(s3, &events.lake_bucket, &prefixes).await? {
        let kept = kept::read(s3, &events.rules, ObjectRef::new(&events.lake_bucket, key)).await?;
        for (reason, count) in &kept.reasons {
            grid.row([kept.object.key.clone(), thousands(*count), reason.clone()]);
        }
        records += kept.records.len() as u64;
        objects += 1;
        if common.json {
            let key = &kept.object.key;
            line(json!({ "key": key, "reasons": kept.reasons, "replayed": !args.dry_run }).to_string());
        }
        if !args.dry_run {
            put_back(deployment, events, kept).await?;
        }
    }
    spinner.finish_and_clear();
    if common.json {
        return Ok(ExitCode::SUCCESS);
    }
    if objects == 0 {
        line(format!("nothing is kept below {}", prefixes.join(" and ")));
        return Ok(ExitCode::SUCCESS);
    }
    grid.print();
    line(match args.dry_run {
        true => format!("\n{} records in {objects} objects; without --dry-run they are put back", thousands(records)),
        false => format!("\n{} records of {objects} objects were put back", thousands(records)),
    });
    Ok(ExitCode::SUCCESS)
}

/// Sends the records through the stream again; lines that were checked before go back to the raw objects, because the stream would apply the
/// rules of privacy to them twice. Only then the object is moved, so that nothing is lost in between.
async fn put_back(deployment: &Deployment, events: &Events, kept: Kept) -> anyhow::Result<()> {
    let rest = kept.object.key.strip_prefix(&format!("{}/", events.prefix)).unwrap_or(&kept.object.key);
    let s3 = &deployment.services.s3;
    if rest.starts_with("rejected/") {
        let today = chrono::Utc::now().format("%Y-%m-%d");
        let file = rest.trim_start_matches("rejected/").replace('/', "-");
        let target =
            ObjectRef::new(&events.lake_bucket, format!("{}/raw/mixed/dt={today}/replay-{file}", events.prefix));
        objects::put_bytes(s3, &target, kept.records.join(&b'\n'), "application/x-ndjson").await?;
    } else {
        events.put_records(kept.records).await?;
    }
    let target = format!("{}/{REPLAYED}{rest}", events.prefix);
    let key = &kept.object.key;
    objects::copy_version(s3, &kept.object, &ObjectRef::new(&events.lake_bucket, &target), Some(kept.bytes)).await?;
    let delete = s3.delete_object().bucket(&events.lake_bucket).key(key).send().await;
    delete.with_context(|| format!("deleting {key}, which was replayed"))?;
    Ok(())
}
