#![doc = include_str!("../README.md")]

mod args;
mod collector;
mod commands;
mod deployment;
mod events;
mod functions;
mod kept;
mod migration;
mod names;
mod output;
mod progress;
mod project;
mod upload;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&anyhow::Error::new(error).context("starting the runtime")),
    };
    start_log(&cli);
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let common = cli.common;
    match cli.command {
        Command::Check => commands::check::run(&common),
        Command::Reference => commands::reference::run(),
        Command::Plan(args) => commands::plan::run(&common, &args).await,
        Command::Migrate(args) => commands::migrate::run(&common, &args).await,
        Command::Load(args) => commands::load::run(&common, &args).await,
        Command::Query(args) => commands::query::run(&common, &args).await,
        Command::Sample(args) => commands::sample::run(&args),
        Command::Demo(args) => commands::demo::run(&common, &args).await,
        Command::Local(args) => commands::local::run(&common, &args).await,
        Command::Track(args) => commands::track::run(&common, &args).await,
        Command::Athena(args) => commands::athena::run(&common, &args).await,
        Command::Replay(args) => commands::replay::run(&common, &args).await,
        Command::Render(args) => commands::render::run(&common, &args),
        Command::Redshift(args) => commands::redshift::run(&args).await,
    }
}

/// Logs go to standard error, and only where `RUST_LOG` asks for them.
fn start_log(cli: &Cli) {
    // s3s logs as an error what is an answer, such as a key that is not there.
    let level = if cli.common.verbose { "info,s3s=off" } else { "off" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
