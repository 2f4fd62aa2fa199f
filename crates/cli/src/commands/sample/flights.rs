use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use samples::flights::{self, Kind, Options, Progress};

use super::create;
use crate::args::SampleArgs;
use crate::output::{Grid, bytes, duration, line, thousands};
use crate::progress;

/// Writes the three files of a delivery, and a broken one.
pub(crate) fn run(args: &SampleArgs) -> anyhow::Result<ExitCode> {
    if args.broken.as_deref() == Some("list") {
        list_broken();
        return Ok(ExitCode::SUCCESS);
    }
    let out = args.folder();
    let options = Options { rows: args.rows, seed: args.seed, ..Options::default() };
    let start = Instant::now();
    let mut grid = Grid::new(&["FILE", "ROWS>", "SIZE>"]);
    for (name, rows) in write_all(&out, &options)? {
        let size = fs::metadata(out.join(&name)).map(|m| m.len()).unwrap_or_default();
        grid.row([out.join(&name).display().to_string(), thousands(rows), bytes(size)]);
    }
    if let Some(kind) = &args.broken {
        let kind: Kind = kind.parse()?;
        let name = format!("flights/flights-{}.{}", kind.name(), extension(kind));
        create(&out, &name, |out| flights::write_flights_broken(out, &options, kind, |_| {}).map(|_| ()))?;
        grid.row([out.join(&name).display().to_string(), "broken".to_owned(), String::new()]);
    }
    grid.print();
    line(format!("\nwritten in {}", duration(start.elapsed().as_millis())));
    Ok(ExitCode::SUCCESS)
}

/// Writes the three files of a delivery below `out`; returns their keys with their rows.
pub(crate) fn write_all(out: &Path, options: &Options) -> anyhow::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    create(out, "flights/airlines.json", flights::write_airlines)?;
    files.push(("flights/airlines.json".to_owned(), 14));
    create(out, "flights/airports.csv", flights::write_airports)?;
    files.push(("flights/airports.csv".to_owned(), 322));
    let bar = progress::rows("flights", options.rows);
    create(out, "flights/flights.csv", |out| {
        flights::write_flights(out, options, |Progress { rows, .. }| bar.set_position(rows)).map(|_| ())
    })?;
    bar.finish_and_clear();
    files.push(("flights/flights.csv".to_owned(), options.rows));
    Ok(files)
}

fn extension(kind: Kind) -> &'static str {
    kind.file_name().split_once('.').map_or("csv", |(_, extension)| extension)
}

fn list_broken() {
    let mut grid = Grid::new(&["KIND", "WHAT IS WRONG"]);
    for kind in Kind::ALL {
        grid.row([kind.name().to_owned(), kind.description().to_owned()]);
    }
    grid.print();
}
