use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::path::Path;

use arrow::array::Array;
use readers::sas::{self, Error, Options, Sas, Temporal};

use super::{Skipped, Target, hash};

/// Larger files take too long, and have no more places that hurt.
const BYTES_MAX: u64 = 200_000;

/// Every so many inputs one is also read from a temporary file.
const FILE_EVERY: u64 = 8;

/// The folder with SAS files.
const FOLDER_VARIABLE: &str = "LANDFALL_SAS_FILES";

/// SAS7BDAT files.
pub(super) struct SasFiles {
    files: Vec<Vec<u8>>,
    read: Cell<u64>,
    rows: Cell<u64>,
    errors: Cell<u64>,
}

impl SasFiles {
    pub(super) fn new() -> Result<Self, Skipped> {
        let folder =
            std::env::var_os(FOLDER_VARIABLE).ok_or_else(|| Skipped(format!("{FOLDER_VARIABLE} is not set")))?;
        let unread = |error: std::io::Error| Skipped(format!("{FOLDER_VARIABLE}: {error}"));
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(Path::new(&folder)).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let is_sas = entry.path().extension().is_some_and(|extension| extension == "sas7bdat");
            if is_sas && entry.metadata().map_err(unread)?.len() <= BYTES_MAX {
                paths.push(entry.path());
            }
        }
        paths.sort();
        let files: Vec<_> = paths.iter().map(std::fs::read).collect::<Result<_, _>>().map_err(unread)?;
        if files.is_empty() {
            return Err(Skipped(format!(
                "no .sas7bdat file of at most {BYTES_MAX} bytes is in {}",
                Path::new(&folder).display()
            )));
        }
        Ok(Self { files, read: Cell::new(0), rows: Cell::new(0), errors: Cell::new(0) })
    }
}

impl Target for SasFiles {
    fn name(&self) -> &'static str {
        "sas"
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        self.files.clone()
    }

    fn dictionary(&self) -> &[&'static [u8]] {
        &[
            b"SASYZCRL",
            b"SASYZCR2",
            b"DATE",
            b"DATETIME",
            b"TIME",
            b"\xf7\xf7\xf7\xf7",
            b"\xf6\xf6\xf6\xf6",
            b"\xff\xff\xff\xff",
            b"\xfe\xff\xff\xff",
            b"\xfc\xff\xff\xff",
            b"\xfe\xfb\xff\xff",
            b"\xfd\xff\xff\xff",
        ]
    }

    /// The header, and the pages' beginnings and ends, where the tables of what they hold lie.
    fn places(&self, input: &[u8]) -> Vec<Range<usize>> {
        const PAGE: usize = 4096;
        let mut places = vec![0..288, 288..1024];
        places.extend((1024..input.len()).step_by(PAGE).map(|start| start..(start + 512).min(input.len())));
        places
    }

    fn run(&self, input: &[u8]) -> Result<u64, String> {
        let temporal = if input.len().is_multiple_of(3) { Temporal::Raw } else { Temporal::Typed };
        let options = Options { batch_rows: 100, temporal, ..Options::default() };
        let in_memory = read_all(sas::from_bytes(input.to_vec(), options.clone()))?;
        match &in_memory.error {
            None => {
                self.read.set(self.read.get() + 1);
                self.rows.set(self.rows.get() + in_memory.rows);
            }
            Some(_) => self.errors.set(self.errors.get() + 1),
        }
        // The library reads files by other code than memory.
        if hash(&input).is_multiple_of(FILE_EVERY) {
            let from_file = read_all(sas::from_read(input, options))?;
            if (from_file.error.is_none(), from_file.values) != (in_memory.error.is_none(), in_memory.values) {
                return Err(format!("file and memory differ: {from_file:?}, {in_memory:?}"));
            }
        }
        Ok(hash(&(in_memory.values, in_memory.rows, in_memory.error)))
    }

    fn tally(&self) -> String {
        format!("{} files read with {} rows, {} refused", self.read.get(), self.rows.get(), self.errors.get())
    }
}

/// What was read of a file.
#[derive(Debug)]
struct FileRead {
    rows: u64,
    /// A hash of all values, if there was no error.
    values: u64,
    error: Option<String>,
}

fn read_all(opened: Result<Sas, Error>) -> Result<FileRead, String> {
    let (mut rows, mut hasher) = (0, DefaultHasher::new());
    let read = || -> Result<(), readers::Error> {
        for batch in opened? {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            for column in batch.columns() {
                column.null_count().hash(&mut hasher);
                column.to_data().buffers().iter().for_each(|buffer| buffer.as_slice().hash(&mut hasher));
            }
        }
        Ok(())
    };
    match read() {
        Ok(()) => Ok(FileRead { rows, values: hasher.finish(), error: None }),
        Err(readers::Error::Sas(Error::Thread { what, .. })) => Err(format!("a thread ended: {what}")),
        Err(readers::Error::Sas(Error::Batch { source, .. })) => Err(format!("a batch cannot be made: {source}")),
        Err(error) => Ok(FileRead { rows, values: 0, error: Some(error.to_string()) }),
    }
}
