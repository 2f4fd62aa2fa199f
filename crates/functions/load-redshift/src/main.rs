//! The Lambda binary of `load-redshift`.

// The futures of the SDK's clients, nested in the runtime's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

use std::process::ExitCode;

use load_redshift::{Context, handle};

#[tokio::main]
async fn main() -> ExitCode {
    function::run(Context::from_env(), handle).await
}
