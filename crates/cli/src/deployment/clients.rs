//! Clients of the services at a place.

use std::sync::Arc;

use aws_config::SdkConfig;
use loads::{Services, Store};
use pipeline::Project;
use redshift::{Endpoint, Warehouse};

use super::place::Place;
use super::s3_at;
use crate::args::Common;
use crate::events::Events;
use crate::kept;
use crate::names::{DATABASE, WORKGROUP};

/// The database of tracking events in the embedded catalog.
const GLUE_DATABASE: &str = "web_events";

/// The project, and clients of the place.
pub(super) fn services(project: Project, sdk: &SdkConfig, place: &Place) -> Services {
    let endpoints = place.endpoints();
    let s3 = s3_at(sdk, Some(&endpoints.s3));
    let data = aws_sdk_redshiftdata::config::Builder::from(sdk).endpoint_url(&endpoints.redshift).build();
    let events = aws_sdk_eventbridge::config::Builder::from(sdk).endpoint_url(&endpoints.events).build();
    let warehouse = Warehouse { endpoint: Endpoint::workgroup(WORKGROUP), database: DATABASE.to_owned() };
    Services {
        project: project.into(),
        store: Store::new(s3.clone(), &place.lake_bucket),
        s3,
        warehouse: redshift::Client::new(aws_sdk_redshiftdata::Client::from_conf(data), warehouse),
        events: aws_sdk_eventbridge::Client::from_conf(events),
        bus: place.bus.clone(),
        copy_role: "default".to_owned(),
    }
}

/// The way of tracking events, if a pipeline has any.
pub(super) fn events(
    services: &Services,
    sdk: &SdkConfig,
    place: &Place,
    common: &Common,
) -> anyhow::Result<Option<Events>> {
    let tracking = place.endpoints().tracking.zip(place.stream.clone());
    let (Some(events), Some((tracking, stream))) = (services.project.events(), tracking) else { return Ok(None) };
    let kinesis = aws_sdk_kinesis::config::Builder::from(sdk).endpoint_url(&tracking.kinesis).build();
    let glue = aws_sdk_glue::config::Builder::from(sdk).endpoint_url(&tracking.glue).build();
    Ok(Some(Events {
        rules: Arc::new(kept::rules(events)?),
        prefix: events.prefix.clone(),
        lake_bucket: place.lake_bucket.clone(),
        kinesis: aws_sdk_kinesis::Client::from_conf(kinesis),
        stream,
        glue: aws_sdk_glue::Client::from_conf(glue),
        database: GLUE_DATABASE.to_owned(),
        s3: services.s3.clone(),
        cache: common.state.join("athena"),
        collector: place.collector.clone(),
        buffer_interval: None,
    }))
}
