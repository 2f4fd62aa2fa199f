use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use loads::{Kind, Outcome};
use local::folder::Progress;
use local::{Cloud, CloudConfig, Delivery};
use tokio::sync::broadcast::error::RecvError;

use crate::args::{Common, Local};
use crate::deployment::{Deployment, Ports};
use crate::events::WRITE_KEY;
use crate::output::{bytes, duration, line, thousands};

/// How often lost completion events are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// How often days that are over are compacted.
const COMPACTION: Duration = Duration::from_secs(3600);

/// Runs the embedded cloud until it is interrupted, and tells what happens.
pub(crate) async fn run(common: &Common, args: &Local) -> anyhow::Result<ExitCode> {
    let ports = Ports {
        s3: args.s3_port,
        redshift: args.redshift_port,
        events: args.events_port,
        kinesis: args.kinesis_port,
        glue: args.glue_port,
        collector: args.collector_port,
    };
    let mut deployment = match args.no_functions {
        true => Deployment::without_functions(common, ports).await?,
        false => Deployment::embedded(common, ports).await?,
    };
    let Some(cloud) = deployment.cloud.as_mut() else { return Ok(ExitCode::FAILURE) };
    cloud.sweep_every(SWEEP);
    let mut outcomes = cloud.outcomes();
    let mut deliveries = cloud.deliveries();
    let watcher = cloud.watch_folder(&args.folder, Arc::new(|progress| tell_progress(&progress))).await?;
    introduce(common, cloud, &args.folder);
    let mut compaction = tokio::time::interval(COMPACTION);
    loop {
        tokio::select! {
            _ = compaction.tick() => cloud.compact(None),
            event = outcomes.recv() => match event {
                Ok(event) => tell_outcome(&event.detail),
                Err(RecvError::Lagged(missed)) => line(format!("({missed} outcomes were not printed)")),
                Err(RecvError::Closed) => break,
            },
            delivery = deliveries.recv() => {
                if let Ok(delivery) = delivery {
                    tell_delivery(&delivery);
                }
            }
            interrupt = tokio::signal::ctrl_c() => {
                interrupt.context("waiting for an interrupt")?;
                break;
            }
        }
    }
    line("stopping; the state is kept");
    watcher.shutdown().await;
    deployment.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn introduce(common: &Common, cloud: &Cloud, folder: &Path) {
    let endpoints = cloud.endpoints();
    let config = cloud.config();
    line(format!("S3                 {}   buckets {} and {}", endpoints.s3, config.landing_bucket, config.lake_bucket));
    line(format!("Redshift Data API  {}   workgroup local, database dev", endpoints.redshift));
    line(format!("EventBridge        {}   bus landfall", endpoints.events));
    if let Some(tracking) = &endpoints.tracking {
        line(format!("Kinesis            {}   stream {}", tracking.kinesis, stream(config)));
        line(format!("Glue               {}   database web_events", tracking.glue));
    }
    if let Some(collector) = cloud.collector() {
        line(format!("collector          {collector}   write key {WRITE_KEY}"));
    }
    line(format!("state              {}", common.state.display()));
    line("\nTo point the AWS CLI here:");
    for (name, value) in endpoints.environment(&config.region) {
        line(format!("  export {name}={value}"));
    }
    line(format!("\n{} stands for the landing bucket: put a file there, and see it load.", folder.display()));
    if cloud.collector().is_some() {
        line(
            "Tracking events: landfall sample web-events, landfall track tracking/events.ndjson, landfall athena \"...\"",
        );
    }
    line("Ctrl-C stops.\n");
}

fn stream(config: &CloudConfig) -> &str {
    config.tracking.as_ref().map_or("", |tracking| &tracking.stream)
}

fn tell_progress(progress: &Progress) {
    match progress {
        Progress::Uploaded { key, bytes: size, .. } => line(format!("uploaded   {key}  {}", bytes(*size))),
        Progress::Refused { key, reason } => line(format!("refused    {key}  {reason}")),
        Progress::Failed { key, reason } => line(format!("failed     {key}  {reason}; it is tried again")),
        Progress::Unnameable { path } => {
            line(format!("skipped    {}  its name is not UTF-8: rename it", path.display()))
        }
        Progress::Interrupted { reason } => line(format!("rereading the folder: {reason}")),
        _ => {}
    }
}

fn tell_outcome(detail: &serde_json::Value) {
    let Ok(outcome) = serde_json::from_value::<Outcome>(detail.clone()) else { return };
    match outcome.outcome {
        Kind::Loaded => line(format!(
            "loaded     {}  {} rows into {} in {}",
            outcome.upload.key,
            outcome.rows.map_or_else(|| "?".to_owned(), thousands),
            outcome.table,
            outcome.duration_ms.map_or_else(|| "?".to_owned(), |ms| duration(ms.into())),
        )),
        _ => line(format!("{outcome}")),
    }
}

fn tell_delivery(delivery: &Delivery) {
    match delivery {
        Delivery::GivenUp { target, id, tries, error, .. } => {
            line(format!("given up   message {id} of {target} after {tries} tries: {error}"));
        }
        Delivery::Failed { target, tries, error, .. } => {
            line(format!("failed     {target}, try {tries}: {error}; it is tried again"));
        }
        _ => {}
    }
}
