//! The Lambda binary of `collect-events`.

// The futures of the SDK's clients, nested in the runtime's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

use std::process::ExitCode;

use collect_events::{Context, handle};
use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init();
    let context = match Context::from_env().await {
        Ok(context) => context,
        Err(error) => return telemetry::cannot_start(&error),
    };
    let context = &context;
    let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        handle(context, event.payload.get()).await.map_err(Diagnostic::from)
    });
    telemetry::ended(run(handler).await)
}
