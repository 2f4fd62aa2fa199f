//! The Lambda binary of `collect-events`.

// The futures of the SDK's clients, nested in the runtime's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

use std::process::ExitCode;

use collect_events::{Context, handle};
use serde_json::value::RawValue;

// One invocation at a time: a second thread would only pass its work on.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // The event stays the text that came.
    let handle = async |context: &Context, event: Box<RawValue>| handle(context, event.get()).await;
    function::run(Context::from_env(), handle).await
}
