//! The warehouse and buckets that the environment names.

use std::sync::Arc;

use anyhow::Context;
use aws_config::SdkConfig;
use function::Environment;
use loads::{Services, Settings};

use super::{Deployment, s3_at};
use crate::args::Common;
use crate::events::Events;
use crate::{kept, project};

/// Opens the warehouse and buckets that the environment names.
pub(super) async fn open(common: &Common) -> anyhow::Result<Deployment> {
    let settings = Settings::read(Environment::of_process())?;
    let landing_bucket = function::variable("LANDFALL_LANDING_BUCKET")
        .context("LANDFALL_LANDING_BUCKET is not set: the bucket that vendors upload to")?;
    let sdk = aws_config::load_from_env().await;
    let services = Services::new(&settings, &sdk, s3_at(&sdk, None), project::load(common)?);
    let events = events(&services, &sdk, &settings.lake_bucket, common)?;
    Ok(Deployment { services, landing_bucket, cloud: None, external: None, events, state: common.state.clone() })
}

/// The way of tracking events that the environment names, if it does.
fn events(services: &Services, sdk: &SdkConfig, lake_bucket: &str, common: &Common) -> anyhow::Result<Option<Events>> {
    let names = function::variable(collect_events::STREAM_VARIABLE).zip(function::variable("LANDFALL_GLUE_DATABASE"));
    let (Some(events), Some((stream, database))) = (services.project.events(), names) else { return Ok(None) };
    Ok(Some(Events {
        rules: Arc::new(kept::rules(events)?),
        prefix: events.prefix.clone(),
        lake_bucket: lake_bucket.to_owned(),
        kinesis: aws_sdk_kinesis::Client::new(sdk),
        stream,
        glue: aws_sdk_glue::Client::new(sdk),
        database,
        s3: services.s3.clone(),
        cache: common.state.join("athena-aws"),
        collector: None,
        buffer_interval: None,
    }))
}
