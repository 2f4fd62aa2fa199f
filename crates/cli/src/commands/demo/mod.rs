//! One pass through a system, as its users would see it.

mod flights;
mod web_events;

use std::process::ExitCode;
use std::time::Instant;

use crate::args::{Common, DemoArgs, System};
use crate::output::{duration, line};

/// Runs a system once in a state folder of its own.
pub(crate) async fn run(common: &Common, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let scratch = tempfile::tempdir()?;
    let folder = args.keep.clone().unwrap_or_else(|| scratch.path().to_owned());
    let common = Common { state: folder.join("state"), aws: false, ..common.clone() };
    let start = Instant::now();
    match args.system {
        System::Flights => flights::run(&common, &folder, args).await?,
        System::WebEvents => web_events::run(&common, &folder, args).await?,
    }
    line(format!("\nall of it in {}", duration(start.elapsed().as_millis())));
    let (query, next) = match args.system {
        System::Flights => ("query", "landfall local, and put a file into inbox/flights/"),
        System::WebEvents => ("athena", "landfall local, and landfall sample web-events beside it"),
    };
    match &args.keep {
        Some(folder) => {
            let state = folder.join("state");
            let sql = if query == "query" { "select * from landfall.loads" } else { "select * from posts limit 5" };
            line(format!("kept: landfall {query} --state {} \"{sql}\"", state.display()));
        }
        None => line(format!("next: {next}")),
    }
    Ok(ExitCode::SUCCESS)
}
