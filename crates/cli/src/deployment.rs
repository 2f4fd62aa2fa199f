//! Where a command runs: on the embedded cloud of a state folder, on one that another process runs, or on AWS.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use loads::{Services, Settings, Store};
use local::clients::TrackingEndpoints;
use local::{Cloud, CloudConfig, Endpoints, EventsConfig};
use pipeline::Project;
use redshift::Warehouse;

use crate::args::Common;
use crate::collector::Collector;
use crate::commands::check;
use crate::events::{Events, WRITE_KEY};
use crate::{functions, kept};

/// The embedded cloud's region, and the workgroup and database that its warehouse goes by.
const REGION: &str = "us-east-1";
const WORKGROUP: &str = "local";
const DATABASE: &str = "dev";

/// The database of tracking events in the embedded catalog.
const GLUE_DATABASE: &str = "web_events";

/// The file in a state folder that says where the cloud of a running process listens.
const ENDPOINTS_FILE: &str = "endpoints.json";

/// Clients for the place that a command works on.
pub(crate) struct Deployment {
    /// The project and the clients.
    pub(crate) services: Services,
    /// Where vendors upload to.
    pub(crate) landing_bucket: String,
    /// The embedded cloud, if this process runs it.
    pub(crate) cloud: Option<Cloud>,
    events: Option<Events>,
    state: PathBuf,
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
            return aws(common).await;
        }
        if let Some(running) = running(common) {
            return attach(common, running);
        }
        let deployment = Self::embedded(common, Ports::default()).await?;
        Ok(deployment)
    }

    /// Opens what the arguments say, and leaves its warehouse as it is.
    pub(crate) async fn unmigrated(common: &Common) -> anyhow::Result<Self> {
        if common.aws || running(common).is_some() { Self::open(common).await } else { Self::rehearsal(common).await }
    }

    /// Starts the embedded cloud in this process, migrates its warehouse and puts the functions to work.
    pub(crate) async fn embedded(common: &Common, ports: Ports) -> anyhow::Result<Self> {
        let mut deployment = Self::without_functions(common, ports).await?;
        if let Some(cloud) = &mut deployment.cloud {
            functions::connect(cloud, &deployment.services, deployment.events.as_ref(), &common.state).await?;
            cloud.set_admission(Some(admission(&deployment.services, cloud)));
            if let Some(events) = &mut deployment.events {
                events.collector = cloud.collector();
            }
            remember(common, cloud)?;
        }
        // The statements of an earlier process ended with it.
        loads::resume(&deployment.services)
            .await
            .context("submitting the loads that an earlier process did not end")?;
        Ok(deployment)
    }

    /// Starts the embedded cloud in this process and migrates its warehouse; the functions run elsewhere.
    pub(crate) async fn without_functions(common: &Common, ports: Ports) -> anyhow::Result<Self> {
        let deployment = Self::start(common, ports).await?;
        let services = &deployment.services;
        crate::commands::migrate::migrate(&services.project, &services.warehouse, false)
            .await
            .context("preparing the embedded warehouse")?;
        Ok(deployment)
    }

    /// Starts the embedded cloud in this process without any function: what is uploaded stays where it is.
    pub(crate) async fn rehearsal(common: &Common) -> anyhow::Result<Self> {
        Self::start(common, Ports::default()).await
    }

    async fn start(common: &Common, ports: Ports) -> anyhow::Result<Self> {
        let project = project(common)?;
        let config = CloudConfig {
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
        };
        let cloud = Cloud::start(config).await?;
        let config = cloud.config();
        let services = services(project, &config.lake_bucket, cloud.sdk_config(), cloud.endpoints());
        let mut events = events(&services, cloud.sdk_config(), cloud.endpoints(), common)?;
        if let (Some(events), Some(tracking)) = (&mut events, &config.tracking) {
            events.buffer_interval = Some(tracking.buffer_interval);
        }
        remember(common, &cloud)?;
        let landing_bucket = config.landing_bucket.clone();
        Ok(Self { services, landing_bucket, cloud: Some(cloud), events, state: common.state.clone() })
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
        if let Some(cloud) = self.cloud {
            cloud.shutdown().await;
            let file = self.state.join(ENDPOINTS_FILE);
            std::fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
        }
        Ok(())
    }
}

/// The pipelines, or every problem that they have.
pub(crate) fn project(common: &Common) -> anyhow::Result<Project> {
    match pipeline_folder::load(&common.pipelines) {
        Ok(project) => Ok(project),
        Err(pipeline_folder::LoadError::Problems(problems)) => {
            check::print(common, &problems);
            bail!("the pipelines in {} are not valid", common.pipelines.display())
        }
        Err(error) => Err(error.into()),
    }
}

/// A client of the collector that runs on this state folder.
pub(crate) fn collector(common: &Common) -> anyhow::Result<Collector> {
    let url = running(common).and_then(|running| running.collector);
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
        None => lake::client(sdk, |name| std::env::var(name).ok()),
    }
}

/// The landing bucket takes only what a dataset takes, as its bucket policy would have it.
fn admission(services: &Services, cloud: &Cloud) -> local::s3::Admission {
    let (project, landing) = (services.project.clone(), cloud.config().landing_bucket.clone());
    Arc::new(move |bucket, key| {
        if bucket != landing || project.dataset_for_key(key).is_some() {
            return Ok(());
        }
        Err("no dataset takes this key: see `landfall check`".to_owned())
    })
}

fn services(project: Project, lake: &str, sdk: &SdkConfig, endpoints: &Endpoints) -> Services {
    let s3 = s3_at(sdk, Some(&endpoints.s3));
    let data = aws_sdk_redshiftdata::config::Builder::from(sdk).endpoint_url(&endpoints.redshift).build();
    let events = aws_sdk_eventbridge::config::Builder::from(sdk).endpoint_url(&endpoints.events).build();
    let warehouse = Warehouse {
        workgroup: Some(WORKGROUP.to_owned()),
        cluster: None,
        database: DATABASE.to_owned(),
        db_user: None,
        secret_arn: None,
    };
    Services {
        project: project.into(),
        store: Store::new(s3.clone(), lake),
        s3,
        warehouse: redshift::Client::new(aws_sdk_redshiftdata::Client::from_conf(data), warehouse),
        events: aws_sdk_eventbridge::Client::from_conf(events),
        bus: "landfall".to_owned(),
        copy_role: "default".to_owned(),
    }
}

/// The way of tracking events, if a pipeline has any.
fn events(
    services: &Services,
    sdk: &SdkConfig,
    endpoints: &Endpoints,
    common: &Common,
) -> anyhow::Result<Option<Events>> {
    let (Some(events), Some(tracking)) = (services.project.events(), &endpoints.tracking) else { return Ok(None) };
    let names = EventsConfig::new(&events.prefix);
    let kinesis = aws_sdk_kinesis::config::Builder::from(sdk).endpoint_url(&tracking.kinesis).build();
    let glue = aws_sdk_glue::config::Builder::from(sdk).endpoint_url(&tracking.glue).build();
    Ok(Some(Events {
        rules: Arc::new(kept::rules(events)?),
        prefix: names.prefix,
        lake_bucket: CloudConfig::new(&common.state).lake_bucket,
        kinesis: aws_sdk_kinesis::Client::from_conf(kinesis),
        stream: names.stream,
        glue: aws_sdk_glue::Client::from_conf(glue),
        database: GLUE_DATABASE.to_owned(),
        s3: services.s3.clone(),
        cache: common.state.join("athena"),
        collector: None,
        buffer_interval: None,
    }))
}

/// A process that runs this state folder's cloud.
struct Running {
    endpoints: Endpoints,
    collector: Option<String>,
}

/// The process that runs this state folder's cloud, if there is one.
fn running(common: &Common) -> Option<Running> {
    if !local::is_in_use(&common.state) {
        return None;
    }
    let text = std::fs::read_to_string(common.state.join(ENDPOINTS_FILE)).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    let url = |name: &str| value.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    let tracking = url("kinesis").zip(url("glue")).map(|(kinesis, glue)| TrackingEndpoints { kinesis, glue });
    let endpoints = Endpoints { s3: url("s3")?, redshift: url("redshift")?, events: url("events")?, tracking };
    Some(Running { endpoints, collector: url("collector") })
}

fn remember(common: &Common, cloud: &Cloud) -> anyhow::Result<()> {
    let (file, endpoints) = (common.state.join(ENDPOINTS_FILE), cloud.endpoints());
    let tracking = endpoints.tracking.as_ref();
    let value = serde_json::json!({
        "s3": endpoints.s3,
        "redshift": endpoints.redshift,
        "events": endpoints.events,
        "kinesis": tracking.map(|tracking| &tracking.kinesis),
        "glue": tracking.map(|tracking| &tracking.glue),
        "collector": cloud.collector(),
    });
    std::fs::write(&file, value.to_string()).with_context(|| format!("writing {}", file.display()))
}

/// Uses the cloud that another process runs, as `landfall query` does beside `landfall local`.
fn attach(common: &Common, running: Running) -> anyhow::Result<Deployment> {
    let credentials = Credentials::new("local", "local", None, None, "landfall");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let names = CloudConfig::new(&common.state);
    let services = services(project(common)?, &names.lake_bucket, &sdk, &running.endpoints);
    let mut events = events(&services, &sdk, &running.endpoints, common)?;
    if let Some(events) = &mut events {
        events.collector = running.collector;
    }
    Ok(Deployment { services, landing_bucket: names.landing_bucket, cloud: None, events, state: common.state.clone() })
}

async fn aws(common: &Common) -> anyhow::Result<Deployment> {
    let lookup = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(lookup)?;
    let landing_bucket = lookup("LANDFALL_LANDING_BUCKET")
        .filter(|name| !name.is_empty())
        .context("LANDFALL_LANDING_BUCKET is not set: the bucket that vendors upload to")?;
    let sdk = aws_config::load_from_env().await;
    let services = Services::new(&settings, &sdk, s3_at(&sdk, None), project(common)?);
    let events = aws_events(&services, &sdk, &settings.lake_bucket, common)?;
    Ok(Deployment { services, landing_bucket, cloud: None, events, state: common.state.clone() })
}

/// The way of tracking events that the environment names, if it does.
fn aws_events(
    services: &Services,
    sdk: &SdkConfig,
    lake_bucket: &str,
    common: &Common,
) -> anyhow::Result<Option<Events>> {
    let lookup = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let names = lookup(collect_events::STREAM_VARIABLE).zip(lookup("LANDFALL_GLUE_DATABASE"));
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
