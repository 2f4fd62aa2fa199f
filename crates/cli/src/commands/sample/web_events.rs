use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use samples::web_events::{Nature, Options, Records};
use serde_json::json;

use super::create;
use crate::args::SampleArgs;
use crate::output::{Grid, bytes, duration, line, thousands};
use crate::progress;

/// The events, one per line.
const EVENTS: &str = "events.ndjson";

/// What is in them.
const EXPECTED: &str = "expected.json";

/// What a run over the records must end with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Rows by table, without repetitions.
    pub(crate) tables: BTreeMap<&'static str, u64>,
    /// Events that are sent a second time.
    pub(crate) repetitions: u64,
    /// Malformed records by what is wrong with them.
    pub(crate) malformed: BTreeMap<&'static str, u64>,
}

impl Expected {
    /// Counts one record.
    pub(crate) fn add(&mut self, nature: Nature) {
        match nature {
            Nature::Event(table) => *self.tables.entry(table).or_default() += 1,
            Nature::Repetition(_) => self.repetitions += 1,
            Nature::Malformed(kind) => *self.malformed.entry(kind.name()).or_default() += 1,
        }
    }
}

/// Writes the events and what is in them.
pub(crate) fn run(args: &SampleArgs) -> anyhow::Result<ExitCode> {
    if args.broken.is_some() {
        bail!("--broken is for files; of web-events, --malformed says how many records of 1,000 are broken");
    }
    let (out, start) = (args.folder(), Instant::now());
    let options = options(args)?;
    let bar = progress::rows("events", options.events);
    let mut expected = Expected::default();
    create(&out, EVENTS, |mut file| {
        for record in Records::new(&options) {
            expected.add(record.nature);
            bar.inc(u64::from(matches!(record.nature, Nature::Event(_))));
            file.write_all(&record.data)?;
            file.write_all(b"\n")?;
        }
        file.flush()
    })?;
    bar.finish_and_clear();
    write_expected(&out, &expected)?;
    let mut grid = Grid::new(&["BELONGS TO", "RECORDS>"]);
    for (table, rows) in &expected.tables {
        grid.row([(*table).to_owned(), thousands(*rows)]);
    }
    grid.row(["(sent a second time)".to_owned(), thousands(expected.repetitions)]);
    for (kind, records) in &expected.malformed {
        grid.row([format!("(malformed: {kind})"), thousands(*records)]);
    }
    grid.print();
    let file = out.join(EVENTS);
    let size = std::fs::metadata(&file).map(|file| file.len()).unwrap_or_default();
    line(format!("\n{}, {}, written in {}", file.display(), bytes(size), duration(start.elapsed().as_millis())));
    line(format!("next: landfall track {}   (beside landfall local)", file.display()));
    Ok(ExitCode::SUCCESS)
}

fn options(args: &SampleArgs) -> anyhow::Result<Options> {
    let per_1000 = |name: &str, value: u32| match value {
        0..=1000 => Ok(value),
        _ => bail!("--{name} {value}: it is a share of 1,000"),
    };
    Ok(Options {
        events: args.rows,
        seed: args.seed,
        rate: args.rate,
        skew: args.skew,
        unknown: per_1000("unknown", args.unknown)?,
        repeated: per_1000("repeated", args.repeated)?,
        malformed: per_1000("malformed", args.malformed)?,
        ..Options::default()
    })
}

fn write_expected(out: &Path, expected: &Expected) -> anyhow::Result<()> {
    let value = json!({
        "tables": expected.tables,
        "repetitions": expected.repetitions,
        "malformed": expected.malformed,
    });
    let path = out.join(EXPECTED);
    std::fs::write(&path, format!("{value:#}\n")).with_context(|| format!("writing {}", path.display()))
}
