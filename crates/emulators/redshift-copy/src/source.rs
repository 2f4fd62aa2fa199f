//! From an object's bytes to the characters COPY reads: decompression and encoding.

use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use super::options::{Compression, Encoding};

/// How much is asked of S3's stream at once, in bytes; small reads would each wake the runtime.
const READ_BYTES: usize = 256 * 1024;
/// How much of a UTF-16 stream is converted at once, in bytes.
const TRANSCODE_BYTES: usize = 64 * 1024;

/// The decompressed UTF-8 (as far as the object keeps its promise) of `raw`.
pub(super) fn characters(
    raw: Box<dyn Read + Send>,
    compression: Compression,
    encoding: Encoding,
) -> io::Result<Box<dyn Read + Send>> {
    let raw = BufReader::with_capacity(READ_BYTES, raw);
    let plain: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(raw),
        Compression::Gzip => Box::new(MultiGzDecoder::new(raw)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(raw)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(raw)?),
    };
    match encoding {
        Encoding::Utf8 => Ok(plain),
        Encoding::Utf16 => by_mark(plain),
        Encoding::Utf16Le => Ok(Box::new(Transcoder::new(plain, UTF_16LE.new_decoder_with_bom_removal()))),
        Encoding::Utf16Be => Ok(Box::new(Transcoder::new(plain, UTF_16BE.new_decoder_with_bom_removal()))),
    }
}

/// UTF-16 whose byte order mark says which.
fn by_mark(mut plain: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut mark = [0; 2];
    plain.read_exact(&mut mark)?;
    let decoder = match mark {
        [0xff, 0xfe] => UTF_16LE.new_decoder_without_bom_handling(),
        [0xfe, 0xff] => UTF_16BE.new_decoder_without_bom_handling(),
        _ => {
            let reason = "ENCODING UTF16 needs a byte order mark; name UTF16LE or UTF16BE for a file without one";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
    };
    Ok(Box::new(Transcoder::new(plain, decoder)))
}

/// UTF-16 as UTF-8.
struct Transcoder {
    inner: Box<dyn Read + Send>,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    finished: bool,
}

impl Transcoder {
    fn new(inner: Box<dyn Read + Send>, decoder: Decoder) -> Self {
        Self { inner, decoder, input: vec![0; TRANSCODE_BYTES], output: Vec::new(), given: 0, finished: false }
    }

    fn convert(&mut self) -> io::Result<()> {
        let read = self.inner.read(&mut self.input)?;
        self.finished = read == 0;
        let most = self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(TRANSCODE_BYTES * 2);
        self.output.resize(most, 0);
        let (result, _, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.input[..read], &mut self.output, self.finished);
        if let DecoderResult::Malformed(..) = result {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is not valid UTF-16"));
        }
        self.output.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.finished {
            self.convert()?;
        }
        let length = out.len().min(self.output.len() - self.given);
        out[..length].copy_from_slice(&self.output[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}
