//! Formats and compressed files for tests.

use std::error::Error;
use std::io::{Cursor, Write};

use pipeline::{Compression, Csv, Format, FormatKind};

pub(crate) fn csv(encoding: &str) -> Format {
    plain(FormatKind::Csv(Csv {
        delimiter: ',',
        quote: '"',
        header: true,
        null: None,
        empty_as_null: true,
        encoding: encoding.to_owned(),
        date_format: None,
        time_format: None,
    }))
}

pub(crate) fn without_header(format: Format) -> Format {
    match format.kind {
        FormatKind::Csv(csv) => Format { kind: FormatKind::Csv(Csv { header: false, ..csv }), ..format },
        _ => format,
    }
}

pub(crate) fn plain(kind: FormatKind) -> Format {
    Format { kind, compression: Compression::None }
}

pub(crate) fn compressed_as(format: Format, compression: Compression) -> Format {
    Format { compression, ..format }
}

pub(crate) fn compress(text: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None => text.to_vec(),
        Compression::Gzip => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        }
        Compression::Bzip2 => {
            let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        }
        Compression::Zstd => {
            let mut out = zstd::Encoder::new(Vec::new(), 1).unwrap();
            // As the command line tool does, and the library alone does not.
            out.include_checksum(true).unwrap();
            out.write_all(text).unwrap();
            out.finish().unwrap()
        }
        Compression::Zip => zip(&[("data.csv", text)]),
    }
}

pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        if name.ends_with('/') {
            out.add_directory(*name, options).unwrap();
        } else {
            out.start_file(*name, options).unwrap();
            out.write_all(text).unwrap();
        }
    }
    out.finish().unwrap().into_inner()
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
