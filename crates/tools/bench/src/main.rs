#![doc = include_str!("../README.md")]

mod api;
mod figures;
mod function;

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::Parser;
use tokio::net::TcpListener;

use crate::function::Function;

/// Feeds events to a function over Lambda's Runtime API and measures the time.
#[derive(Debug, Parser)]
#[command(name = "runtime-api")]
struct Options {
    /// The events: one JSON text per line, sent in turn.
    #[arg(long)]
    payloads: PathBuf,
    /// How many invocations are measured.
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// How many invocations come before, and are not measured.
    #[arg(long, default_value_t = 0)]
    warm_up: usize,
    /// Where the answers to the first round of events are written, one per line.
    #[arg(long)]
    answers: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The function's program and its arguments; without them somebody else starts it.
    #[arg(last = true)]
    function: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let payloads = payloads(&options)?;
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.context("binding a port of 127.0.0.1")?;
    let address = listener.local_addr().context("reading the port")?;
    writeln!(std::io::stderr(), "listening {address}")?;
    let mut function = Function::start(&options.function, address)?;
    let process = function.as_ref().map(Function::id);
    let served = api::serve(listener, payloads, options.warm_up, options.count, process);
    let outcome = match &mut function {
        None => served.await?,
        Some(function) => tokio::select! {
            outcome = served => outcome?,
            ended = function.ended() => return ended,
        },
    };
    if let Some(path) = &options.answers {
        let mut lines = outcome.answers.join(&b"\n"[..]);
        lines.push(b'\n');
        std::fs::write(path, lines).with_context(|| format!("writing {}", path.display()))?;
    }
    writeln!(std::io::stdout(), "{}", outcome.figures.json())?;
    Ok(())
}

/// The lines of the file that are not blank.
fn payloads(options: &Options) -> anyhow::Result<Vec<Bytes>> {
    let path = options.payloads.display();
    let text = std::fs::read(&options.payloads).with_context(|| format!("reading {path}"))?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let payloads: Vec<Bytes> = lines.map(Bytes::copy_from_slice).collect();
    if payloads.is_empty() {
        bail!("{path} has no line: write one event as JSON into each");
    }
    if options.count == 0 {
        bail!("--count is 0: at least one invocation is needed");
    }
    Ok(payloads)
}
