//! Converts a file of events as `write-parquet` converts an object: `convert PIPELINES FILE FOLDER`.
//!
//! The same code with the same limits; only S3 is missing. The Parquet files come into `FOLDER/<table>/dt=<day>/`, rejected lines into
//! `FOLDER/rejected.ndjson`. Prints what was done, the seconds that it took, and the greatest memory of the process in megabytes.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use event_parquet::{Layout, Limits, Part, Rejected, Sink, SinkError, Source, convert};

struct Folder {
    path: PathBuf,
    source: Source,
    files: u64,
}

impl Sink for Folder {
    fn file(&mut self, mut part: Part) -> Result<(), SinkError> {
        let folder = self.path.join(&part.table).join(format!("dt={}", part.date));
        fs::create_dir_all(&folder)?;
        io::copy(&mut part.file, &mut File::create(folder.join(format!("{:04}.parquet", part.number)))?)?;
        self.files += 1;
        Ok(())
    }

    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError> {
        let path = self.path.join("rejected.ndjson");
        let mut file = File::options().create(true).append(true).open(path)?;
        Ok(file.write_all(&rejected.to_line(&self.source))?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, pipelines, file, folder] = arguments.as_slice() else {
        return Err("expected the arguments PIPELINES, FILE and FOLDER".into());
    };
    let begin = Instant::now();
    let project = pipeline_folder::load(pipelines.as_ref())?;
    let layout = Layout::new(project.events().ok_or("no pipeline has [events]")?);
    let source = Source { name: file.clone(), version: None, place: None };
    fs::create_dir_all(folder)?;
    let mut sink = Folder { path: folder.into(), source: source.clone(), files: 0 };
    let limits = Limits::new(std::env::temp_dir());
    let report = convert(File::open(file)?, &source, &layout, &limits, &mut sink)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "rows {} duplicates {} rejected {} files {} bytes {} seconds {:.3} peak_mb {:.1}",
        report.total_rows(),
        report.duplicates,
        report.rejected,
        sink.files,
        report.bytes,
        begin.elapsed().as_secs_f64(),
        peak_mb()
    )?;
    Ok(())
}

/// Linux's `VmHWM`; 0 elsewhere.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok()).map_or(0.0, |kb: f64| kb / 1000.0)
}
