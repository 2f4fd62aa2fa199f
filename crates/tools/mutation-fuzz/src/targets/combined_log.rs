use std::cell::Cell;
use std::io::{self, Read};
use std::sync::Mutex;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use readers::combined_log::{CombinedLog, Counts, Options, Sink};

use super::{Target, hash};

/// Web servers' logs.
pub(super) struct Logs {
    rows: Cell<u64>,
    rejected: Cell<u64>,
}

impl Logs {
    pub(super) fn new() -> Self {
        Self { rows: Cell::new(0), rejected: Cell::new(0) }
    }
}

const LINES: &[&[u8]] = &[
    br#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#,
    br#"2001:db8::7 - - [29/Feb/2016:23:59:59 +0530] "POST /login?next=%2F&x=1 HTTP/2.0" 302 0 "-" "Mozilla/5.0 (Linux; Android 10; SM-G960F)""#,
    br#"crawl-66-249-66-1.example.com - - [01/Jan/1970:00:00:00 +0000] "HEAD /robots.txt HTTP/1.1" 404 -"#,
    br#"203.0.113.9 - john smith [10/Oct/2000:13:55:36.250 +0000] "GET /a b\"c\" HTTP/1.1" 400 226 "say \"hi\"" "a\\b\x22\xd0\x9f""#,
    br#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "\x16\x03\x01\x02\x00" 400 150 "-" "-""#,
    br#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "-" 408 - "-" "-""#,
    br#"203.0.113.9, 10.0.0.1 - "" [2015-03-01T12:00:00+01:00] "GET / HTTP/1.1" 200 5 "-" "curl/8" "198.51.100.7" 0.004 [x]"#,
    b"203.0.113.9 - gr\xfcn [10/Oct/2000:13:55:36 +0000] \"GET /\xff HTTP/1.1\" 200 5 \"\" \"\xf0\x9f\x98\x80\"",
    b"#Fields: date time c-ip", b"", b"   ",
];

impl Target for Logs {
    fn name(&self) -> &'static str {
        "combined-log"
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        let mut logs: Vec<_> = LINES.iter().map(|line| line.to_vec()).collect();
        logs.push(LINES.join(&b'\n'));
        logs.push([&b"\xef\xbb\xbf"[..], &LINES.join(&b"\r\n"[..]), b"\r\n"].concat());
        logs.push([LINES, LINES, LINES].concat().join(&b"\n\n"[..]));
        logs
    }

    fn dictionary(&self) -> &[&'static [u8]] {
        &[
            b"\n",
            b"\r\n",
            b"\r",
            b" ",
            b"  ",
            b"\"",
            b"\" ",
            b"\\\"",
            b"\\\\",
            b"\\",
            b"\\x",
            b"\\x00",
            b"\\xFF",
            b"\\x5c",
            b"[",
            b"]",
            b" [",
            b"] \"",
            b"-",
            b" - - ",
            b"[10/Oct/2000:13:55:36 +0000]",
            b"[10/Oct/2000:13:55:36 +0000] \"",
            b"[31/Dec/9999:23:59:60 -2359]",
            b"[01/Jan/0000:00:00:00 Z]",
            b"\" 200 ",
            b"\" - -",
            b"GET ",
            b" HTTP/1.1\"",
            b"?",
            b"??",
            b"99999999999999999999",
            b"-1",
            b"+1",
            b"\0",
            b"\xff",
            b"\xc3",
            b"\xef\xbb\xbf",
            b", ",
            b"\xe2\x80\xa8",
            b"\t",
        ]
    }

    fn run(&self, input: &[u8]) -> Result<u64, String> {
        let (whole, counts) = read(input, input)?;
        let (pieces, _) = read(Pieces(input, 1 + input.len() % 61), input)?;
        self.rows.set(self.rows.get() + counts.rows);
        self.rejected.set(self.rejected.get() + counts.rejected);
        if whole == pieces { Ok(hash(&whole)) } else { Err("the size of reads changes what is read".to_owned()) }
    }

    fn tally(&self) -> String {
        format!("{} rows, {} rejected lines", self.rows.get(), self.rejected.get())
    }
}

/// Reads a log: all that comes of it as text.
fn read(log: impl Read, input: &[u8]) -> Result<(Vec<String>, Counts), String> {
    let options = Options { batch_rows: 7, batch_bytes: 4096, line_bytes_max: 2048, raw: true };
    let rejected = Mutex::new(Vec::new());
    let sink: Sink<'_> = Box::new(|line| {
        let start = usize::try_from(line.offset).map_err(io::Error::other)?;
        let length = usize::try_from(line.length).map_err(io::Error::other)?;
        let is_true = input.get(start..start + length).is_some_and(|bytes| bytes.starts_with(line.raw));
        let text = format!("{} {} {} {:?} {is_true}", line.line, line.offset, line.length, line.reason);
        rejected.lock().map_err(|_| io::Error::other("poisoned"))?.push(text);
        Ok(())
    });
    let mut batches = CombinedLog::new(log, options, sink);
    let mut found = Vec::new();
    let mut last = 0;
    for batch in batches.by_ref() {
        let batch = batch.map_err(|error| format!("an error: {error}"))?;
        if batch.num_rows() > 7 {
            return Err(format!("a batch is too large: {} rows", batch.num_rows()));
        }
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| format!("no column: {name}"));
        for &line in column("line")?.as_primitive::<Int64Type>().values() {
            if line <= last {
                return Err(format!("lines are out of order: {line} after {last}"));
            }
            last = line;
        }
        let (request, method) = (column("request")?, column("method")?);
        if (0..batch.num_rows()).any(|row| request.is_null(row) == method.is_null(row)) {
            return Err("a request is neither whole nor raw, or both".to_owned());
        }
        found.push(format!("{:?}", batch.columns()));
    }
    let counts = batches.counts();
    drop(batches);
    let rejected = rejected.into_inner().map_err(|_| "poisoned".to_owned())?;
    let ends = input.iter().filter(|byte| **byte == b'\n').count();
    let lines = ends + usize::from(input.last().is_some_and(|last| *last != b'\n'));
    if counts.lines != lines as u64
        || counts.rows + counts.rejected + counts.blank != counts.lines
        || rejected.len() as u64 != counts.rejected
    {
        return Err(format!("lines are lost: {lines} lines, {counts:?}"));
    }
    if let Some(other) = rejected.iter().find(|line| line.ends_with("false")) {
        return Err(format!("a rejected line is another: {other}"));
    }
    found.extend(rejected);
    Ok((found, counts))
}

/// Gives a few bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len());
        self.0.read(&mut buffer[..count])
    }
}
