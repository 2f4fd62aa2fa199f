//! `landfall local`: the embedded cloud, or what an external cloud needs.

mod tell;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use cloud_local::events::BusEvent;
use cloud_local::folder::ProgressObserver;
use cloud_local::{CloudConfig, Delivery, Endpoints};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::args::{Common, LocalArgs};
use crate::deployment::{Deployment, External, Ports};
use crate::events::WRITE_KEY;
use crate::functions::Runner;
use crate::output::line;

/// How often lost completion events are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// How often days that are over are compacted.
const COMPACTION: Duration = Duration::from_secs(3600);

/// Runs until it is interrupted, and tells what happens.
pub(crate) async fn run(common: &Common, args: &LocalArgs) -> anyhow::Result<ExitCode> {
    let ports = Ports {
        s3: args.s3_port,
        redshift: args.redshift_port,
        events: args.events_port,
        kinesis: args.kinesis_port,
        glue: args.glue_port,
        collector: args.collector_port,
    };
    let runner = args.functions.clone().map_or(Runner::InProcess, Runner::Binaries);
    match &args.endpoint_url {
        None => embedded(common, args, ports, &runner).await,
        Some(url) => external(common, args, ports, url, &runner).await,
    }
}

async fn embedded(common: &Common, args: &LocalArgs, ports: Ports, runner: &Runner) -> anyhow::Result<ExitCode> {
    let mut deployment = match args.no_functions {
        true => Deployment::without_functions(common, ports).await?,
        false => Deployment::embedded(common, ports, runner).await?,
    };
    let Some(cloud) = deployment.cloud.as_mut() else { return Ok(ExitCode::FAILURE) };
    cloud.sweep_every(SWEEP);
    let (outcomes, deliveries) = (cloud.outcomes(), cloud.deliveries());
    let watcher = cloud.watch_folder(&args.folder, progress()).await?;
    introduce(common, cloud.endpoints(), cloud.config(), "landfall", cloud.collector());
    invite(&args.folder, cloud.collector().is_some());
    attend(outcomes, deliveries, || cloud.compact(None)).await?;
    line("stopping; the state is kept");
    watcher.shutdown().await;
    deployment.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn external(
    common: &Common,
    args: &LocalArgs,
    ports: Ports,
    url: &str,
    runner: &Runner,
) -> anyhow::Result<ExitCode> {
    let glue_url = args.glue_url.clone().filter(|url| !url.is_empty());
    let other = External { url, name: &args.name, glue_url, runner };
    let mut deployment = Deployment::external(common, ports, other).await?;
    let Some(external) = deployment.external.as_mut() else { return Ok(ExitCode::FAILURE) };
    external.sweep_every(SWEEP);
    let (outcomes, deliveries) = (external.outcomes(), external.deliveries());
    let watcher = external.watch_folder(&args.folder, progress()).await?;
    introduce(common, external.endpoints(), &external.config().cloud, &external.config().name, external.collector());
    invite(&args.folder, external.collector().is_some());
    attend(outcomes, deliveries, || external.compact()).await?;
    line("stopping; the state is kept, and what waits stays in the other cloud");
    watcher.shutdown().await;
    deployment.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Tells what happens until an interrupt.
async fn attend(
    mut outcomes: Receiver<BusEvent>,
    mut deliveries: Receiver<Delivery>,
    compact: impl Fn(),
) -> anyhow::Result<()> {
    let mut compaction = tokio::time::interval(COMPACTION);
    loop {
        tokio::select! {
            _ = compaction.tick() => compact(),
            event = outcomes.recv() => match event {
                Ok(event) => tell::outcome(&event.detail),
                Err(RecvError::Lagged(missed)) => line(format!("({missed} outcomes were not printed)")),
                Err(RecvError::Closed) => return Ok(()),
            },
            delivery = deliveries.recv() => {
                if let Ok(delivery) = delivery {
                    tell::delivery(&delivery);
                }
            }
            interrupt = tokio::signal::ctrl_c() => return interrupt.context("waiting for an interrupt"),
        }
    }
}

fn progress() -> ProgressObserver {
    Arc::new(|progress| tell::progress(&progress))
}

fn introduce(common: &Common, endpoints: &Endpoints, config: &CloudConfig, bus: &str, collector: Option<String>) {
    line(format!("S3                 {}   buckets {} and {}", endpoints.s3, config.landing_bucket, config.lake_bucket));
    line(format!("Redshift Data API  {}   workgroup local, database dev", endpoints.redshift));
    line(format!("EventBridge        {}   bus {bus}", endpoints.events));
    if let Some(sqs) = &endpoints.sqs {
        line(format!("SQS                {sqs}   queues {bus}-<function>"));
    }
    if let Some(tracking) = &endpoints.tracking {
        let stream = config.tracking.as_ref().map_or("", |tracking| &tracking.stream);
        line(format!("Kinesis            {}   stream {stream}", tracking.kinesis));
        line(format!("Glue               {}   database web_events", tracking.glue));
    }
    if let Some(collector) = collector {
        line(format!("collector          {collector}   write key {WRITE_KEY}"));
    }
    line(format!("state              {}", common.state.display()));
    line("\nTo point the AWS CLI here:");
    for (name, value) in endpoints.environment(&config.region) {
        line(format!("  export {name}={value}"));
    }
}

fn invite(folder: &Path, has_collector: bool) {
    line(format!("\n{} stands for the landing bucket: put a file there, and see it load.", folder.display()));
    if has_collector {
        line(
            "Tracking events: landfall sample web-events, landfall track tracking/events.ndjson, landfall athena \"...\"",
        );
    }
    line("Ctrl-C stops.\n");
}
