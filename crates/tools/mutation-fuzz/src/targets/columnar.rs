use std::cell::Cell;
use std::io::Read;

use event_parquet::{Layout, Limits, Part, Rejected, Sink, SinkError, Source, convert};
use tempfile::TempDir;

use super::{Skipped, Target, WORDS, declared, events, hash};

/// Raw objects of the lake.
pub(super) struct Columnar {
    layout: Layout,
    limits: Limits,
    _folder: TempDir,
    rows: Cell<u64>,
    rejected: Cell<u64>,
}

impl Columnar {
    pub(super) fn new() -> Result<Self, Skipped> {
        let folder = TempDir::new().map_err(|error| Skipped(error.to_string()))?;
        let limits = Limits {
            buffer_bytes: 64 << 10,
            outputs: 4,
            ids: 50,
            record_bytes: 64 << 10,
            ..Limits::new(folder.path())
        };
        Ok(Self {
            layout: Layout::new(&declared()?),
            limits,
            _folder: folder,
            rows: Cell::new(0),
            rejected: Cell::new(0),
        })
    }
}

/// What a conversion has made.
#[derive(Default)]
struct Made {
    rows: u64,
    files: Vec<(String, String, u64, u64)>,
    rejected: Vec<(u64, u64, u64, String)>,
    odd: Option<String>,
}

impl Sink for Made {
    fn file(&mut self, mut part: Part) -> Result<(), SinkError> {
        let mut bytes = Vec::new();
        part.file.read_to_end(&mut bytes)?;
        if !bytes.starts_with(b"PAR1") || !bytes.ends_with(b"PAR1") {
            self.odd = Some("a file is not Parquet: see the input".to_owned());
        }
        self.rows += part.rows;
        self.files.push((part.table, part.date, part.rows, hash(&bytes)));
        Ok(())
    }

    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError> {
        self.rejected.push((rejected.line, rejected.offset, rejected.length, rejected.reason.to_string()));
        Ok(())
    }
}

impl Target for Columnar {
    fn name(&self) -> &'static str {
        "columnar"
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        let events = events(400);
        let lines: Vec<_> = events.chunks(5).map(|several| several.join(&b'\n')).collect();
        let concatenated = events.chunks(4).map(|several| several.concat()).take(30).collect();
        [events, lines, concatenated].concat()
    }

    fn dictionary(&self) -> &[&'static [u8]] {
        WORDS
    }

    fn run(&self, input: &[u8]) -> Result<u64, String> {
        let place = input.len().is_multiple_of(2).then(|| ("posts".to_owned(), "2024-10-04".to_owned()));
        let source = Source { name: "s3://lake/raw".to_owned(), version: None, place };
        let mut made = Made::default();
        let report = convert(input, &source, &self.layout, &self.limits, &mut made)
            .map_err(|error| format!("an error: {error}"))?;
        if let Some(odd) = made.odd {
            return Err(odd);
        }
        if made.rows != report.total_rows() || made.rejected.len() as u64 != report.rejected {
            return Err(format!(
                "the report counts otherwise: {} rows, {} rejected, {report:?}",
                made.rows,
                made.rejected.len()
            ));
        }
        self.rows.set(self.rows.get() + report.total_rows());
        self.rejected.set(self.rejected.get() + report.rejected);
        let found = report.total_rows() + report.duplicates + report.rejected;
        if let Some(objects) = objects(input)
            && objects != found
        {
            return Err(format!("objects are lost: {objects} objects, {report:?}"));
        }
        let is_blank = input.iter().all(|byte| b" \t\r\n".contains(byte));
        if found == 0 && !is_blank && !input.starts_with(b"\xef\xbb\xbf") && report.broken.is_none() {
            return Err(format!("nothing came of something: {report:?}"));
        }
        made.files.sort();
        Ok(hash(&(made.files, made.rejected, report.duplicates, report.lines)))
    }

    fn tally(&self) -> String {
        format!("{} rows, {} rejected", self.rows.get(), self.rejected.get())
    }
}

/// How many objects the input has, if it has one on every line and nothing else: other input has no certain count.
fn objects(input: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(input).ok()?;
    let mut objects = 0;
    for line in text.split('\n').filter(|line| !line.trim_matches([' ', '\t', '\r']).is_empty()) {
        serde_json::from_str::<serde_json::Value>(line).ok().filter(serde_json::Value::is_object)?;
        objects += 1;
    }
    Some(objects)
}
