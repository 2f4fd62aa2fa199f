//! Decoding to UTF-8 as a stream.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::content::ContentError;
use crate::stream::StreamError;

/// Bytes that are decoded at once.
const PIECE: usize = 64 * 1024;

/// The encoding of a label of the WHATWG Encoding Standard.
pub(crate) fn encoding_of(label: &str) -> Result<&'static Encoding, ContentError> {
    Encoding::for_label_no_replacement(label.as_bytes())
        .ok_or_else(|| ContentError::UnknownEncoding { label: label.to_owned() })
}

/// Refuses UTF-16 where UTF-8 is declared: its mark at the beginning gives it away.
pub(crate) fn check_mark(head: &[u8], declared: &'static Encoding) -> Result<(), ContentError> {
    let (bytes, hint) = match Encoding::for_bom(head) {
        Some((found, _)) if declared == UTF_8 && found == UTF_16LE => ("FF FE", ": it begins like `utf-16le`"),
        Some((found, _)) if declared == UTF_8 && found == UTF_16BE => ("FE FF", ": it begins like `utf-16be`"),
        _ => return Ok(()),
    };
    Err(ContentError::Malformed { line: 1, bytes: bytes.to_owned(), encoding: declared.name(), hint })
}

/// Decodes the beginning of a text, as far as it can be, without its byte order mark.
///
/// `complete` says that `bytes` is the whole text. The error says what follows the text, if that has no meaning.
pub(crate) fn decode_prefix(
    bytes: &[u8],
    complete: bool,
    encoding: &'static Encoding,
) -> (String, Option<ContentError>) {
    let mut decoder = encoding.new_decoder();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(0);
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, complete);
    let malformed = match result {
        DecoderResult::Malformed(length, after) => {
            let line = 1 + lines(text.as_bytes());
            let end = read.saturating_sub(usize::from(after));
            let start = end.saturating_sub(usize::from(length));
            Some(malformed(line, &bytes[start..end], encoding))
        }
        DecoderResult::InputEmpty | DecoderResult::OutputFull => None,
    };
    (text, malformed)
}

/// The UTF-8 of a stream in any encoding, without a byte order mark.
///
/// A byte order mark at the beginning wins over the declared encoding. Bytes without meaning are an error with their
/// line; nothing is replaced.
pub(crate) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    encoding: &'static Encoding,
    raw: Box<[u8]>,
    /// What of `raw` is still to be decoded.
    rest: std::ops::Range<usize>,
    ended: bool,
    /// The decoder has seen the end: it must not be asked again.
    finished: bool,
    text: Box<[u8]>,
    /// What of `text` is still to be handed out.
    ready: std::ops::Range<usize>,
    line: u64,
    started: bool,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Decoded {
            inner,
            decoder: encoding.new_decoder(),
            encoding,
            raw: vec![0; PIECE].into(),
            rest: 0..0,
            ended: false,
            finished: false,
            text: vec![0; PIECE].into(),
            ready: 0..0,
            line: 1,
            started: false,
        }
    }

    /// Decodes until there is text to hand out, or none is left.
    fn fill(&mut self) -> Result<(), StreamError> {
        loop {
            if self.rest.is_empty() && !self.ended {
                self.refill()?;
            }
            let raw = &self.raw[self.rest.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, self.ended);
            let before = self.rest.start;
            self.rest.start += read;
            self.ready = 0..written;
            self.line += lines(&self.text[..written]);
            if let DecoderResult::Malformed(length, after) = result {
                // The sequence may have begun in the piece before this one: then its last bytes are shown.
                let end = (before + read).saturating_sub(usize::from(after));
                let start = end.saturating_sub(usize::from(length));
                return Err(malformed(self.line, &self.raw[start..end], self.encoding).into());
            }
            self.finished = self.ended && result == DecoderResult::InputEmpty;
            if written > 0 || self.finished {
                return Ok(());
            }
        }
    }

    fn refill(&mut self) -> Result<(), StreamError> {
        let mut filled = 0;
        while filled < self.raw.len() {
            match self.inner.read(&mut self.raw[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(StreamError::from_io(error)),
            }
        }
        self.rest = 0..filled;
        if !self.started {
            self.started = true;
            check_mark(&self.raw[..filled], self.encoding)?;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() && !self.finished {
            self.fill().map_err(StreamError::into_io)?;
        }
        let count = buffer.len().min(self.ready.len());
        let end = self.ready.start + count;
        buffer[..count].copy_from_slice(&self.text[self.ready.start..end]);
        self.ready.start = end;
        Ok(count)
    }
}

/// Line ends in decoded text.
pub(crate) fn lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

fn malformed(line: u64, bytes: &[u8], encoding: &'static Encoding) -> ContentError {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let hint = if encoding == UTF_8 { ", often `windows-1252`" } else { "" };
    ContentError::Malformed { line, bytes: hex.join(" "), encoding: encoding.name(), hint }
}
