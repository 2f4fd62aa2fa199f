use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use aws_config::SdkConfig;
use redshift_local::Completion;
use redshift_local::completion::{ToBus, ToFunction, Undelivered};

use crate::args::RedshiftArgs;
use crate::deployment::s3_at;
use crate::output::line;

/// Serves the Data API until the program is interrupted.
pub(crate) async fn run(args: &RedshiftArgs) -> anyhow::Result<ExitCode> {
    let sdk = aws_config::load_from_env().await;
    let config = redshift_local::Config {
        database: args.database.clone(),
        s3: Some(s3_at(&sdk, args.s3_endpoint.as_deref())),
        memory_limit_mib: Some(args.memory),
        hosts: args.hosts.clone(),
        completion: completion(args, &sdk),
        ..redshift_local::Config::default()
    };
    let listener = tokio::net::TcpListener::bind((args.address, args.port)).await.with_context(|| {
        format!("listening on {}:{}: choose another with --address and --port", args.address, args.port)
    })?;
    let server = redshift_local::serve(config, listener).await?;
    line(format!("Redshift Data API at {}", server.endpoint()));
    line(format!("  export AWS_ENDPOINT_URL_REDSHIFT_DATA={}", server.endpoint()));
    line("  aws redshift-data execute-statement --workgroup-name local --database dev --sql 'select 1'");
    tokio::signal::ctrl_c().await.context("waiting for an interrupt")?;
    server.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Who is told of statements that have ended.
fn completion(args: &RedshiftArgs, sdk: &SdkConfig) -> Option<Arc<dyn Completion>> {
    let undelivered: Undelivered = Arc::new(|why| eprintln!("a completion event was not delivered: {why}"));
    if let Some(function) = &args.completions_to_function {
        return Some(Arc::new(ToFunction::new(aws_sdk_lambda::Client::new(sdk), function, undelivered)));
    }
    let bus = args.completions_to_bus.as_ref()?;
    Some(Arc::new(ToBus::new(aws_sdk_eventbridge::Client::new(sdk), bus, undelivered)))
}
