//! The Lambda binary of `transform-events`.

use std::future::ready;
use std::process::ExitCode;

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use transform_events::{Context, Direct, handle};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One invocation at a time: a second thread would only pass its work on.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init();
    let context = match Context::from_env().await {
        Ok(context) => context,
        Err(error) => return telemetry::cannot_start(&error),
    };
    let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| ready(answer(&context, event.payload.get())));
    let runtime = Runtime::new(handler).layer(Direct::new(&context)).layer(TracingLayer::new());
    telemetry::ended(runtime.run().await)
}

/// The answer as text that the runtime sends as it is.
fn answer(context: &Context, event: &str) -> Result<Box<RawValue>, Diagnostic> {
    let answer = handle(context, event)?;
    RawValue::from_string(answer.to_json()).map_err(|error| telemetry::diagnostic("NoJson", &error))
}
