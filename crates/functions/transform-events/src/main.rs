//! The Lambda binary of `transform-events`.

use std::future::ready;
use std::process::ExitCode;

use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use transform_events::{Context, handle};

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::init();
    let context = match Context::from_env() {
        Ok(context) => context,
        Err(error) => return telemetry::cannot_start(&error),
    };
    let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| {
        ready(handle(&context, event.payload.get()).map_err(Diagnostic::from))
    });
    telemetry::ended(run(handler).await)
}
