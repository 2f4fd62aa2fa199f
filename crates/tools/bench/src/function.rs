use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

/// How often it is looked whether the function still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A function's process; it ends with this value.
#[derive(Debug)]
pub(crate) struct Function(Child);

impl Function {
    /// Starts the function against a Runtime API. Its log goes to stderr, its output nowhere.
    pub(crate) fn start(command: &[String], api: SocketAddr) -> anyhow::Result<Option<Self>> {
        let Some((program, arguments)) = command.split_first() else { return Ok(None) };
        let mut process = Command::new(program);
        process
            .args(arguments)
            .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        process.spawn().with_context(|| format!("starting {program}")).map(Self).map(Some)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it has ended by itself, which is always too early.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<()> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            look.tick().await;
            if let Some(status) = self.0.try_wait().context("looking after the function")? {
                bail!("the function ended before the last answer: {status}");
            }
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // One that has ended already cannot be ended, and that is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
