use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{FieldRef, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::*;

/// A log as read: each row as `column=value ...` without its NULLs and its line, each rejected line with its reason.
fn read(log: &[u8], options: Options) -> (Vec<String>, Vec<String>, Counts) {
    let rejected = Mutex::new(Vec::new());
    let sink: Sink<'_> = Box::new(|line| {
        let text =
            format!("{}@{}+{} {}: {}", line.line, line.offset, line.length, line.reason, line.raw.escape_ascii());
        rejected.lock().unwrap().push(text);
        Ok(())
    });
    let mut batches = CombinedLog::new(log, options, sink);
    let schema = batches.schema();
    let mut rows = Vec::new();
    for batch in batches.by_ref() {
        let batch = batch.unwrap();
        assert_eq!(batch.schema(), schema);
        for row in 0..batch.num_rows() {
            let value = |(column, field): (&ArrayRef, &FieldRef)| {
                let column = match column.as_primitive_opt::<TimestampMicrosecondType>() {
                    // Arrow knows names of zones only with a table of all of them.
                    Some(time) => &(Arc::new(time.clone().with_timezone("+00:00")) as ArrayRef),
                    None => column,
                };
                let shown = ArrayFormatter::try_new(column, &FormatOptions::default()).unwrap().value(row).to_string();
                (column.is_valid(row) && field.name() != "line").then(|| format!("{}={shown}", field.name()))
            };
            let values: Vec<_> = batch.columns().iter().zip(schema.fields()).filter_map(value).collect();
            rows.push(values.join(" "));
        }
    }
    let counts = batches.counts();
    drop(batches);
    assert_eq!(counts.rows + counts.rejected + counts.blank, counts.lines);
    assert_eq!(counts.rows, rows.len() as u64);
    (rows, rejected.into_inner().unwrap(), counts)
}

/// One line as read.
fn check(line: &[u8], expected: &str) {
    let (rows, rejected, _) = read(line, Options::default());
    let found = rows.into_iter().chain(rejected).collect::<Vec<_>>().join("\n");
    assert_eq!(found, expected, "{}", line.escape_ascii());
}

const START: &str = "203.0.113.9 - - [10/Oct/2000:13:55:36 -0700]";
const CLIENT: &str = "host=203.0.113.9 time=2000-10-10T20:55:36Z";

#[test]
fn both_formats_are_read() {
    check(
        br#"127.0.0.1 id frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?b=c?d HTTP/1.0" 200 2326 "http://x.test/" "Mozilla/4.08 [en] (Win98)""#,
        "host=127.0.0.1 identity=id user=frank time=2000-10-10T20:55:36Z method=GET path=/a.gif query=b=c?d protocol=HTTP/1.0 status=200 \
         bytes=2326 referrer=http://x.test/ user_agent=Mozilla/4.08 [en] (Win98)",
    );
    check(
        br#"2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 304 -"#,
        "host=2001:db8::1 time=2000-10-10T13:55:36Z method=GET path=/ protocol=HTTP/1.0 status=304",
    );
    check(
        br#"crawl-1.x.test - - [10/Oct/2000:13:55:36 +0000] "POST /p HTTP/2.0" 201 0 "-" "-" "203.0.113.9" 0.004"#,
        "host=crawl-1.x.test time=2000-10-10T13:55:36Z method=POST path=/p protocol=HTTP/2.0 status=201 bytes=0 \
         extra=\"203.0.113.9\" 0.004",
    );
}

#[test]
fn users_may_have_blanks_quotes_and_brackets() {
    let check = |head: &str, expected: &str| {
        let line = format!(r#"{head} [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1"#);
        let rest = "time=2000-10-10T13:55:36Z method=GET path=/ protocol=HTTP/1.0 status=200 bytes=1";
        super::tests::check(line.as_bytes(), &format!("{expected} {rest}"));
    };
    check("h - john smith", "host=h user=john smith");
    check(r#"h - """#, "host=h user=");
    check(r#"h - "john smith""#, r#"host=h user="john smith""#);
    check(r#"h - a\"b"#, r#"host=h user=a"b"#);
    check("h - a[b] [c", "host=h user=a[b] [c");
    check("h - x [01/Jan/1970:00:00:00 +0000]", "host=h user=x [01/Jan/1970:00:00:00 +0000]");
    check("h frank", "host=h user=frank");
    check("h", "host=h");
    check("203.0.113.9, 10.0.0.1 - frank", "host=203.0.113.9, 10.0.0.1 user=frank");
    check("- - -", "host=-");
}

#[test]
fn requests_that_are_none_are_kept() {
    let check = |request: &[u8], expected: &str| {
        let line = [START.as_bytes(), b" \"", request, b"\" 400 0 \"-\" \"-\""].concat();
        super::tests::check(&line, &format!("{CLIENT} {}", expected.replace("...", "status=400 bytes=0")));
    };
    check(b"-", "... request=-");
    check(b"", "... request=");
    check(br"\x16\x03\x01\x02", r"... request=\x16\x03\x01\x02");
    check(b"\x16\x03\x01\xff", r"... request=\x16\x03\x01\xff");
    check(b"GET", "... request=GET");
    check(b"GET  HTTP/1.1", "... request=GET  HTTP/1.1");
    check(b"SSH-2.0-Go x", "... request=SSH-2.0-Go x");
    check(b"GET /old", "method=GET path=/old ...");
    check(b"GET /a b c?d e HTTP/1.1", "method=GET path=/a b c query=d e protocol=HTTP/1.1 ...");
    check(b"CONNECT x.test:443 HTTP/1.1", "method=CONNECT path=x.test:443 protocol=HTTP/1.1 ...");
    check(b"OPTIONS * HTTP/1.1", "method=OPTIONS path=* protocol=HTTP/1.1 ...");
    check(b"GET /? HTTP/1.1", "method=GET path=/ query= protocol=HTTP/1.1 ...");
    check(br#"GET /\"a\" HTTP/1.1"#, r#"method=GET path=/"a" protocol=HTTP/1.1 ..."#);
    check(br#"GET /"a" 7 HTTP/1.1"#, r#"method=GET path=/"a" 7 protocol=HTTP/1.1 ..."#);
    check(br"GET /\xd0\x9f HTTP/1.1", "method=GET path=/П protocol=HTTP/1.1 ...");
    check(br"GET /\\ HTTP/1.1", r"method=GET path=/\\ protocol=HTTP/1.1 ...");
}

#[test]
fn what_is_missing_is_null() {
    let check = |rest: &str, expected: &str| {
        let line = format!("{START} \"GET / HTTP/1.0\"{rest}");
        let expected = format!("{CLIENT} method=GET path=/ protocol=HTTP/1.0 {expected}");
        super::tests::check(line.as_bytes(), expected.trim_end());
    };
    check("", "");
    check(" 200", "status=200");
    check(" - -", "");
    check(" 000 1", "status=0 bytes=1");
    check(r#" "-" "ua""#, "user_agent=ua");
    check(r#" 200 1 "ref""#, "status=200 bytes=1 referrer=ref");
    check(r#" 200 1 "" """#, "status=200 bytes=1 referrer= user_agent=");
    check(" 200 1 0.25", "status=200 bytes=1 extra=0.25");
    check(r#" 200 1 "-" "a\"b\\""#, r#"status=200 bytes=1 user_agent=a"b\\"#);
    check(r#" 200 1 "-" "ends in \""#, r"status=200 bytes=1 user_agent=ends in \");
    check(r#" 200 1 "say "hi" to" "ua""#, r#"status=200 bytes=1 referrer=say "hi" to user_agent=ua"#);
}

#[test]
fn lines_that_cannot_be_read_are_given_away() {
    let check = |line: &str, reason: &str| {
        super::tests::check(line.as_bytes(), &format!("1@0+{} {reason}: {}", line.len(), line.escape_default()));
    };
    let no_time = "expected [day/Month/year:hour:minute:second zone] before a quoted request";
    check("#Fields: date time", no_time);
    check(r#"h - - [10/Oct/2000:13:55:36] "GET / HTTP/1.0" 200 1"#, no_time);
    check("h - - [10/Oct/2000:13:55:36 +0000] GET / 200 1", no_time);
    check("h - - [10/Oct/2000:13:55:36 +0000] ", no_time);
    check(r#"[10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1"#, "expected a host at the beginning");
    check(&format!("{START} \"GET /"), "the request has no closing quote");
    check(&format!("{START} \"GET / HTTP/1.0\" OK 1"), "expected a status of up to three digits");
    check(&format!("{START} \"GET / HTTP/1.0\" 2000 1"), "expected a status of up to three digits");
    check(&format!("{START} \"GET / HTTP/1.0\" 200 1k"), "expected a number of bytes, or `-`");
    check(&format!("{START} \"GET / HTTP/1.0\" 200 99999999999999999999"), "expected a number of bytes, or `-`");
    check(&format!("{START} \"GET / HTTP/1.0\" 200 1 \"ref"), "the referrer has no closing quote");
    check(&format!("{START} \"GET / HTTP/1.0\" 200 1 \"-\" \"Moz"), "the user agent has no closing quote");
}

#[test]
fn lines_are_counted_and_located() {
    let row = r#"h - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1"#;
    let log = format!("\u{feff}{row}\r\n\r\n  \nbad\r\n{row} {}\n{row}", "x".repeat(200));
    let options = Options { line_bytes_max: 100, batch_rows: 1, ..Options::default() };
    let (rows, rejected, counts) = read(log.as_bytes(), options);
    assert_eq!(counts, Counts { lines: 6, rows: 2, rejected: 2, blank: 2 });
    assert_eq!(rows.len(), 2);
    assert!(rejected[0].starts_with("4@67+3 "), "{rejected:?}");
    assert!(rejected[1].starts_with("5@72+258 the line is longer"), "{rejected:?}");
    assert!(rejected[1].ends_with("xxx"), "{rejected:?}");
}

#[test]
fn the_raw_line_is_kept_when_it_is_asked_for() {
    let line = [START.as_bytes(), b" \"GET /\xff HTTP/1.0\" 200 1 \"\\x22\""].concat();
    let mut batches = CombinedLog::new(&line[..], Options { raw: true, ..Options::default() }, Box::new(|_| Ok(())));
    let batch = batches.next().unwrap().unwrap();
    let raw = batch.column_by_name("raw").unwrap().as_any().downcast_ref::<StringArray>().unwrap();
    assert_eq!(raw.value(0), format!(r#"{START} "GET /\xff HTTP/1.0" 200 1 "\x22""#));
}

#[test]
fn batches_are_bounded_by_rows_and_by_bytes() {
    let row = format!("{START} \"GET / HTTP/1.0\" 200 1\n");
    let sizes = |options: Options| {
        let log = row.repeat(10);
        let batches = CombinedLog::new(log.as_bytes(), options, Box::new(|_| Ok(())));
        batches.map(|batch| batch.unwrap().num_rows()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(Options::default()), [10]);
    assert_eq!(sizes(Options { batch_rows: 4, ..Options::default() }), [4, 4, 2]);
    assert_eq!(sizes(Options { batch_bytes: 3 * row.len() - 1, ..Options::default() }), [3, 3, 3, 1]);
}

#[test]
fn a_batch_of_rejected_lines_is_no_end() {
    let log = format!("{}{START} \"GET / HTTP/1.0\" 200 1\n", "bad line\n".repeat(100));
    let (rows, rejected, _) = read(log.as_bytes(), Options { batch_bytes: 50, ..Options::default() });
    assert_eq!((rows.len(), rejected.len()), (1, 100));
}

#[test]
fn failures_end_the_rows() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("reset"))
        }
    }
    let failure = |batches: &mut dyn Batches| {
        let error = batches.next().unwrap().unwrap_err().to_string();
        assert!(batches.next().is_none());
        error
    };
    let mut broken = CombinedLog::new(Broken, Options::default(), Box::new(|_| Ok(())));
    assert_eq!(failure(&mut broken), "the log cannot be read after byte 0, in line 1");
    let sink: Sink<'_> = Box::new(|_| Err(io::Error::other("full")));
    let mut full = CombinedLog::new(&b"\nbad"[..], Options::default(), sink);
    assert_eq!(failure(&mut full), "line 2 cannot be read, and it could not be written to the rejected lines");
}
