//! All of it together, in one process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use local_server::{Delivery, DeliveryObserver, Handler};
use local_server::{Served, Service, StateLock};
use s3_local::ObjectEvent;
use s3_local::{Admission, S3, S3Config};
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::clients::{self, Endpoints};
use crate::error::Error;
use crate::events::{BusEvent, EventBus, scheduled};
use crate::folder::{self, FolderConfig, FolderWatcher, ProgressObserver};
use crate::invoke::{Invoker, RETRY_AFTER};
use crate::queue::{DeadLetter, Queue, QueueConfig};
use crate::routes::{ObjectRule, Routes};
use crate::warehouse::{Warehouse, WarehouseConfig};
use crate::web_events::{EventFunctions, EventsConfig, Invoked, PARQUET_QUEUE, RAW_QUEUE, Surroundings, WebEvents};

/// The queue between the landing bucket and the function that loads.
const UPLOADS_QUEUE: &str = "landfall-uploads";

/// The function that watches loads, as it is called in reports of its invocations.
pub(crate) const WATCH_LOADS: &str = "watch-loads";

/// How many deliveries a subscriber may be behind before it misses the oldest.
pub(crate) const DELIVERIES: usize = 16 * 1024;

/// What an embedded cloud is made of.
#[derive(Debug, Clone)]
pub struct CloudConfig {
    /// The folder that holds all state: objects, the warehouse's database, messages that are not done.
    pub state: PathBuf,
    /// The port of S3; 0 takes a free one.
    pub s3_port: u16,
    /// The port of the Redshift Data API; 0 takes a free one.
    pub redshift_port: u16,
    /// The port of the event bus; 0 takes a free one.
    pub events_port: u16,
    /// The bucket that vendors write to; uploads to it are loaded.
    pub landing_bucket: String,
    /// The bucket that the functions write to.
    pub lake_bucket: String,
    /// The region in ARNs and events.
    pub region: String,
    /// DuckDB's memory limit in MiB; none leaves DuckDB's own default.
    pub duckdb_memory_mib: Option<u64>,
    /// The way of tracking events, if a pipeline has any.
    pub tracking: Option<EventsConfig>,
}

impl CloudConfig {
    /// A cloud in this folder, on free ports, with the buckets `landing` and `lake`.
    #[must_use]
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            state: state.into(),
            s3_port: 0,
            redshift_port: 0,
            events_port: 0,
            landing_bucket: "landing".to_owned(),
            lake_bucket: "lake".to_owned(),
            region: "us-east-1".to_owned(),
            duckdb_memory_mib: None,
            tracking: None,
        }
    }
}

/// S3, the Redshift Data API and an event bus, running in this process until they are shut down or dropped.
pub struct Cloud {
    config: CloudConfig,
    endpoints: Endpoints,
    sdk_config: SdkConfig,
    routes: Routes,
    deliveries: broadcast::Sender<Delivery>,
    functions: Option<Functions>,
    sweep: Option<JoinHandle<()>>,
    tracking: Option<WebEvents>,
    warehouse: Warehouse,
    s3: Served<S3>,
    events: Served<EventBus>,
    _lock: StateLock,
}

struct Functions {
    loads: Queue,
    watch: Invoker,
}

impl Cloud {
    /// Starts everything and creates the two buckets.
    ///
    /// # Errors
    ///
    /// When another process uses the state folder, the folder cannot be read or written, a port is taken, or the warehouse does not open.
    pub async fn start(config: CloudConfig) -> Result<Self, Error> {
        let lock = StateLock::take(&config.state)?;
        let routes = Routes::new(&queues(&config.state), object_rules(&config))?;
        let observer = {
            let (routes, region) = (routes.clone(), config.region.clone());
            Arc::new(move |event: &ObjectEvent| routes.object(&region, event))
        };
        let s3 = S3::open(S3Config {
            root: config.state.join("s3"),
            region: config.region.clone(),
            observer: Some(observer),
        })
        .await?
        .serve(config.s3_port)
        .await?;
        s3.create_bucket(&config.landing_bucket).await?;
        s3.create_bucket(&config.lake_bucket).await?;
        let events = EventBus::new(&config.region).serve(config.events_port).await?;
        let sdk_config = clients::sdk_config(&config.region);
        let completed = {
            let routes = routes.clone();
            Arc::new(move |event: Value| routes.completion(event))
        };
        let warehouse = Warehouse::start(WarehouseConfig {
            database: config.state.join("warehouse.duckdb"),
            port: config.redshift_port,
            region: config.region.clone(),
            memory_mib: config.duckdb_memory_mib,
            s3: clients::s3(&sdk_config, &s3.endpoint()),
            completed,
        })
        .await?;
        let tracking = match config.tracking.clone() {
            Some(tracking) => Some(WebEvents::start(tracking, &config.state, &config.region).await?),
            None => None,
        };
        let endpoints = Endpoints {
            s3: s3.endpoint(),
            redshift: warehouse.endpoint(),
            events: events.endpoint(),
            sqs: None,
            tracking: tracking.as_ref().map(WebEvents::endpoints),
        };
        let deliveries = broadcast::Sender::new(DELIVERIES);
        Ok(Self {
            config,
            endpoints,
            sdk_config,
            routes,
            deliveries,
            functions: None,
            sweep: None,
            tracking,
            warehouse,
            s3,
            events,
            _lock: lock,
        })
    }

    /// What the cloud is made of.
    #[must_use]
    pub fn config(&self) -> &CloudConfig {
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

    /// A client of this cloud's S3.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        clients::s3(&self.sdk_config, &self.endpoints.s3)
    }

    /// A client of this cloud's warehouse.
    #[must_use]
    pub fn redshift_data(&self) -> aws_sdk_redshiftdata::Client {
        clients::redshift_data(&self.sdk_config, &self.endpoints.redshift)
    }

    /// A client of this cloud's event bus.
    #[must_use]
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        clients::eventbridge(&self.sdk_config, &self.endpoints.events)
    }

    /// Puts the functions to work: uploads to the landing bucket go to `load` through a queue, statements that have ended to `watch`.
    /// What has happened before is delivered first, also by an earlier process.
    ///
    /// # Errors
    ///
    /// When the queue's folder cannot be read or written.
    pub fn connect_functions(&mut self, load: Handler, watch: Handler) -> Result<(), Error> {
        let observer = self.observer();
        let watch = Invoker::new(WATCH_LOADS, watch, RETRY_AFTER, Some(Arc::clone(&observer)));
        self.routes.connect_watch(watch.clone());
        let loads = self.start_queue(UPLOADS_QUEUE, load, observer)?;
        self.functions = Some(Functions { loads, watch });
        Ok(())
    }

    /// Puts the functions on the way of tracking events to work, and serves the collector. What has happened before is delivered first.
    /// Without tracking events it does nothing.
    ///
    /// # Errors
    ///
    /// When a queue's or the delivery's folder cannot be read or written, or the collector's port is taken.
    pub async fn connect_events(&mut self, functions: EventFunctions) -> Result<(), Error> {
        let Some(mut tracking) = self.tracking.take() else { return Ok(()) };
        let observer = self.observer();
        let around = Surroundings {
            state: &self.config.state,
            region: &self.config.region,
            lake_bucket: &self.config.lake_bucket,
            s3: self.s3(),
            observer: Arc::clone(&observer),
        };
        let EventFunctions { collect, transform, write, update, compact } = functions;
        let queue = |name, function| self.start_queue(name, function, Arc::clone(&observer));
        let queues = queue(RAW_QUEUE, write).and_then(|write| Ok(vec![write, queue(PARQUET_QUEUE, update)?]));
        let connected = match queues {
            Ok(queues) => tracking.connect(Invoked { collect, transform, compact }, queues, around).await,
            Err(error) => Err(error),
        };
        self.tracking = Some(tracking);
        connected
    }

    /// The collector's URL, once the functions of tracking events are connected.
    #[must_use]
    pub fn collector(&self) -> Option<String> {
        self.tracking.as_ref().and_then(WebEvents::collector)
    }

    /// Invokes the function that compacts, with the event of its schedule or one of your own; it does nothing without tracking events.
    pub fn compact(&self, event: Option<Value>) {
        if let Some(tracking) = &self.tracking {
            tracking.compact(event.unwrap_or_else(|| scheduled(&self.config.region)));
        }
    }

    /// Delivers the tracking events that are in the stream without waiting for the buffers to fill, and waits until all are in the catalog.
    ///
    /// # Errors
    ///
    /// When the delivery has ended.
    pub async fn settle(&self) -> Result<(), Error> {
        match &self.tracking {
            Some(tracking) => tracking.settle().await,
            None => Ok(()),
        }
    }

    /// Hands deliveries to those who subscribed.
    fn observer(&self) -> DeliveryObserver {
        let deliveries = self.deliveries.clone();
        // Without a subscriber nobody wants to know.
        Arc::new(move |delivery| drop(deliveries.send(delivery)))
    }

    /// Starts a queue with a function behind it; it takes over what waits in its folder.
    fn start_queue(&self, name: &'static str, function: Handler, observer: DeliveryObserver) -> Result<Queue, Error> {
        let folder = queues(&self.config.state).join(name);
        let config = QueueConfig { folder: Some(folder), ..QueueConfig::new(name, &self.config.region) };
        let connected = self.routes.connect_queue(name, || {
            let queue = Queue::start(config, function, Some(observer))?;
            let sender = queue.sender();
            Ok((queue, sender))
        });
        Ok(connected?)
    }

    /// Invokes the function that watches loads at this interval, as the scheduled sweep does; the first time after one interval.
    /// It does nothing before the functions are connected.
    pub fn sweep_every(&mut self, interval: Duration) {
        let Some(functions) = &self.functions else { return };
        let sweep = functions.watch.every(interval, &self.config.region);
        if let Some(earlier) = self.sweep.replace(sweep) {
            earlier.abort();
        }
    }

    /// The events that the functions put on the bus, from now on.
    #[must_use]
    pub fn outcomes(&self) -> broadcast::Receiver<BusEvent> {
        self.events.subscribe()
    }

    /// How messages and invocations end, from now on: among them those that are given up.
    #[must_use]
    pub fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.deliveries.subscribe()
    }

    fn queues(&self) -> impl Iterator<Item = &Queue> {
        let tracking = self.tracking.iter().flat_map(WebEvents::queues);
        self.functions.iter().map(|functions| &functions.loads).chain(tracking)
    }

    /// What a function failed on for good.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.queues().flat_map(Queue::dead_letters).collect()
    }

    /// Gives all dead letters to the function again, and tells how many there were.
    pub fn redrive(&self) -> usize {
        self.queues().map(Queue::redrive).sum()
    }

    /// Waits until no upload waits for its load to be submitted, no event for the function that watches, and no object of tracking events for
    /// its function. A statement that runs in the
    /// warehouse is not waited for: its end is an event.
    pub async fn idle(&self) {
        let Some(functions) = &self.functions else { return };
        while functions.loads.pending() + functions.watch.pending() > 0 {
            functions.loads.idle().await;
            functions.watch.idle().await;
        }
        if let Some(tracking) = &self.tracking {
            tracking.idle().await;
        }
    }

    /// Sets which objects the buckets take, as a bucket policy does; none takes all.
    pub fn set_admission(&self, admission: Option<Admission>) {
        self.s3.set_admission(admission);
    }

    /// Lets a folder stand for the landing bucket: what arrives in it is uploaded.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created or watched.
    pub async fn watch_folder(&self, path: &Path, progress: ProgressObserver) -> Result<FolderWatcher, Error> {
        let config = FolderConfig {
            folder: path.to_owned(),
            bucket: self.config.landing_bucket.clone(),
            remembered: self.config.state.join("folder.json"),
            quiet: folder::QUIET,
        };
        FolderWatcher::start(config, self.s3(), progress).await
    }

    /// Ends everything in order: the loads that are being submitted are, what waits is kept for the next start, and statements that run in
    /// the warehouse are cancelled.
    pub async fn shutdown(self) {
        if let Some(sweep) = &self.sweep {
            sweep.abort();
        }
        if let Some(functions) = self.functions {
            functions.loads.shutdown().await;
            functions.watch.stop();
        }
        if let Some(tracking) = self.tracking {
            tracking.shutdown().await;
        }
        self.warehouse.shutdown().await;
        self.events.shutdown().await;
        self.s3.shutdown().await;
    }
}

/// The folder of the queues' folders.
fn queues(state: &Path) -> PathBuf {
    state.join("queues")
}

/// Which objects go to which queue.
fn object_rules(config: &CloudConfig) -> Vec<ObjectRule> {
    let bucket = config.landing_bucket.clone();
    let uploads = ObjectRule { queue: UPLOADS_QUEUE, bucket, prefixes: vec![String::new()] };
    let tracking = config.tracking.iter().flat_map(|tracking| tracking.object_rules(&config.lake_bucket));
    std::iter::once(uploads).chain(tracking).collect()
}
