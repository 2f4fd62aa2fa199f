use std::process::ExitCode;

use crate::output::line;

/// Prints the reference of `pipeline.toml`.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    line(pipeline::reference().trim_end());
    Ok(ExitCode::SUCCESS)
}
