//! Where a command runs: on the embedded cloud of a state folder, on one that another process runs, or on AWS.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use loads::{Services, Settings, Store};
use local::{Cloud, CloudConfig, Endpoints, Handler};
use pipeline::Project;
use redshift::Warehouse;
use telemetry::Metrics;

use crate::args::Common;
use crate::commands::check;

/// The embedded cloud's region, and the workgroup and database that its warehouse goes by.
const REGION: &str = "us-east-1";
const WORKGROUP: &str = "local";
const DATABASE: &str = "dev";

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
}

impl Deployment {
    /// Opens what the arguments say. The embedded cloud is migrated, so that it can load at once.
    pub(crate) async fn open(common: &Common) -> anyhow::Result<Self> {
        if common.aws {
            return aws(common).await;
        }
        if let Some(endpoints) = running(common) {
            return attach(common, endpoints);
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
            connect(cloud, &deployment.services)?;
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
            ..CloudConfig::new(&common.state)
        };
        let cloud = Cloud::start(config).await?;
        let services = services(project, &cloud.config().lake_bucket, cloud.sdk_config(), cloud.endpoints());
        remember(common, cloud.endpoints())?;
        let landing_bucket = cloud.config().landing_bucket.clone();
        Ok(Self { services, landing_bucket, cloud: Some(cloud), state: common.state.clone() })
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

/// A client of an S3 endpoint by path, or of AWS's own.
pub(crate) fn s3_at(sdk: &SdkConfig, endpoint: Option<&str>) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(sdk);
    let config = match endpoint {
        Some(url) => config.endpoint_url(url).force_path_style(true),
        None => config.force_path_style(loads::s3_by_path(|name| std::env::var(name).ok())),
    };
    aws_sdk_s3::Client::from_conf(config.build())
}

fn connect(cloud: &mut Cloud, services: &Services) -> anyhow::Result<()> {
    let load = load_redshift::Context { services: services.clone(), metrics: Metrics::Discard };
    let watch = watch_loads::Context { services: services.clone(), metrics: Metrics::Discard };
    let load = Handler::new(move |event| {
        let context = load.clone();
        async move { load_redshift::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    });
    let watch = Handler::new(move |event| {
        let context = watch.clone();
        async move { watch_loads::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    });
    cloud.connect_functions(load, watch)?;
    cloud.set_admission(Some(admission(services, cloud)));
    Ok(())
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

/// The endpoints of a process that runs this state folder's cloud.
fn running(common: &Common) -> Option<Endpoints> {
    if !local::is_in_use(&common.state) {
        return None;
    }
    let text = std::fs::read_to_string(common.state.join(ENDPOINTS_FILE)).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    let url = |name: &str| value.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    Some(Endpoints { s3: url("s3")?, redshift: url("redshift")?, events: url("events")? })
}

fn remember(common: &Common, endpoints: &Endpoints) -> anyhow::Result<()> {
    let file = common.state.join(ENDPOINTS_FILE);
    let text = serde_json::json!({ "s3": endpoints.s3, "redshift": endpoints.redshift, "events": endpoints.events });
    std::fs::write(&file, text.to_string()).with_context(|| format!("writing {}", file.display()))
}

/// Uses the cloud that another process runs, as `landfall query` does beside `landfall local`.
fn attach(common: &Common, endpoints: Endpoints) -> anyhow::Result<Deployment> {
    let credentials = Credentials::new("local", "local", None, None, "landfall");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let names = CloudConfig::new(&common.state);
    let services = services(project(common)?, &names.lake_bucket, &sdk, &endpoints);
    Ok(Deployment { services, landing_bucket: names.landing_bucket, cloud: None, state: common.state.clone() })
}

async fn aws(common: &Common) -> anyhow::Result<Deployment> {
    let lookup = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(lookup)?;
    let landing_bucket = lookup("LANDFALL_LANDING_BUCKET")
        .filter(|name| !name.is_empty())
        .context("LANDFALL_LANDING_BUCKET is not set: the bucket that vendors upload to")?;
    let sdk = aws_config::load_from_env().await;
    let services = Services::new(&settings, &sdk, loads::s3_by_path(lookup), project(common)?);
    Ok(Deployment { services, landing_bucket, cloud: None, state: common.state.clone() })
}
