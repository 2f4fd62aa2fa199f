//! The Lambda binary of `transform-events`.

use std::future::ready;
use std::process::ExitCode;

use function::ErrorType as _;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use transform_events::{Context, Direct, handle};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One invocation at a time: a second thread would only pass its work on.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let context = match function::start(Context::from_env()).await {
        Ok(context) => context,
        Err(code) => return code,
    };
    let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| ready(answer(&context, event.payload.get())));
    let runtime = Runtime::new(handler).layer(Direct::new(&context)).layer(TracingLayer::new());
    function::ended(runtime.run().await)
}

/// The answer as text that the runtime sends as it is.
fn answer(context: &Context, event: &str) -> Result<Box<RawValue>, Diagnostic> {
    let answer = handle(context, event).map_err(|error| function::diagnostic(error.error_type(), &error))?;
    RawValue::from_string(answer.to_json()).map_err(|error| function::diagnostic("NoJson", &error))
}
