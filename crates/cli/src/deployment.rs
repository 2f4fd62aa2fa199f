//! Where a command runs: on the embedded cloud of a state folder, on one that another process runs, or on AWS.

mod aws;
mod clients;
mod place;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use cloud_local::{Cloud, CloudConfig, EventsConfig, ExternalCloud, ExternalConfig};
use loads::Services;
use pipeline::Project;
use place::Place;

use crate::args::Common;
use crate::collector::Collector;
use crate::events::{Events, WRITE_KEY};
use crate::functions::{Functions, Runner, Surroundings};
use crate::names::{CLUSTER, FUNCTIONS_USER, REGION};
use crate::{migration, project};

/// Clients for the place that a command works on.
pub(crate) struct Deployment {
    /// The project and the clients.
    pub(crate) services: Services,
    /// Where vendors upload to.
    pub(crate) landing_bucket: String,
    /// The embedded cloud, if this process runs it.
    pub(crate) cloud: Option<Cloud>,
    /// What this process runs for an external cloud, if it does.
    pub(crate) external: Option<ExternalCloud>,
    events: Option<Events>,
    state: PathBuf,
}

/// An external cloud, and how the functions run on it.
pub(crate) struct External<'a> {
    /// The URL at which it answers for all services.
    pub(crate) url: &'a str,
    /// What names in it begin with.
    pub(crate) name: &'a str,
    /// A Glue that runs elsewhere; without it one runs here.
    pub(crate) glue_url: Option<String>,
    /// How the functions run.
    pub(crate) runner: &'a Runner,
}

/// On which ports an embedded cloud listens; 0 takes any.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ports {
    /// S3.
    pub s3: u16,
    /// The Redshift Data API.
    pub(crate) redshift: u16,
    /// The event bus.
    pub(crate) events: u16,
    /// Kinesis.
    pub(crate) kinesis: u16,
    /// Glue.
    pub(crate) glue: u16,
    /// The collector of tracking events.
    pub(crate) collector: u16,
}

impl Deployment {
    /// Opens what the arguments say. The embedded cloud is migrated, so that it can load at once.
    pub(crate) async fn open(common: &Common) -> anyhow::Result<Self> {
        if common.aws {
            return aws::open(common).await;
        }
        if let Some(place) = Place::of_running(common) {
            return attach(common, &place);
        }
        Self::embedded(common, Ports::default(), &Runner::InProcess).await
    }

    /// Opens what the arguments say, and leaves its warehouse as it is.
    pub(crate) async fn unmigrated(common: &Common) -> anyhow::Result<Self> {
        let is_elsewhere = common.aws || Place::of_running(common).is_some();
        if is_elsewhere { Self::open(common).await } else { Self::unused(common).await }
    }

    /// Starts the embedded cloud in this process, migrates its warehouse and puts the functions to work.
    pub(crate) async fn embedded(common: &Common, ports: Ports, runner: &Runner) -> anyhow::Result<Self> {
        let mut deployment = Self::without_functions(common, ports).await?;
        let Some(mut cloud) = deployment.cloud.take() else { return Ok(deployment) };
        let functions = deployment.functions(common, runner, &Place::embedded(&cloud)).await?;
        cloud.connect_functions(functions.load, functions.watch)?;
        if let Some(functions) = functions.events {
            cloud.connect_events(functions).await?;
        }
        cloud.set_admission(Some(admission(&deployment.services, &cloud)));
        let place = Place::embedded(&cloud);
        deployment.cloud = Some(cloud);
        deployment.announce(common, place).await
    }

    /// Starts what runs beside an external cloud, migrates the warehouse and puts the functions to work on its queues and stream.
    pub(crate) async fn external(common: &Common, ports: Ports, other: External<'_>) -> anyhow::Result<Self> {
        let project = project::load(common)?;
        let mut config = cloud_config(common, &project, ports);
        if let Some(tracking) = &mut config.tracking {
            tracking.glue_url = other.glue_url;
        }
        let mut external = ExternalCloud::start(ExternalConfig::new(other.url, other.name, config)).await?;
        let place = Place::external(&external);
        let buffers = external.config().cloud.tracking.as_ref().map(|tracking| tracking.buffer_interval);
        let mut deployment = Self::at(common, project, &place, external.sdk_config(), buffers)?;
        deployment.migrate().await?;
        let functions = deployment.functions(common, other.runner, &place).await?;
        external.connect(functions.load, functions.watch, functions.events).await?;
        let place = Place::external(&external);
        deployment.external = Some(external);
        deployment.announce(common, place).await
    }

    /// Starts the embedded cloud in this process and migrates its warehouse; the functions run elsewhere.
    pub(crate) async fn without_functions(common: &Common, ports: Ports) -> anyhow::Result<Self> {
        let deployment = Self::start(common, ports).await?;
        deployment.migrate().await?;
        Ok(deployment)
    }

    /// Starts the embedded cloud in this process without any function: what is uploaded stays where it is.
    pub(crate) async fn unused(common: &Common) -> anyhow::Result<Self> {
        Self::start(common, Ports::default()).await
    }

    async fn start(common: &Common, ports: Ports) -> anyhow::Result<Self> {
        let project = project::load(common)?;
        let cloud = Cloud::start(cloud_config(common, &project, ports)).await?;
        let buffers = cloud.config().tracking.as_ref().map(|tracking| tracking.buffer_interval);
        let place = Place::embedded(&cloud);
        let mut deployment = Self::at(common, project, &place, cloud.sdk_config(), buffers)?;
        place.remember(common)?;
        deployment.cloud = Some(cloud);
        Ok(deployment)
    }

    /// Clients for a place.
    fn at(
        common: &Common,
        project: Project,
        place: &Place,
        sdk: &SdkConfig,
        buffer_interval: Option<Duration>,
    ) -> anyhow::Result<Self> {
        let services = clients::services(project, sdk, place);
        let mut events = clients::events(&services, sdk, place, common)?;
        if let Some(events) = &mut events {
            events.buffer_interval = buffer_interval;
        }
        let landing_bucket = place.landing_bucket.clone();
        let state = common.state.clone();
        Ok(Self { services, landing_bucket, cloud: None, external: None, events, state })
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        let (project, warehouse) = (&self.services.project, &self.services.warehouse);
        migration::run(project, warehouse, Some(FUNCTIONS_USER), false)
            .await
            .context("preparing the embedded warehouse")?;
        Ok(())
    }

    async fn functions(&self, common: &Common, runner: &Runner, place: &Place) -> anyhow::Result<Functions> {
        let endpoints = place.endpoints();
        let around = Surroundings { common, endpoints: &endpoints, lake_bucket: &place.lake_bucket };
        runner.functions(&self.functions_services(), self.events.as_ref(), around).await
    }

    /// The services with the functions' own user.
    fn functions_services(&self) -> Services {
        let warehouse = self.services.warehouse.as_user(CLUSTER, FUNCTIONS_USER);
        Services { warehouse, ..self.services.clone() }
    }

    /// Writes down for other commands where it is, and submits again what an earlier process did not end.
    async fn announce(mut self, common: &Common, place: Place) -> anyhow::Result<Self> {
        place.remember(common)?;
        if let Some(events) = &mut self.events {
            events.collector = place.collector;
        }
        // The statements of an earlier process ended with it.
        loads::resubmit(&self.functions_services())
            .await
            .context("submitting the loads that an earlier process did not end")?;
        Ok(self)
    }

    /// The way of tracking events.
    pub(crate) fn events(&self) -> anyhow::Result<&Events> {
        self.events.as_ref().context(
            "there are no tracking events here: a pipeline needs [events] (see pipelines/web-events), and with --aws \
             LANDFALL_STREAM and LANDFALL_GLUE_DATABASE must name the stream and the catalog's database",
        )
    }

    /// Waits until all tracking events that were sent are in the catalog.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        match &self.cloud {
            Some(cloud) => Ok(cloud.settle().await?),
            None => Ok(()),
        }
    }

    /// Ends the embedded cloud, if this process runs it.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match (self.cloud, self.external) {
            (Some(cloud), _) => cloud.shutdown().await,
            (None, Some(external)) => external.shutdown().await,
            (None, None) => return Ok(()),
        }
        Place::forget(&self.state)
    }
}

/// A client of the collector that runs on this state folder.
pub(crate) fn collector(common: &Common) -> anyhow::Result<Collector> {
    let url = Place::of_running(common).and_then(|place| place.collector);
    let state = common.state.display();
    let url =
        url.with_context(|| format!("no collector runs on {state}: start landfall local, or name one with --url"))?;
    Collector::new(&url, WRITE_KEY)
}

/// A client of an S3 endpoint by path, or of AWS's own.
pub(crate) fn s3_at(sdk: &SdkConfig, endpoint: Option<&str>) -> aws_sdk_s3::Client {
    match endpoint {
        Some(url) => {
            let config = aws_sdk_s3::config::Builder::from(sdk).endpoint_url(url).force_path_style(true);
            aws_sdk_s3::Client::from_conf(config.build())
        }
        None => objects::client(sdk, function::variable),
    }
}

/// The landing bucket takes only what a dataset takes, as its bucket policy would have it.
fn admission(services: &Services, cloud: &Cloud) -> cloud_local::Admission {
    let (project, landing) = (services.project.clone(), cloud.config().landing_bucket.clone());
    Arc::new(move |bucket, key| {
        if bucket != landing || project.dataset_for_key(key).is_some() {
            return Ok(());
        }
        Err("no dataset takes this key: see `landfall check`".to_owned())
    })
}

/// What the embedded cloud, or the part of it that an external cloud needs, is made of.
fn cloud_config(common: &Common, project: &Project, ports: Ports) -> CloudConfig {
    CloudConfig {
        s3_port: ports.s3,
        redshift_port: ports.redshift,
        events_port: ports.events,
        region: REGION.to_owned(),
        duckdb_memory_mib: Some(common.warehouse_memory),
        tracking: project.events().map(|events| EventsConfig {
            kinesis_port: ports.kinesis,
            glue_port: ports.glue,
            collector_port: ports.collector,
            ..EventsConfig::new(&events.prefix)
        }),
        ..CloudConfig::new(&common.state)
    }
}

/// Uses what another process runs, as `landfall query` does while `landfall local` runs.
fn attach(common: &Common, place: &Place) -> anyhow::Result<Deployment> {
    let credentials = Credentials::new("local", "local", None, None, "landfall");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    Deployment::at(common, project::load(common)?, place, &sdk, None)
}
