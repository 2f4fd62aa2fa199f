//! The way of a tracking event: collector, stream, delivery, the functions that make Parquet of it, and the catalog.

use std::path::Path;
use std::time::Duration;

use firehose_local::{Compression, DeliveryConfig, DeliveryStream};
use glue_local::{Glue, GlueConfig};
use kinesis_local::{Kinesis, KinesisConfig};
use lambda_local::FunctionUrl;
use local_server::{DeliveryObserver, Handler, Served, Service};
use serde_json::Value;

use crate::clients::TrackingEndpoints;
use crate::error::Error;
use crate::invoke::{Invoker, RETRY_AFTER};
use crate::queue::Queue;
use crate::routes::ObjectRule;

/// The queue between raw objects and the function that writes Parquet.
pub(crate) const RAW_QUEUE: &str = "landfall-raw-objects";

/// The queue between Parquet objects and the function that updates the catalog.
pub(crate) const PARQUET_QUEUE: &str = "landfall-parquet-objects";

/// The consumer of the stream that delivers.
const DELIVERY: &str = "firehose";

/// The function that transforms, as it is called in ARNs and reports.
const TRANSFORM_EVENTS: &str = "transform-events";

/// The function that compacts, as it is called in reports of its invocations.
const COMPACT_PARQUET: &str = "compact-parquet";

/// The stream, and the delivery that reads it, when a pipeline has tracking events.
#[derive(Debug, Clone)]
pub struct EventsConfig {
    /// What the keys of all that becomes of the events begin with.
    pub prefix: String,
    /// The name of the stream and of the delivery.
    pub stream: String,
    /// How many shards the stream has.
    pub shards: u32,
    /// The port of Kinesis; 0 takes a free one.
    pub kinesis_port: u16,
    /// The port of Glue; 0 takes a free one.
    pub glue_port: u16,
    /// The URL of a Glue that runs elsewhere; without it one runs here.
    pub glue_url: Option<String>,
    /// The port of the collector; 0 takes a free one.
    pub collector_port: u16,
    /// How long the delivery waits for more before it writes an object. Firehose's own default is 300 seconds.
    pub buffer_interval: Duration,
    /// How many bytes of a partition it waits for. With partitions of one's own, Firehose takes no less than 64 MiB.
    pub buffer_bytes: usize,
}

impl EventsConfig {
    /// A stream `web-events` of two shards on free ports, delivered every two seconds: somebody watches.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            stream: "web-events".to_owned(),
            shards: 2,
            kinesis_port: 0,
            glue_port: 0,
            glue_url: None,
            collector_port: 0,
            buffer_interval: Duration::from_secs(2),
            buffer_bytes: 64 << 20,
        }
    }

    /// Which objects of the lake go to which queue.
    pub(crate) fn object_rules(&self, lake_bucket: &str) -> Vec<ObjectRule> {
        let area = |name: &str| format!("{}/{name}/", self.prefix);
        let rule = |queue, prefixes| ObjectRule { queue, bucket: lake_bucket.to_owned(), prefixes };
        vec![rule(RAW_QUEUE, vec![area("raw")]), rule(PARQUET_QUEUE, vec![area("transformed"), area("compacted")])]
    }
}

/// The functions on the way of a tracking event.
pub struct EventFunctions {
    /// collect-events
    pub collect: Handler,
    /// transform-events
    pub transform: Handler,
    /// write-parquet
    pub write: Handler,
    /// update-catalog
    pub update: Handler,
    /// compact-parquet
    pub compact: Handler,
}

/// Those of them that no queue feeds.
pub(crate) struct Invoked {
    pub(crate) collect: Handler,
    pub(crate) transform: Handler,
    pub(crate) compact: Handler,
}

/// Kinesis and Glue, and what runs between them once the functions are connected.
pub(crate) struct WebEvents {
    config: EventsConfig,
    kinesis: Served<Kinesis>,
    glue: Catalog,
    running: Option<Running>,
}

/// Where the tables are kept.
enum Catalog {
    Here(Served<Glue>),
    Elsewhere(String),
}

struct Running {
    collector: FunctionUrl,
    delivery: DeliveryStream,
    queues: Vec<Queue>,
    compact: Invoker,
}

/// What the running part needs of the cloud around it.
pub(crate) struct Surroundings<'a> {
    pub(crate) state: &'a Path,
    pub(crate) region: &'a str,
    pub(crate) lake_bucket: &'a str,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) observer: DeliveryObserver,
}

impl WebEvents {
    pub(crate) async fn start(config: EventsConfig, state: &Path, region: &str) -> Result<Self, Error> {
        let kinesis = Kinesis::open(KinesisConfig {
            streams: vec![(config.stream.clone(), config.shards)],
            ..KinesisConfig::new(state.join("kinesis"), region)
        })
        .await?
        .serve(config.kinesis_port)
        .await?;
        let glue = match config.glue_url.clone() {
            Some(url) => Catalog::Elsewhere(url),
            None => {
                let glue = Glue::open(&GlueConfig { folder: state.join("glue"), region: region.to_owned() })?;
                Catalog::Here(glue.serve(config.glue_port).await?)
            }
        };
        Ok(Self { config, kinesis, glue, running: None })
    }

    pub(crate) fn endpoints(&self) -> TrackingEndpoints {
        let glue = match &self.glue {
            Catalog::Here(server) => server.endpoint(),
            Catalog::Elsewhere(url) => url.clone(),
        };
        TrackingEndpoints { kinesis: self.kinesis.endpoint(), glue }
    }

    /// Puts the functions to work; the queues, which feed the others, end with this.
    pub(crate) async fn connect(
        &mut self,
        functions: Invoked,
        queues: Vec<Queue>,
        around: Surroundings<'_>,
    ) -> Result<(), Error> {
        let Invoked { collect, transform, compact } = functions;
        let compact = Invoker::new(COMPACT_PARQUET, compact, RETRY_AFTER, Some(around.observer.clone()));
        let stream = &self.config.stream;
        let source =
            self.kinesis.consumer(stream, DELIVERY)?.ok_or_else(|| Error::NoStream { name: stream.clone() })?;
        let delivery = DeliveryStream::start(DeliveryConfig {
            transform: Some(transform),
            transform_name: TRANSFORM_EVENTS.to_owned(),
            transform_interval: self.config.buffer_interval,
            prefix: format!(
                "{}/raw/!{{partitionKeyFromLambda:table}}/dt=!{{partitionKeyFromLambda:date}}/",
                self.config.prefix
            ),
            error_prefix: format!("{}/errors/!{{firehose:error-output-type}}/", self.config.prefix),
            buffer_bytes: self.config.buffer_bytes,
            buffer_interval: self.config.buffer_interval,
            compression: Compression::Gzip,
            observer: Some(around.observer),
            ..DeliveryConfig::new(stream, source, around.lake_bucket, around.state.join("firehose"), around.s3)
        })
        .map_err(|error| Error::Delivery(error.into()))?;
        let collector = FunctionUrl::start(self.config.collector_port, collect, around.region).await?;
        self.running = Some(Running { collector, delivery, queues, compact });
        Ok(())
    }

    /// The collector's URL, once the functions are connected.
    pub(crate) fn collector(&self) -> Option<String> {
        self.running.as_ref().map(|running| running.collector.endpoint())
    }

    /// Delivers what is in the stream without waiting for the buffers to fill, and waits until all of it is in the catalog.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        let Some(running) = &self.running else { return Ok(()) };
        running.delivery.flush().await.map_err(Error::Ended)?;
        self.idle().await;
        Ok(())
    }

    /// Waits until no object waits for its function.
    pub(crate) async fn idle(&self) {
        let Some(running) = &self.running else { return };
        while running.queues.iter().any(|queue| queue.pending() > 0) || running.compact.pending() > 0 {
            for queue in &running.queues {
                queue.idle().await;
            }
            running.compact.idle().await;
        }
    }

    /// Invokes the function that compacts, as its schedule does.
    pub(crate) fn compact(&self, event: Value) {
        if let Some(running) = &self.running {
            running.compact.invoke(event);
        }
    }

    /// The queues.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.running.iter().flat_map(|running| &running.queues)
    }

    pub(crate) async fn shutdown(self) {
        if let Some(running) = self.running {
            running.collector.shutdown().await;
            running.delivery.shutdown().await;
            for queue in running.queues {
                queue.shutdown().await;
            }
            running.compact.stop();
        }
        self.kinesis.shutdown().await;
        if let Catalog::Here(glue) = self.glue {
            glue.shutdown().await;
        }
    }
}
