//! The body of a request as text: out of base64, decompressed, and never larger than it may be.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::bufread::MultiGzDecoder;

use crate::incoming::Incoming;
use crate::refusal::Refusal;

/// Clients differ in how they pad.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How gzip begins (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The request's body, of at most `max` bytes, decompressed.
pub(crate) fn text<'a>(incoming: &'a Incoming<'_>, max: usize) -> Result<Cow<'a, str>, Refusal> {
    let is_gzip = match incoming.content_encoding().map(|coding| coding.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(_) => return Err(Refusal::Coding),
    };
    let bytes = bytes(incoming, max)?;
    // What stands between may have decompressed it and left the header. Or it took it for text and left only the first byte whole.
    if is_gzip && bytes.first() == GZIP.first() {
        return String::from_utf8(decompressed(&bytes, max)?).map(Cow::Owned).map_err(|_| Refusal::NotUtf8);
    }
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Refusal::NotUtf8),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Refusal::NotUtf8),
    }
}

fn bytes<'a>(incoming: &'a Incoming<'_>, max: usize) -> Result<Cow<'a, [u8]>, Refusal> {
    let body = incoming.body();
    let bytes = match incoming.is_base64() {
        // A length beyond it is not decoded at all.
        true if body.len() / 4 * 3 > max + 3 => return Err(Refusal::TooLarge { max }),
        true => Cow::Owned(BASE64.decode(body.trim_ascii()).map_err(|_| Refusal::NotBase64)?),
        false => Cow::Borrowed(body.as_bytes()),
    };
    if bytes.len() > max { Err(Refusal::TooLarge { max }) } else { Ok(bytes) }
}

fn decompressed(bytes: &[u8], max: usize) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::with_capacity((bytes.len() * 4).min(max + 1));
    // One byte more than may be: a bomb is not unpacked any further.
    let limit = max as u64 + 1;
    MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut text).map_err(|_| Refusal::NotGzip)?;
    if text.len() > max { Err(Refusal::TooLarge { max }) } else { Ok(text) }
}
