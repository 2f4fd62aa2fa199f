use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 128 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line without its end.
#[derive(Debug)]
pub(super) struct RawLine<'a> {
    pub(super) bytes: &'a [u8],
    /// Where it begins.
    pub(super) offset: u64,
    /// How many bytes the whole of it has.
    pub(super) length: u64,
}

impl RawLine<'_> {
    /// Whether there is more of it than could be held.
    pub(super) fn is_cut(&self) -> bool {
        self.bytes.len() as u64 != self.length
    }
}

/// Lines of bounded length; longer ones are skipped, and their beginning is retained.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    bytes_max: usize,
    offset: u64,
    has_ended: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R, bytes_max: usize) -> Self {
        let input = BufReader::with_capacity(BUFFER_BYTES, input);
        Self { input, line: Vec::new(), bytes_max, offset: 0, has_ended: false }
    }

    /// Where the next line begins.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(super) fn next(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.line.clear();
        let start = self.offset;
        let mut length = 0;
        let mut last = None;
        let is_ended = loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                self.has_ended = true;
                break false;
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            // One byte more than a line may have: it may be the carriage return before the line's end.
            let room = (self.bytes_max + 1 + BYTE_ORDER_MARK.len()).saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            length += part.len() as u64;
            last = part.last().copied().or(last);
            let taken = part.len() + usize::from(end.is_some());
            self.input.consume(taken);
            self.offset += taken as u64;
            if end.is_some() {
                break true;
            }
        };
        if length == 0 && !is_ended {
            return Ok(None);
        }
        let is_crlf = last == Some(b'\r');
        let mark = if start == 0 && self.line.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let length = length - u64::from(is_crlf) - mark as u64;
        let retained = usize::try_from(length).unwrap_or(usize::MAX).min(self.bytes_max);
        Ok(Some(RawLine { bytes: &self.line[mark..mark + retained], offset: start + mark as u64, length }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text, of which at most four bytes are retained: offset, length, bytes.
    fn lines(text: &str) -> Vec<String> {
        let mut lines = Lines::new(text.as_bytes(), 4);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(format!("{}+{} {}", line.offset, line.length, line.bytes.escape_ascii()));
        }
        assert_eq!(lines.offset(), text.len() as u64);
        found
    }

    #[test]
    fn lines_end_with_lf_or_crlf_or_the_file() {
        let check = |text: &str, expected: &[&str]| assert_eq!(lines(text), expected, "{text:?}");
        check("", &[]);
        check("\n", &["0+0 "]);
        check("ab", &["0+2 ab"]);
        check("ab\ncd\n", &["0+2 ab", "3+2 cd"]);
        check("ab\r\n\r\ncd\r", &["0+2 ab", "4+0 ", "6+2 cd"]);
        check("abcd\r\nabcde\r\nx", &["0+4 abcd", "6+5 abcd", "13+1 x"]);
        check("\u{feff}abcd\r\n\u{feff}\n", &["3+4 abcd", "9+3 \\xef\\xbb\\xbf"]);
        check("\u{feff}", &["3+0 "]);
    }

    #[test]
    fn what_does_not_fit_the_buffer_is_one_line() {
        let text = format!("{}\r\nb", "a".repeat(2 * BUFFER_BYTES - 1));
        assert_eq!(lines(&text), ["0+262143 aaaa", "262145+1 b"]);
    }
}
