//! How a delivery stream is set up, within Firehose's limits.

use std::path::PathBuf;
use std::time::Duration;

use kinesis_local::Consumer;
use local_server::{DeliveryObserver, Handler};

use crate::deliver::Interrupt;
use crate::error::StartError;
use crate::plan::Compression;

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
    /// Receives how every invocation ended.
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

    pub(crate) fn check(&self) -> Result<(), StartError> {
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
