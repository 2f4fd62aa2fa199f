//! Requests as clients sign them, made into requests without a signature.
//!
//! Any credentials are good here, and none are: the server listens on the loopback address alone, and whoever can reach it can read the
//! folder of its objects as well. So the signature of a header or of a presigned URL is taken off unread, a presigned URL never expires,
//! and a body in `aws-chunked` form is unpacked without a look at its chunks' signatures. A checksum is verified nevertheless.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};

/// The query parameters that sign a URL: of signature version 4, and of version 2.
const SIGNATURE_PARAMETERS: [&str; 10] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-security-token",
    "awsaccesskeyid",
    "signature",
    "expires",
];

/// A line of an `aws-chunked` body is a length, a signature or a checksum; one that is longer than this is none of them.
const LINE_BYTES: usize = 16 * 1024;

/// The headers that came after the body, there once the body has been read; among them the checksum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trailers(Arc<Mutex<HeaderMap>>);

impl Trailers {
    /// The value of a trailer.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let trailers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trailers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    fn insert(&self, line: &[u8]) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { return };
        let name = HeaderName::from_bytes(line[..colon].trim_ascii());
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
        }
    }
}

/// Takes the signature off a request, and unpacks its body if it is in `aws-chunked` form.
pub(crate) fn strip(request: Request) -> Request {
    let (mut parts, mut body) = request.into_parts();
    parts.headers.remove(header::AUTHORIZATION);
    parts.uri = unsigned_uri(parts.uri);
    let chunked =
        parts.headers.get("x-amz-content-sha256").is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"));
    if chunked {
        let trailers = Trailers::default();
        body = Body::from_stream(unpack(body.into_data_stream(), trailers.clone()));
        parts.extensions.insert(trailers);
        parts.headers.remove(header::CONTENT_LENGTH);
        if let Some(length) = parts.headers.remove("x-amz-decoded-content-length") {
            parts.headers.insert(header::CONTENT_LENGTH, length);
        }
        strip_content_encoding(&mut parts.headers);
    }
    Request::from_parts(parts, body)
}

fn unsigned_uri(uri: Uri) -> Uri {
    let Some(query) = uri.query() else { return uri };
    let signs = |name: &str| SIGNATURE_PARAMETERS.iter().any(|parameter| parameter.eq_ignore_ascii_case(name));
    let kept: Vec<&str> = query.split('&').filter(|pair| !signs(pair.split('=').next().unwrap_or_default())).collect();
    let path_and_query =
        if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) };
    path_and_query.parse().unwrap_or(uri)
}

/// `aws-chunked` says how the body travels, not what the object is; what else is encoded stays.
fn strip_content_encoding(headers: &mut HeaderMap) {
    let Some(encoding) = headers.remove(header::CONTENT_ENCODING) else { return };
    let kept =
        encoding.to_str().unwrap_or_default().split(',').map(str::trim).filter(|coding| *coding != "aws-chunked");
    let kept = kept.collect::<Vec<_>>().join(", ");
    if let (false, Ok(value)) = (kept.is_empty(), HeaderValue::from_str(&kept)) {
        headers.insert(header::CONTENT_ENCODING, value);
    }
}

/// The bytes inside an `aws-chunked` body: `<length in hex>[;chunk-signature=...]\r\n<bytes>\r\n` repeated, a length of 0, trailers.
fn unpack(body: BodyDataStream, trailers: Trailers) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let unpacker = Unpacker { body, buffer: BytesMut::new(), expected: Expected::Length, trailers };
    stream::try_unfold(
        unpacker,
        |mut unpacker| async move { Ok(unpacker.next().await?.map(|bytes| (bytes, unpacker))) },
    )
}

struct Unpacker {
    body: BodyDataStream,
    buffer: BytesMut,
    expected: Expected,
    trailers: Trailers,
}

/// What comes next in an `aws-chunked` body.
enum Expected {
    Length,
    Bytes(usize),
    EndOfChunk,
    Trailers,
}

impl Unpacker {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match self.expected {
                Expected::Length => {
                    let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
                    self.expected = match chunk_length(&line)? {
                        0 => Expected::Trailers,
                        length => Expected::Bytes(length),
                    };
                }
                Expected::Bytes(0) => self.expected = Expected::EndOfChunk,
                Expected::Bytes(length) => {
                    if self.buffer.is_empty() && !self.fill().await? {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    let bytes = self.buffer.split_to(length.min(self.buffer.len())).freeze();
                    self.expected = Expected::Bytes(length - bytes.len());
                    return Ok(Some(bytes));
                }
                Expected::EndOfChunk => match self.line().await? {
                    Some(line) if line.is_empty() => self.expected = Expected::Length,
                    _ => return Err(malformed("a chunk is longer than its length")),
                },
                Expected::Trailers => match self.line().await? {
                    Some(line) if !line.is_empty() => self.trailers.insert(&line),
                    _ => return Ok(None),
                },
            }
        }
    }

    /// The next line without its end, or none at the end of the body.
    async fn line(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.split_to(end).freeze();
                self.buffer.advance(2);
                return Ok(Some(line));
            }
            if self.buffer.len() > LINE_BYTES {
                return Err(malformed("a chunk header has no end"));
            }
            if !self.fill().await? {
                let rest = self.buffer.split().freeze();
                return Ok((!rest.is_empty()).then_some(rest));
            }
        }
    }

    async fn fill(&mut self) -> io::Result<bool> {
        match self.body.next().await {
            None => Ok(false),
            Some(bytes) => {
                self.buffer.extend_from_slice(&bytes.map_err(io::Error::other)?);
                Ok(true)
            }
        }
    }
}

fn chunk_length(line: &[u8]) -> io::Result<usize> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
    let digits = std::str::from_utf8(digits).unwrap_or_default().trim();
    usize::from_str_radix(digits, 16).map_err(|_| malformed("a chunk's length is not a hexadecimal number"))
}

fn malformed(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed aws-chunked body: {reason}"))
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    async fn unpacked(body: &'static str, piece: usize) -> Result<(String, Option<String>), String> {
        let pieces: Vec<io::Result<&'static [u8]>> = body.as_bytes().chunks(piece).map(Ok).collect();
        let trailers = Trailers::default();
        let stream = unpack(Body::from_stream(stream::iter(pieces)).into_data_stream(), trailers.clone());
        let bytes: Vec<Bytes> = stream.try_collect().await.map_err(|error| error.to_string())?;
        Ok((String::from_utf8(bytes.concat()).unwrap(), trailers.get("x-amz-checksum-crc32")))
    }

    #[tokio::test]
    async fn chunked_bodies_are_unpacked_however_they_are_cut() {
        let body = "5;chunk-signature=ab\r\nhello\r\nC\r\n, \r\nworld \r\n\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(unpacked(body, piece).await, Ok(("hello, \r\nworld \r\n".into(), Some("AAAA".into()))));
        }
        assert_eq!(unpacked("0\r\n\r\n", 2).await, Ok((String::new(), None)));
    }

    #[tokio::test]
    async fn chunked_bodies_that_are_cut_short_or_wrong_are_refused() {
        for body in ["5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "x\r\n", "3\r\nhello\r\n0\r\n\r\n", ""] {
            assert!(unpacked(body, 4).await.is_err(), "{body}");
        }
    }

    #[test]
    fn signatures_leave_the_url() {
        let check = |uri: &str, expected: &str| assert_eq!(unsigned_uri(uri.parse().unwrap()).to_string(), expected);
        check("/b/a%2Bb?versionId=1&X-Amz-Signature=x&X-Amz-Date=y", "/b/a%2Bb?versionId=1");
        check("/b/k?AWSAccessKeyId=x&Signature=y&Expires=1", "/b/k");
        check("/b?list-type=2&prefix=signature", "/b?list-type=2&prefix=signature");
        check("/b?versioning", "/b?versioning");
    }
}
