//! Delivery as Firehose does it: from a Kinesis stream, through a function, into objects of S3 by partition.
//!
//! Records are read in batches, the function answers for each record, and what it says is `Ok` waits in the buffer of its partition until
//! a buffer is full or the interval is over. What fails goes to the prefix of errors, one line of JSON for each record with the record as
//! it came.
//!
//! Firehose delivers at least once. This delivers exactly once, also when its process is killed, so that a test may count: see [`Step`].
//!
//! Where it differs from Firehose: a new stream is read from its oldest record, not from its newest; when one buffer is full, all are
//! delivered (one checkpoint stands for all of them); buffers may be smaller than the 64 MiB that dynamic partitioning asks for; partition
//! keys come from the function only, not from queries; records that the Kinesis Producer Library put together are not taken apart; there is
//! no conversion of formats, and no direct put.

mod answer;
mod buffers;
mod deliver;
mod error;
mod lane;
mod plan;
mod prefix;
mod stats;
mod transform;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::handler::{DeliveryObserver, Handler};
use crate::kinesis::Consumer;
use crate::notifications::ACCOUNT;
use answer::Origin;
use buffers::Rules;
use deliver::Courier;
pub use deliver::{Interrupt, Step};
pub use error::{Ended, PrefixError, StartError};
pub use plan::Compression;
use plan::{Checkpoint, Files, Naming};
use prefix::Prefix;
use stats::Counters;
pub use stats::DeliveryStats;
use transform::Transform;
use worker::{Flush, Worker, reaches};

const MIB: usize = 1024 * 1024;

/// How a delivery stream is started.
pub struct DeliveryConfig {
    /// Its name, in ARNs and in the names of objects: `[a-zA-Z0-9_.-]`, 1 to 64 characters.
    pub name: String,
    /// The Kinesis stream it reads.
    pub source: Consumer,
    /// The bucket it writes to.
    pub bucket: String,
    /// What keys begin with, with expressions. Without one that tells a time or a partition, `yyyy/MM/dd/HH/` is appended.
    pub prefix: String,
    /// What keys of errors begin with. With expressions it needs `!{firehose:error-output-type}`.
    pub error_prefix: String,
    /// How many bytes, before compression, an object gathers: 1 byte to 128 MiB.
    pub buffer_bytes: usize,
    /// How long an object gathers: at most 900 s.
    pub buffer_interval: Duration,
    /// How many bytes all objects gather together, before all are written: a bound of memory.
    pub memory_bytes: usize,
    /// The function that transforms records; none delivers them as they came.
    pub transform: Option<Handler>,
    /// The function's name, in its ARN and in reports of its invocations.
    pub transform_name: String,
    /// How many bytes of records an invocation gets: 0.2 to 3 MiB.
    pub transform_bytes: usize,
    /// How long records wait for an invocation to have that many.
    pub transform_interval: Duration,
    /// How long an invocation may take.
    pub transform_timeout: Duration,
    /// How often a batch is given to the function again before it goes to the errors: at most 300 times.
    pub retries: u32,
    /// The wait before that; doubled each time.
    pub retry_after: Duration,
    /// How objects are compressed, those of errors too.
    pub compression: Compression,
    /// What names of objects end with, instead of what the compression says.
    pub extension: Option<String>,
    /// How many partitions may gather at the same time; a record of one more goes to the errors.
    pub active_partitions: usize,
    /// The folder that keeps the checkpoint.
    pub folder: PathBuf,
    /// Writes the objects.
    pub s3: aws_sdk_s3::Client,
    /// Is told of every invocation.
    pub observer: Option<DeliveryObserver>,
    /// Ends the stream between two steps, for tests.
    pub interrupt: Option<Interrupt>,
}

impl DeliveryConfig {
    /// A delivery stream without a transform, with Firehose's defaults: objects of 5 MiB or 300 s, invocations of 1 MiB or 60 s and at most
    /// 5 minutes, 3 retries, 500 partitions.
    #[must_use]
    pub fn new(name: &str, source: Consumer, bucket: &str, folder: impl Into<PathBuf>, s3: aws_sdk_s3::Client) -> Self {
        Self {
            name: name.to_owned(),
            source,
            bucket: bucket.to_owned(),
            prefix: String::new(),
            error_prefix: String::new(),
            buffer_bytes: 5 * MIB,
            buffer_interval: Duration::from_secs(300),
            memory_bytes: 128 * MIB,
            transform: None,
            transform_name: "transform".to_owned(),
            transform_bytes: MIB,
            transform_interval: Duration::from_secs(60),
            transform_timeout: Duration::from_secs(300),
            retries: 3,
            retry_after: Duration::from_millis(500),
            compression: Compression::None,
            extension: None,
            active_partitions: 500,
            folder: folder.into(),
            s3,
            observer: None,
            interrupt: None,
        }
    }

    fn check(&self) -> Result<(), StartError> {
        let check = |is_sound: bool, setting, value: String, limits| {
            let refused = || StartError::Setting { stream: self.name.clone(), setting, value, limits };
            if is_sound { Ok(()) } else { Err(refused()) }
        };
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        let name_is_sound = (1..=64).contains(&self.name.len()) && is_name(&self.name);
        check(name_is_sound, "the name", self.name.clone(), "1 to 64 characters of [a-zA-Z0-9_.-]")?;
        let buffer = self.buffer_bytes;
        check((1..=128 * MIB).contains(&buffer), "buffer_bytes", buffer.to_string(), "1 to 134217728")?;
        let interval = self.buffer_interval;
        check(interval <= Duration::from_secs(900), "buffer_interval", format!("{interval:?}"), "at most 900 s")?;
        let batch = self.transform_bytes;
        check((MIB / 5..=3 * MIB).contains(&batch), "transform_bytes", batch.to_string(), "209715 to 3145728")?;
        check(self.retries <= 300, "retries", self.retries.to_string(), "at most 300")?;
        let extension = self.extension.clone().unwrap_or_default();
        let extension_is_sound = extension.is_empty()
            || (extension.starts_with('.')
                && extension
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || b"!-_.*'()".contains(&byte) || byte.is_ascii_lowercase()));
        check(extension_is_sound, "the extension", extension, "a dot and characters of [0-9a-z!-_.*'()]")
    }
}

/// A delivery stream that works until it is shut down or dropped.
pub struct DeliveryStream {
    source: Arc<Consumer>,
    counters: Arc<Counters>,
    flushes: mpsc::UnboundedSender<Flush>,
    delivered: watch::Receiver<Vec<u64>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl DeliveryStream {
    /// Starts to deliver, from where it was when it ended; first what an earlier process had begun to write.
    ///
    /// # Errors
    ///
    /// When a setting or a prefix would be refused by Firehose, or is not understood here; or the folder cannot be read or written.
    pub fn start(config: DeliveryConfig) -> Result<Self, StartError> {
        config.check()?;
        let failed = |source| StartError::Prefix { stream: config.name.clone(), source };
        let prefix = Prefix::of_data(&config.prefix, config.transform.is_some()).map_err(failed)?;
        let error_prefix = Prefix::of_errors(&config.error_prefix, &prefix).map_err(failed)?;
        let failed = |source| StartError::State { stream: config.name.clone(), source };
        let files = Files::open(config.folder.clone()).map_err(failed)?;
        let kept = files.checkpoint().map_err(failed)?;
        let created = config.source.stream_created();
        let new = || Checkpoint { created, next: config.source.starts() };
        let checkpoint = kept.filter(|kept| kept.created == created).unwrap_or_else(new);
        Ok(Self::spawn(config, files, checkpoint, (prefix, error_prefix)))
    }

    fn spawn(config: DeliveryConfig, files: Files, checkpoint: Checkpoint, prefixes: (Prefix, Prefix)) -> Self {
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = watch::channel(false);
        let (flushes, asked) = mpsc::unbounded_channel();
        let (progress, delivered) = watch::channel(checkpoint.next.clone());
        let region = config.source.region().to_owned();
        let lambda_arn = format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{}:$LATEST", config.transform_name);
        let origin = Origin {
            delivery_stream_arn: format!("arn:aws:firehose:{region}:{ACCOUNT}:deliverystream/{}", config.name),
            source_arn: config.source.stream_arn(),
            region,
        };
        let (prefix, error_prefix) = prefixes;
        let transform = config.transform.map(|handler| {
            Arc::new(Transform {
                name: config.transform_name,
                handler,
                origin,
                retries: config.retries,
                retry_after: config.retry_after,
                timeout: config.transform_timeout,
                prefix: prefix.clone(),
                counters: Arc::clone(&counters),
                observer: config.observer,
            })
        });
        let source = Arc::new(config.source);
        let worker = Worker {
            source: Arc::clone(&source),
            transform,
            transform_bytes: config.transform_bytes,
            transform_interval: config.transform_interval,
            buffer_interval: config.buffer_interval,
            rules: Rules {
                buffer_bytes: config.buffer_bytes,
                memory_bytes: config.memory_bytes,
                active_partitions: config.active_partitions,
                lambda_arn,
            },
            naming: Naming {
                stream: config.name.clone(),
                prefix,
                error_prefix,
                compression: config.compression,
                extension: config.extension,
            },
            courier: Courier {
                stream: config.name,
                s3: config.s3,
                bucket: config.bucket,
                files,
                counters: Arc::clone(&counters),
                interrupt: config.interrupt,
                stop: stopped,
            },
            flushes: asked,
            delivered: progress,
            checkpoint,
            state: worker::State::default(),
        };
        let task = tokio::spawn(worker.run());
        Self { source, counters, flushes, delivered, stop, task }
    }

    /// Waits until all that is in the source now is delivered. It does not hurry the buffers: they wait for their size or interval.
    ///
    /// # Errors
    ///
    /// When the stream has ended.
    pub async fn idle(&self) -> Result<(), Ended> {
        let target = self.source.ends();
        let mut delivered = self.delivered.clone();
        delivered.wait_for(|delivered| reaches(delivered, &target)).await.map(drop).map_err(|_| Ended)
    }

    /// Delivers all that is in the source now, without waiting for sizes or intervals, and waits until it is done.
    ///
    /// # Errors
    ///
    /// When the stream has ended.
    pub async fn flush(&self) -> Result<(), Ended> {
        let (done, is_done) = oneshot::channel();
        self.flushes.send(Flush { target: self.source.ends(), done }).map_err(|_| Ended)?;
        is_done.await.map_err(|_| Ended)
    }

    /// What has been done since the start.
    #[must_use]
    pub fn stats(&self) -> DeliveryStats {
        self.counters.get()
    }

    /// Tells the stream to end; [`DeliveryStream::shutdown`] waits until it has.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Ends the stream: what is being written is finished or left to the next start, and what is gathered is read again by it.
    pub async fn shutdown(mut self) {
        self.stop();
        let _ = (&mut self.task).await;
    }
}

impl Drop for DeliveryStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}
