//! A function: as many processes as it may have at once.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::error::InvokeError;
use crate::sandbox::{End, Sandbox};

/// The account in ARNs.
const ACCOUNT: &str = "123456789012";

/// Takes what a process prints: the function's name, and a line.
pub type LogObserver = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// What a function is.
#[derive(Clone)]
pub struct FunctionConfig {
    /// The name, in ARNs and errors.
    pub name: String,
    /// The binary.
    pub program: PathBuf,
    /// What it is called with; Lambda calls it with nothing.
    pub arguments: Vec<OsString>,
    /// The environment that the infrastructure gives it, with region, credentials and endpoints.
    pub environment: Vec<(String, String)>,
    /// The region in ARNs.
    pub region: String,
    /// The memory that it is configured with, in MiB; it is not limited here.
    pub memory_mib: u32,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How many invocations run at once, each in a process of its own.
    pub concurrency: usize,
    /// Takes what the processes print.
    pub log: Option<LogObserver>,
}

impl FunctionConfig {
    /// A function with up to four processes and Lambda's defaults: 128 MB, three seconds.
    #[must_use]
    pub fn new(name: &str, program: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            region: "us-east-1".to_owned(),
            memory_mib: 128,
            timeout: Duration::from_secs(3),
            concurrency: 4,
            log: None,
        }
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:lambda:{}:{ACCOUNT}:function:{}", self.region, self.name)
    }

    /// What Lambda sets (AWS Lambda developer guide, "Defined runtime environment variables").
    pub(crate) fn lambda_environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("_HANDLER", "bootstrap".to_owned()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_DEFAULT_REGION", self.region.clone()),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", self.name.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory_mib.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", self.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO".to_owned()),
            ("TZ", ":UTC".to_owned()),
        ]
    }
}

/// A function that can be invoked. Clones are the same function; its processes end with the last of them.
#[derive(Clone)]
pub struct Function(Arc<Shared>);

struct Shared {
    config: Arc<FunctionConfig>,
    permits: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
}

impl Function {
    /// A function without a process yet: the first invocation starts one.
    #[must_use]
    pub fn new(config: FunctionConfig) -> Self {
        let permits = Semaphore::new(config.concurrency.max(1));
        Self(Arc::new(Shared { config: Arc::new(config), permits, idle: Mutex::default() }))
    }

    /// Invokes the function and waits for its answer. It is called within a Tokio runtime. Who stops waiting kills the process.
    ///
    /// # Errors
    /// The error that the function reported, or why it did not answer.
    pub async fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        // It is never closed, so that waiting cannot fail.
        let _permit = self.0.permits.acquire().await;
        let answer = self.0.answer(Bytes::from(event.to_string())).await?;
        let not_json = |source| InvokeError::NotJson { function: self.0.config.name.clone(), source };
        if answer.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&answer).map_err(not_json) }
    }
}

impl Shared {
    async fn answer(&self, mut event: Bytes) -> Result<Bytes, InvokeError> {
        loop {
            let idle = self.idle().pop();
            let mut sandbox = match idle {
                Some(sandbox) if !sandbox.is_alive() => continue,
                Some(sandbox) => sandbox,
                None => Sandbox::start(&self.config).await?,
            };
            match sandbox.invoke(event).await {
                End::Answered(answer) => {
                    self.idle().push(sandbox);
                    return answer;
                }
                End::Broken(error) => return Err(error),
                End::Untouched(given_back) => event = given_back,
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
