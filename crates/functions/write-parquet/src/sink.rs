//! Brings what a conversion makes into the lake.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use event_lake::layout::Partition;
use event_parquet::{Part, Rejected, Sink, SinkError, Source};
use objects::{ObjectRef, put_blocking};
use tokio::runtime::Handle;

use crate::context::Context;
use crate::error::Error;
use crate::names::Names;
use crate::placement::place;
use crate::receipt::Output;

/// Bytes of rejected lines after which only their places are kept; the raw object has the texts.
const WITH_TEXT_BYTES: u64 = 32 << 20;

/// Bytes of rejected lines after which they are only counted.
const LISTED_BYTES: u64 = 64 << 20;

/// The lake, for one raw object. On a thread that may block.
pub(crate) struct Lake {
    pub(crate) handle: Handle,
    pub(crate) context: Context,
    pub(crate) source: Source,
    pub(crate) names: Names,
    pub(crate) outputs: Vec<Output>,
    pub(crate) rejected: Option<RejectedLines>,
}

/// Rejected lines in a temporary file.
pub(crate) struct RejectedLines {
    out: BufWriter<File>,
    bytes: u64,
}

impl Sink for Lake {
    fn file(&mut self, mut part: Part) -> Result<(), SinkError> {
        let day = Partition { prefix: self.context.prefix.clone(), table: part.table.clone(), date: part.date.clone() };
        let file = self.names.file(part.number);
        // Noted first: whoever has to take files back knows of this one even if writing it fails half-way.
        self.outputs.push(Output { table: part.table, date: part.date, file: file.clone(), rows: part.rows });
        place(&self.handle, &self.context, &day, &file, &mut part.file)?;
        Ok(())
    }

    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError> {
        let lines = match &mut self.rejected {
            Some(lines) => lines,
            none => {
                let file = tempfile::tempfile_in(&self.context.limits.folder)?;
                none.insert(RejectedLines { out: BufWriter::new(file), bytes: 0 })
            }
        };
        if lines.bytes < LISTED_BYTES {
            let raw = if lines.bytes < WITH_TEXT_BYTES { rejected.raw } else { b"" };
            let line = Rejected { raw, ..rejected.clone() }.to_line(&self.source);
            lines.bytes += line.len() as u64;
            lines.out.write_all(&line)?;
        }
        Ok(())
    }
}

impl RejectedLines {
    /// Writes them to the lake. Blocks.
    pub(crate) fn put(self, handle: &Handle, context: &Context, key: String) -> Result<(), Error> {
        let target = ObjectRef::new(&context.bucket, key);
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|mut file| {
            file.rewind()?;
            Ok(file)
        });
        let mut file = file.map_err(|source| Error::Rejected { object: target.clone(), source })?;
        put_blocking(handle, &context.s3, &target, &mut file, "application/x-ndjson").map(drop).map_err(Error::Put)
    }
}
