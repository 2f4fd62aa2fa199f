//! Sources of every form, whole and broken.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::{self, Read, Write};

use event_parquet::{Error, Limits, Source, convert};
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Kept, Trickle, layout, limits, run, run_with, source};

fn event(number: usize) -> String {
    format!(r#"{{"messageId":"m{number}","type":"page","n":{number},"timestamp":"2026-01-02T00:00:00.{number:03}Z"}}"#)
}

fn events(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| event(number) + "\n").collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The messages of an error and its sources.
fn messages(error: &dyn std::error::Error) -> String {
    error.source().map_or(error.to_string(), |source| format!("{error}: {}", messages(source)))
}

#[test]
fn every_compression_and_form_gives_the_same_file() {
    let text = events(0..100);
    let (report, plain) = run(text.as_bytes());
    assert_eq!((report.lines, report.bytes, report.total_rows()), (100, text.len() as u64, 100));
    assert_eq!(plain.names(), ["other_page/2026-01-02/0 100"]);
    let same = |bytes: &[u8]| {
        let (_, kept) = run(bytes);
        assert_eq!(kept.rejected, Vec::<serde_json::Value>::new());
        assert_eq!(kept.names(), plain.names());
        assert_eq!(kept.files[0].bytes, plain.files[0].bytes);
    };
    same(&gzip(&text));
    same(&[gzip(&events(0..50)), gzip(&events(50..60)), gzip(""), gzip(&events(60..100))].concat());
    same(&zstd::encode_all(text.as_bytes(), 1).unwrap());
    same(
        &[
            zstd::encode_all(&text.as_bytes()[..3000], 1).unwrap(),
            zstd::encode_all(&text.as_bytes()[3000..], 19).unwrap(),
        ]
        .concat(),
    );
    same(text.trim_end().as_bytes());
    same(text.replace('\n', "").as_bytes());
    same(text.replace('\n', " \r\n\r\n").as_bytes());
    same(("\u{feff}".to_owned() + &text).as_bytes());
    for size in [1, 7, 1000] {
        let (_, kept) = run(Trickle(&gzip(&text), size));
        assert_eq!(kept.files[0].bytes, plain.files[0].bytes);
    }
    let (report, kept) = run(&b""[..]);
    assert_eq!((report, kept.files.len()), (event_parquet::Report::default(), 0));
}

#[test]
fn the_same_source_gives_the_same_files_and_another_number_of_bytes_at_once_changes_nothing() {
    let tight = Limits {
        buffer_bytes: 20_000,
        disk_bytes: 30_000,
        file_bytes: 12_000,
        row_groups: 20,
        outputs: 3,
        ids: 50,
        ..limits()
    };
    let day = |number: usize| {
        event(number % 600)
            .replace("-02T", &format!("-0{}T", 1 + number * 7 % 5))
            .replace("\"m", &format!("\"{number}m"))
            .replace(&format!("\"{number}messageId"), "\"messageId")
    };
    let text: String = (0..1500).map(|number| day(number) + if number % 3 == 0 { "" } else { "\n" }).collect();
    let (report, first) = run_with(text.as_bytes(), &source(None), &tight);
    assert_eq!((report.total_rows(), report.duplicates, report.rejected), (1500, 0, 0));
    assert!(first.files.len() > 10, "{:?}", first.names());
    let all = |kept: &Kept| -> Vec<(String, Vec<u8>)> {
        kept.names().into_iter().zip(kept.files.iter().map(|file| file.bytes.clone())).collect()
    };
    let (again, second) = run_with(Trickle(text.as_bytes(), 777), &source(None), &tight);
    assert_eq!(again, report);
    assert!(all(&first) == all(&second));
    let mut names = first.names();
    names.sort();
    names.dedup_by_key(|name| name.split(' ').next().unwrap_or_default().to_owned());
    assert_eq!(names.len(), first.files.len(), "no two files have one name");
    let mut found: Vec<String> = first.rows().iter().map(|row| row["message_id"].to_string()).collect();
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 1500);
}

#[test]
fn rows_of_a_row_group_are_in_the_order_of_their_time() {
    let lines: Vec<String> = (0..300).rev().map(event).chain([event(7).replace("m7", "late")]).collect();
    let (_, kept) = run(lines.join("\n").as_bytes());
    let times: Vec<i64> = kept.rows().iter().map(|row| row["timestamp"].as_i64().unwrap()).collect();
    assert!(times.is_sorted());
    assert_eq!(kept.rows()[8]["message_id"], "late", "equal times stay in the order of their arrival");
}

#[test]
fn every_event_comes_to_its_table_and_day() {
    let text = [
        r#"{"type":"track","event":"Post Created","timestamp":"2026-01-02T23:00:00Z"}"#,
        r#"{"type":"track","event":"Post \u0043reated","timestamp":"2026-01-03T00:00:00-02:00"}"#,
        r#"{"type":"identify","timestamp":"2026-01-02T23:00:00Z","receivedAt":"2026-01-03T00:00:00Z"}"#,
        r#"{"type":"identify","timestamp":"2001-01-02T23:00:00Z","receivedAt":"2026-01-04T00:00:00Z"}"#,
        r#"{"type":"identify","timestamp":"2026-02-02T23:00:00Z","receivedAt":"2026-01-04T00:00:00Z"}"#,
        r#"{"type":"identify","timestamp":"2026-01-05T01:00:00Z","receivedAt":"2026-01-04T12:00:00Z"}"#,
        r#"{"type":"identify","timestamp":"2026-01-05T13:00:00Z","receivedAt":"2026-01-04T12:00:00Z"}"#,
        r#"{"type":"page","receivedAt":"2026-01-04T00:00:00Z"}"#,
        r#"{"type":"page","type":"screen","timestamp":"2026-01-04T00:00:00Z"}"#,
    ]
    .join("\n");
    let (report, kept) = run(text.as_bytes());
    assert_eq!(
        serde_json::to_string(&report.rows).unwrap(),
        r#"{"other_page":{"2026-01-04":1},"other_screen":{"2026-01-04":1},"posts":{"2026-01-02":1,"2026-01-03":1},"users":{"2026-01-02":1,"2026-01-04":3,"2026-01-05":1}}"#
    );
    assert_eq!(kept.rejected.len(), 0);
    // `mixed` is a folder, and no table.
    let (mixed, _) = run_with(text.as_bytes(), &source(Some(("mixed", "2026-01-09"))), &limits());
    assert_eq!(mixed, report);
    // A source of one table and day is asked nothing.
    let (placed, _) = run_with(&b"{}{\"a\":1}"[..], &source(Some(("posts", "2026-01-09"))), &limits());
    assert_eq!(serde_json::to_string(&placed.rows).unwrap(), r#"{"posts":{"2026-01-09":2}}"#);
}

#[test]
fn what_cannot_be_read_is_rejected_and_the_rest_goes_on() {
    let check = |bytes: &[u8], rows: u64, expected: &[&str]| {
        let (report, kept) = run(bytes);
        assert_eq!(kept.reasons(), expected, "{}", String::from_utf8_lossy(bytes));
        assert_eq!((report.total_rows(), report.rejected), (rows, expected.len() as u64));
    };
    let good = event(1);
    let line = |text: &str| format!("{}\n{text}\n{good}\n", event(0));
    let broken =
        |text: &str, reason: &str| check(line(text).as_bytes(), 2, &[&format!("2@78+{} {reason}: {text}", text.len())]);
    broken("nonsense", "expected a JSON object");
    broken("[1]", "expected a JSON object");
    broken(r#"{"a":01}"#, "expected JSON");
    broken(r#"{"a":"\x"}"#, "expected JSON");
    broken(r#"{"a":"\u12g4"}"#, "expected JSON");
    broken("{\"a\":\"\t\"}", "expected JSON");
    broken(r#"{"a":1,}"#, "expected JSON");
    broken(r#"{"a":1"#, "it ends in the middle of an object");
    broken(r#"{"type":"page"}"#, "the event has no time");
    broken(r#"{"type":" ","timestamp":1}"#, "the event has no type");
    broken(r#"{"timestamp":"2026-01-02"}"#, "the event has no type");
    check(b"{\"type\":\"\xff\"}", 0, &["1@0+12 it is not UTF-8: {\"type\":\"\u{fffd}\"}"]);
    let deep = format!(r#"{{"type":"page","timestamp":"2026-01-02","a":{}1{}}}"#, "[".repeat(126), "]".repeat(126));
    check(deep.as_bytes(), 1, &[]);
    let deeper = deep.replace("[1]", "[[1]]");
    check(deeper.as_bytes(), 0, &[r#"1@0+300 it has more than 127 levels: {"type":"page","timestamp":"2026-01-02","#]);
    let deepest = vec![b'['; 3 << 20];
    check(
        &[br#"{"a":"#, deepest.as_slice()].concat(),
        0,
        &[r#"1@0+3145733 it has more than 127 levels: {"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["#],
    );
    // Objects in front of one that cannot be read are rows, and so are those of the next line.
    let text = format!("{good}{}{{]{}\n{}", event(2), event(3), event(4));
    check(text.as_bytes(), 3, &[r#"1@154+79 expected JSON: {]{"messageId":"m3","type":"page","n":3,"#]);
}

#[test]
fn long_lines_are_read_object_by_object_and_long_objects_rejected() {
    let small = Limits { record_bytes: 1 << 20, ..limits() };
    let run = |text: &str| run_with(text.as_bytes(), &source(None), &small);
    let filled =
        |number: usize, size: usize| event(number).replace("\"n\"", &format!("\"f\":\"{}\",\"n\"", "x".repeat(size)));
    // Several megabytes without a newline.
    let line: String = (0..4000).map(|number| filled(number, 900)).collect();
    let (report, kept) = run(&line);
    assert_eq!((report.total_rows(), report.lines, kept.rejected.len()), (4000, 1, 0));
    let large = format!("{}\n{}{}\n{}", event(0), event(1), filled(2, 1_000_000), event(3));
    assert_eq!(run(&large).0.total_rows(), 4);
    for tail in ["\n", "", "  \n\n"] {
        let long = format!(
            "{}\n{}{}{tail}{}",
            event(0),
            event(1),
            filled(2, 2_000_000),
            if tail.is_empty() { String::new() } else { event(3) }
        );
        let (report, kept) = run(&long);
        assert_eq!(report.total_rows(), if tail.is_empty() { 2 } else { 3 });
        let rejected = format!(
            "2@155+{} it has more than 1048576 bytes: {{\"messageId\":\"m2\",\"type\":\"page\",\"f\":\"",
            2_000_084 + if tail.starts_with(' ') { 2 } else { 0 }
        );
        assert_eq!(kept.reasons(), [rejected + "xxx"]);
    }
}

#[test]
fn an_id_counts_once() {
    let text = [
        event(1),
        event(1),
        event(2).replace("m2", r"\u006d1"),
        event(3).replace("\"m3\"", "3"),
        event(4).replace("m4", "3"),
        event(5).replace("m5", ""),
        event(6).replace("m6", ""),
        event(7).replace("\"m7\"", "null"),
        event(8).replace("\"m8\"", "null"),
    ];
    for ids in [1, 2, 1000] {
        let (report, kept) = run_with(text.join("\n").as_bytes(), &source(None), &Limits { ids, ..limits() });
        assert_eq!((report.total_rows(), report.duplicates), (6, 3));
        assert_eq!(kept.rows()[0]["attributes"], r#"{"n":1}"#, "the first one stays");
    }
}

#[test]
fn a_stream_that_breaks_off_is_reported_and_what_came_before_is_kept() {
    let text = events(0..900);
    let whole = gzip(&text);
    let check = |bytes: &[u8], reason: &str| {
        let (report, kept) = run(bytes);
        assert_eq!(report.broken.as_deref(), Some(reason));
        assert_eq!(kept.rejected.last().unwrap()["reason"], reason);
        assert_eq!(report.rejected, kept.rejected.len() as u64);
        assert_eq!(kept.rejected.last().unwrap()["offset"], report.bytes);
        report.total_rows()
    };
    let rows = check(&whole[..whole.len() / 2], "the gzip stream breaks off: incomplete deflate stream");
    assert!((1..900).contains(&rows), "{rows}");
    assert_eq!(check(&whole[..whole.len() - 4], "the gzip stream breaks off: unexpected end of file"), 900);
    assert_eq!(
        check(&[&whole[..], b"garbage behind it"].concat(), "the gzip stream breaks off: invalid gzip header"),
        900
    );
    let compressed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    check(&compressed[..compressed.len() / 2], "the zstd stream breaks off: incomplete frame");
}

#[test]
fn a_source_that_fails_is_an_error() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line is dead"))
        }
    }
    for bytes in [b"".to_vec(), events(0..9).into_bytes(), gzip(&events(0..9))[..100].to_vec()] {
        let mut kept = Kept::default();
        let error = convert(bytes.as_slice().chain(Fails), &source(None), &layout(), &limits(), &mut kept).unwrap_err();
        assert!(matches!(error, Error::Read(_)));
        assert_eq!(messages(&error), "the source could not be read: the line is dead");
    }
    let nowhere = Limits { folder: "/nowhere".into(), ..limits() };
    let plain = Source { name: "a".to_owned(), version: None, place: None };
    let error = convert(event(1).as_bytes(), &plain, &layout(), &nowhere, &mut Kept::default()).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
}
