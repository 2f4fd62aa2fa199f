//! From a file as vendors send it to a file as COPY reads it, over plain readers and writers.

use std::io::{self, BufRead, BufReader, Read, Seek, Write};

use pipeline::{Compression, Csv, Format, FormatKind};

use crate::compression::{check_magic, name_of};
use crate::content::ContentError;
use crate::decode::{Decoded, encoding_of};
use crate::decompress::{decompress, with_zipped};
use crate::json;
use crate::stream::StreamError;

/// Bytes that are written at once.
const PIECE: usize = 64 * 1024;

/// What a rewritten file is read as.
#[must_use]
pub fn rewritten_format(format: &Format) -> Format {
    let kind = match &format.kind {
        FormatKind::Csv(csv) => FormatKind::Csv(Csv { encoding: "utf-8".to_owned(), ..csv.clone() }),
        FormatKind::JsonArray | FormatKind::JsonLines => FormatKind::JsonLines,
        FormatKind::Parquet => FormatKind::Parquet,
    };
    Format { kind, compression: Compression::None }
}

/// Decompresses, decodes and rewrites a whole file; returns the number of records.
pub(crate) fn convert(source: impl Read + Seek, format: &Format, out: &mut dyn Write) -> Result<u64, StreamError> {
    let mut source = BufReader::with_capacity(PIECE, source);
    if source.fill_buf().map_err(StreamError::from_io)?.is_empty() {
        return records(io::empty(), format, out);
    }
    check_magic(source.buffer(), format.compression)?;
    match format.compression {
        Compression::Zip => with_zipped(source, |text| records(text, format, out)),
        compression => {
            let text = decompress(source, compression).map_err(StreamError::from_io)?;
            records(text, format, out)
        }
    }
}

fn records(text: impl Read, format: &Format, out: &mut dyn Write) -> Result<u64, StreamError> {
    match &format.kind {
        FormatKind::Csv(csv) => csv_records(Decoded::new(text, encoding_of(&csv.encoding)?), csv, out),
        FormatKind::JsonArray => json::array_to_lines(Decoded::new(text, encoding_rs::UTF_8), out),
        FormatKind::JsonLines => json::lines_to_lines(Decoded::new(text, encoding_rs::UTF_8), out),
        FormatKind::Parquet => Err(ContentError::CompressedParquet { declared: name_of(format.compression) }.into()),
    }
}

fn csv_records(mut text: impl Read, csv: &Csv, out: &mut dyn Write) -> Result<u64, StreamError> {
    let mut counter = Counter::new(csv.quote);
    let mut piece = vec![0; PIECE];
    loop {
        match text.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                counter.pass(&piece[..count]);
                out.write_all(&piece[..count]).map_err(StreamError::from_io)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StreamError::from_io(error)),
        }
    }
    Ok(counter.finish().saturating_sub(u64::from(csv.header)))
}

/// Counts the records of a CSV text: line ends outside quotes, empty lines aside.
struct Counter {
    quote: u8,
    quoted: bool,
    /// Whether the record has begun.
    begun: bool,
    records: u64,
}

impl Counter {
    fn new(quote: char) -> Self {
        Counter { quote: u8::try_from(quote).unwrap_or(b'"'), quoted: false, begun: false, records: 0 }
    }

    fn pass(&mut self, mut text: &[u8]) {
        while let Some(at) = memchr::memchr2(self.quote, b'\n', text) {
            self.begun |= text[..at].iter().any(|byte| *byte != b'\r');
            if text[at] == self.quote {
                // A doubled quote leaves the field and enters it again.
                self.quoted = !self.quoted;
                self.begun = true;
            } else if !self.quoted {
                self.records += u64::from(self.begun);
                self.begun = false;
            }
            text = &text[at + 1..];
        }
        self.begun |= text.iter().any(|byte| *byte != b'\r');
    }

    fn finish(self) -> u64 {
        self.records + u64::from(self.begun)
    }
}

#[cfg(test)]
mod tests;
