//! The Lambda binary of `write-parquet`.

// The futures of the SDK's clients, nested in the runtime's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

use std::process::ExitCode;

use write_parquet::{Context, handle};

#[tokio::main]
async fn main() -> ExitCode {
    function::run(Context::from_env(), handle).await
}
