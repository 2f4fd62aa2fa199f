//! A delivery stream, from its start to its end.

use std::sync::Arc;

use kinesis_local::Consumer;
use local_server::ACCOUNT;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::answer::Origin;
use crate::buffers::Rules;
use crate::config::DeliveryConfig;
use crate::deliver::Courier;
use crate::error::{Ended, StartError};
use crate::plan::{Checkpoint, Files, Naming};
use crate::prefix::Prefix;
use crate::stats::{Counters, DeliveryStats};
use crate::transform::Transform;
use crate::worker::{self, Flush, Worker, reaches};

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
