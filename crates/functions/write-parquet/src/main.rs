//! The Lambda binary of `write-parquet`.

// The futures of the SDK's clients, nested in the runtime's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

use std::process::ExitCode;

use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use serde_json::Value;
use write_parquet::{Context, handle};

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::init();
    let context = match Context::from_env().await {
        Ok(context) => context,
        Err(error) => return telemetry::cannot_start(&error),
    };
    let handler = service_fn(|event: LambdaEvent<Value>| async {
        handle(&context, event.payload).await.map_err(Diagnostic::from)
    });
    telemetry::ended(run(handler).await)
}
