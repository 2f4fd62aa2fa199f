//! The Lambda binary of `update-catalog`.

// The futures of the SDK's clients, nested in the runtime's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

use std::process::ExitCode;

use update_catalog::{Context, handle};

#[tokio::main]
async fn main() -> ExitCode {
    function::run(Context::from_env(), handle).await
}
