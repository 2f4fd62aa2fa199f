//! The functions on an external cloud: S3, SQS, EventBridge and Kinesis are that cloud's; the warehouse, the delivery of tracking events,
//! the collector and, unless there is another, the catalog are ours.
//!
//! What the functions need there is created at the start if it is missing: the buckets `<name>-landing` and `<name>-lake`, queues with
//! their rules and dead letters, the bus `<name>` and the stream `<name>-events`. The external cloud's EventBridge sends the events of objects to
//! the queues; the queues are read here, as Lambda reads them. The stream is copied into one of ours, which the delivery reads: at least once.

mod bridge;
mod feed;
mod normalize;
mod outage;
mod plan;
mod poller;
mod provision;

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use bridge::{Bridge, BridgeConfig};
use feed::{Feed, outcomes_handler};
use local_server::StateLock;
use local_server::{Delivery, DeliveryObserver, Handler};
use plan::{Plan, QueuePlan};
use poller::{Poller, PollerConfig};
use provision::Remote;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::clients::{self, Endpoints};
use crate::cloud::{CloudConfig, DELIVERIES, WATCH_LOADS};
use crate::error::Error;
use crate::events::{BusEvent, scheduled};
use crate::folder::{self, FolderConfig, FolderWatcher, ProgressObserver};
use crate::invoke::{Invoker, RETRY_AFTER};
use crate::routes::Routes;
use crate::warehouse::{Warehouse, WarehouseConfig};
use crate::web_events::{EventFunctions, Invoked, Surroundings, WebEvents};

/// How many outcomes a subscriber may be behind before it misses the oldest.
const OUTCOMES: usize = 16 * 1024;

/// Which cloud, and what is made of it.
#[derive(Debug, Clone)]
pub struct ExternalConfig {
    /// The URL at which the external cloud answers for all services.
    pub url: String,
    /// What the names of all things there begin with.
    pub name: String,
    /// The state folder, the buckets, the stream and our own ports; those of the services that are not ours mean nothing.
    pub cloud: CloudConfig,
}

impl ExternalConfig {
    /// Names the buckets and the stream in the external cloud.
    #[must_use]
    pub fn new(url: &str, name: &str, cloud: CloudConfig) -> Self {
        let cloud = CloudConfig {
            landing_bucket: format!("{name}-landing"),
            lake_bucket: format!("{name}-lake"),
            tracking: cloud
                .tracking
                .map(|tracking| crate::EventsConfig { stream: format!("{name}-events"), ..tracking }),
            ..cloud
        };
        Self { url: url.trim_end_matches('/').to_owned(), name: name.to_owned(), cloud }
    }
}

/// What runs here for an external cloud, until it is shut down or dropped.
pub struct ExternalCloud {
    config: ExternalConfig,
    endpoints: Endpoints,
    sdk_config: SdkConfig,
    remote: Remote,
    routes: Routes,
    deliveries: Feed<Delivery>,
    outcomes: Feed<BusEvent>,
    pollers: Vec<Poller>,
    watch: Option<Invoker>,
    sweep: Option<JoinHandle<()>>,
    bridge: Option<Bridge>,
    tracking: Option<WebEvents>,
    warehouse: Warehouse,
    _lock: StateLock,
}

impl ExternalCloud {
    /// Starts what is ours, and creates in the external cloud what is missing there.
    ///
    /// # Errors
    ///
    /// When nothing answers at the URL, it refuses what is needed, the state folder is in use or cannot be written, or a port is taken.
    pub async fn start(config: ExternalConfig) -> Result<Self, Error> {
        let cloud = &config.cloud;
        let lock = StateLock::take(&cloud.state)?;
        let sdk_config = clients::sdk_config(&cloud.region);
        let remote = Remote::new(&sdk_config, &config.url);
        prepare(&remote, &config).await?;
        let routes = Routes::new(&cloud.state.join("queues"), Vec::new())?;
        let completed = {
            let routes = routes.clone();
            Arc::new(move |event: Value| routes.completion(event))
        };
        let warehouse = Warehouse::start(WarehouseConfig {
            database: cloud.state.join("warehouse.duckdb"),
            port: cloud.redshift_port,
            region: cloud.region.clone(),
            memory_mib: cloud.duckdb_memory_mib,
            s3: remote.s3.clone(),
            completed,
        })
        .await?;
        let tracking = match cloud.tracking.clone() {
            Some(tracking) => {
                let inner = crate::EventsConfig { kinesis_port: 0, ..tracking };
                Some(WebEvents::start(inner, &cloud.state, &cloud.region).await?)
            }
            None => None,
        };
        let endpoints = Endpoints {
            s3: config.url.clone(),
            redshift: warehouse.endpoint(),
            events: config.url.clone(),
            sqs: Some(config.url.clone()),
            tracking: tracking
                .as_ref()
                .map(|tracking| clients::TrackingEndpoints { kinesis: config.url.clone(), ..tracking.endpoints() }),
        };
        Ok(Self {
            endpoints,
            sdk_config,
            remote,
            routes,
            deliveries: Feed::new(DELIVERIES),
            outcomes: Feed::new(OUTCOMES),
            pollers: Vec::new(),
            watch: None,
            sweep: None,
            bridge: None,
            tracking,
            warehouse,
            config,
            _lock: lock,
        })
    }

    /// What it is made of.
    #[must_use]
    pub fn config(&self) -> &ExternalConfig {
        &self.config
    }

    /// Where the services listen.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Region and credentials for clients of any service; the endpoint is each service's own.
    #[must_use]
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.sdk_config
    }

    /// Puts the functions to work. What has waited in the queues and in the stream is delivered first.
    ///
    /// # Errors
    ///
    /// When the external cloud refuses a queue or a rule, or the delivery or the collector does not start.
    pub async fn connect(
        &mut self,
        load: Handler,
        watch: Handler,
        events: Option<EventFunctions>,
    ) -> Result<(), Error> {
        let plan = Plan::new(&self.config.name, &self.config.cloud);
        let observer = self.observer();
        let watch = Invoker::new(WATCH_LOADS, watch, RETRY_AFTER, Some(Arc::clone(&observer)));
        self.routes.connect_watch(watch.clone());
        self.watch = Some(watch);
        self.poll(&plan.outcomes, outcomes_handler(self.outcomes.sender.clone())).await?;
        self.poll(&plan.load_redshift, load).await?;
        let Some((events, mut tracking)) = events.zip(self.tracking.take()) else { return Ok(()) };
        let EventFunctions { collect, transform, write, update, compact } = events;
        let cloud = &self.config.cloud;
        let around = Surroundings {
            state: &cloud.state,
            region: &cloud.region,
            lake_bucket: &cloud.lake_bucket,
            s3: self.remote.s3.clone(),
            observer: Arc::clone(&observer),
        };
        let connected = tracking.connect(Invoked { collect, transform, compact }, Vec::new(), around).await;
        let inner = tracking.endpoints().kinesis;
        self.tracking = Some(tracking);
        connected?;
        for (plan, handler) in plan.write_parquet.iter().zip([write]).chain(plan.update_catalog.iter().zip([update])) {
            self.poll(plan, handler).await?;
        }
        self.bridge = self.copy_stream(&inner, observer)?;
        Ok(())
    }

    /// Makes a queue if it is missing, and reads it.
    async fn poll(&mut self, plan: &QueuePlan, handler: Handler) -> Result<(), Error> {
        let made = self.remote.queue(plan).await?;
        let config = PollerConfig {
            name: plan.name.clone(),
            url: made.url,
            arn: made.arn,
            region: self.config.cloud.region.clone(),
            batch_size: plan.batch_size,
        };
        self.pollers.push(Poller::start(config, self.remote.sqs.clone(), handler, self.observer()));
        Ok(())
    }

    /// Copies the stream of the external cloud into the one that listens here.
    fn copy_stream(&self, inner: &str, observer: DeliveryObserver) -> Result<Option<Bridge>, Error> {
        let Some(tracking) = &self.config.cloud.tracking else { return Ok(None) };
        let config = BridgeConfig {
            from: self.remote.kinesis.clone(),
            to: clients::kinesis(&self.sdk_config, inner),
            stream: tracking.stream.clone(),
            folder: self.config.cloud.state.join("copied"),
        };
        Ok(Some(Bridge::start(config, observer)?))
    }

    /// The collector's URL, once the functions of tracking events are connected.
    #[must_use]
    pub fn collector(&self) -> Option<String> {
        self.tracking.as_ref().and_then(WebEvents::collector)
    }

    /// Invokes the function that compacts, as its schedule does; it does nothing without tracking events.
    pub fn compact(&self) {
        if let Some(tracking) = &self.tracking {
            tracking.compact(scheduled(&self.config.cloud.region));
        }
    }

    /// Invokes the function that watches loads at this interval, as the scheduled sweep does; the first time after one interval.
    /// It does nothing before the functions are connected.
    pub fn sweep_every(&mut self, interval: Duration) {
        let Some(watch) = &self.watch else { return };
        let sweep = watch.every(interval, &self.config.cloud.region);
        if let Some(earlier) = self.sweep.replace(sweep) {
            earlier.abort();
        }
    }

    /// The outcomes that come over the bus: for who asks first, from the start; for others, from now on.
    #[must_use]
    pub fn outcomes(&mut self) -> broadcast::Receiver<BusEvent> {
        self.outcomes.receiver()
    }

    /// What becomes of messages and invocations: for who asks first, from the start; for others, from now on.
    #[must_use]
    pub fn deliveries(&mut self) -> broadcast::Receiver<Delivery> {
        self.deliveries.receiver()
    }

    /// Lets a folder stand for the landing bucket: what arrives in it is uploaded.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created or watched.
    pub async fn watch_folder(
        &self,
        path: &std::path::Path,
        progress: ProgressObserver,
    ) -> Result<FolderWatcher, Error> {
        let cloud = &self.config.cloud;
        let config = FolderConfig {
            folder: path.to_owned(),
            bucket: cloud.landing_bucket.clone(),
            remembered: cloud.state.join("folder.json"),
            quiet: folder::QUIET,
        };
        FolderWatcher::start(config, self.remote.s3.clone(), progress).await
    }

    /// Ends everything in order: what is with a function is finished, what waits stays in the external cloud, and statements that run in the
    /// warehouse are cancelled.
    pub async fn shutdown(self) {
        if let Some(sweep) = &self.sweep {
            sweep.abort();
        }
        drop(self.bridge);
        futures::future::join_all(self.pollers.into_iter().map(Poller::shutdown)).await;
        if let Some(watch) = self.watch {
            watch.stop();
        }
        if let Some(tracking) = self.tracking {
            tracking.shutdown().await;
        }
        self.warehouse.shutdown().await;
    }

    /// Hands deliveries to those who subscribed.
    fn observer(&self) -> DeliveryObserver {
        let deliveries = self.deliveries.sender.clone();
        // Without a subscriber nobody wants to know.
        Arc::new(move |delivery| drop(deliveries.send(delivery)))
    }
}

/// Makes the buckets, the bus and the stream, if something answers at all. Queues are made when there is a function to read them.
async fn prepare(remote: &Remote, config: &ExternalConfig) -> Result<(), Error> {
    remote.answers().await?;
    for bucket in [&config.cloud.landing_bucket, &config.cloud.lake_bucket] {
        remote.bucket(bucket).await?;
    }
    remote.bus(&config.name).await?;
    match &config.cloud.tracking {
        Some(tracking) => remote.stream(&tracking.stream, tracking.shards).await,
        None => Ok(()),
    }
}
