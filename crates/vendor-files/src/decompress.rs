//! Decompression as a stream.

use std::io::{self, BufRead, Read, Seek};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use pipeline::Compression;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::compression::name_of;
use crate::content::ContentError;
use crate::stream::{StreamError, is_ours};

/// Names in the error about an archive with several files.
const NAMES_SHOWN: usize = 5;

/// The decompressed bytes of a gzip, bzip2, zstd or plain stream, all members one after another.
pub(crate) fn decompress<'a>(compressed: impl BufRead + 'a, compression: Compression) -> io::Result<Decompressed<'a>> {
    let inner: Box<dyn Read + 'a> = match compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(compressed)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(compressed)),
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(compressed)?),
        Compression::None | Compression::Zip => Box::new(compressed),
    };
    Ok(Decompressed::new(inner, compression))
}

/// A decompressor whose errors say how many bytes were decompressed.
pub(crate) struct Decompressed<'a> {
    inner: Box<dyn Read + 'a>,
    compression: Compression,
    bytes: u64,
}

impl<'a> Decompressed<'a> {
    pub(crate) fn new(inner: Box<dyn Read + 'a>, compression: Compression) -> Self {
        Decompressed { inner, compression, bytes: 0 }
    }
}

impl Read for Decompressed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.bytes += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted || is_ours(&error) => Err(error),
            Err(source) => {
                let early = source.kind() == io::ErrorKind::UnexpectedEof;
                let error = ContentError::Damaged {
                    compression: name_of(self.compression),
                    problem: if early { "ends too early" } else { "is damaged" },
                    bytes: self.bytes,
                    source,
                };
                Err(StreamError::from(error).into_io())
            }
        }
    }
}

/// What the beginning of a compressed stream decompresses to, at most `bound` bytes, and whether that is all of it.
///
/// `complete` says that `compressed` is the whole stream: only then is an early end an error.
pub(crate) fn decompress_prefix(
    compressed: &[u8],
    complete: bool,
    compression: Compression,
    bound: usize,
) -> Result<(Vec<u8>, bool), StreamError> {
    let mut stream = decompress(compressed, compression).map_err(StreamError::from_io)?;
    let mut text = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    while text.len() < bound {
        match stream.read(&mut piece) {
            Ok(0) => return Ok((text, complete)),
            Ok(count) => text.extend_from_slice(&piece[..count]),
            Err(error) => match StreamError::from_io(error) {
                StreamError::Content(ContentError::Damaged { problem: "ends too early", .. }) if !complete => {
                    return Ok((text, false));
                }
                error => return Err(error),
            },
        }
    }
    Ok((text, false))
}

/// Reads the one file in a ZIP archive.
pub(crate) fn with_zipped<R: Read + Seek, T>(
    archive: R,
    read: impl FnOnce(Decompressed<'_>) -> Result<T, StreamError>,
) -> Result<T, StreamError> {
    let mut archive = ZipArchive::new(archive).map_err(|error| zip_error(error, ContentError::NotZip))?;
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|error| zip_error(error, ContentError::NotZip))?;
        let name = entry.name().map_err(|error| zip_error(error, ContentError::NotZip))?.into_owned();
        if is_file(&name) {
            names.push((index, name));
        }
    }
    let [(index, name)] = names.as_slice() else {
        return Err(ContentError::ZipFiles { count: names.len(), names: shown(&names) }.into());
    };
    let file = archive
        .by_index(*index)
        .map_err(|error| zip_error(error, |source| ContentError::ZipMethod { name: name.clone(), source }))?;
    read(Decompressed::new(Box::new(file), Compression::Zip))
}

/// Folders do not count, nor what macOS adds.
fn is_file(name: &str) -> bool {
    !name.ends_with('/') && !name.ends_with('\\') && !name.starts_with("__MACOSX/")
}

fn shown(names: &[(usize, String)]) -> String {
    let first: Vec<&str> = names.iter().take(NAMES_SHOWN).map(|(_, name)| name.as_str()).collect();
    match names.len() {
        0 => String::new(),
        count if count > NAMES_SHOWN => {
            format!(": {}, and {} more", first.join(", "), count - NAMES_SHOWN)
        }
        _ => format!(": {}", first.join(", ")),
    }
}

/// An error of S3 passes through the archive's reader; all others are about the archive.
fn zip_error(error: ZipError, ours: impl FnOnce(ZipError) -> ContentError) -> StreamError {
    match error {
        ZipError::Io(error) if is_ours(&error) => StreamError::from_io(error),
        error => ours(error).into(),
    }
}
