#![allow(clippy::panic, reason = "a test that meets another decision fails")]

use pipeline::SourceFile;
use serde_json::Value;

use super::*;
use crate::privacy::PrivacyKey;

/// Friday, 2026-11-20, 09:00:07 UTC.
const ARRIVAL: &str = "2026-11-20T09:00:07Z";

fn rules() -> Rules {
    let text = r#"
description = "p"
[events]
description = "e"
[events.tables.posts]
description = "t"
type = "track"
event = "Post Created"
[events.tables.users]
description = "t"
type = "identify"
[events.privacy]
drop = ["context.ip", "properties.friends.birthday"]
hash = ["traits.email", "userId", "traits.ids"]
mask = ["traits.phone"]
"#;
    let file = SourceFile { path: "p/pipeline.toml".to_owned(), text: text.to_owned() };
    let project = pipeline::parse(&[file]).unwrap();
    Rules::new(project.events().unwrap(), Some(PrivacyKey::new("k".repeat(32)))).unwrap()
}

fn decide(data: &[u8]) -> Decision {
    transform(&rules(), &Record { origin: "seq-1", data, arrival: time::parse(ARRIVAL) })
}

/// The fate of a record: `table date` and its lines, `dropped`, or the reason.
fn fate(data: &[u8]) -> String {
    match decide(data) {
        Decision::Ok(lines) => format!("{} {}\n{}", lines.table, lines.date, lines.text),
        Decision::Dropped => "dropped".to_owned(),
        Decision::Failed(reason) => crate::messages(&reason),
    }
}

/// `expected`: the place in front, then the lines without the fields that most events get.
fn check(data: &str, expected: &str) {
    assert_eq!(fate(data.as_bytes()).trim_end(), expected, "{data}");
}

/// An event with an id and all times, so that nothing is added but the corrected time.
fn event(fields: &str) -> String {
    format!(
        r#"{{{fields},"messageId":"m","originalTimestamp":"2026-11-20T09:00:00Z","receivedAt":"2026-11-20T09:00:05Z"}}"#
    )
}

const TAIL: &str = r#""messageId":"m","originalTimestamp":"2026-11-20T09:00:00Z","receivedAt":"2026-11-20T09:00:05Z","timestamp":"2026-11-20T09:00:00.000Z"}"#;

fn check_fields(fields: &str, place: &str, expected: &str) {
    check(&event(fields), &format!("{place} 2026-11-20\n{{{expected},{TAIL}"));
}

#[test]
fn every_event_has_its_table() {
    let table = |fields: &str, table: &str| check_fields(fields, table, fields);
    table(r#""type":"track","event":"Post Created""#, "posts");
    table(r#""type":"identify""#, "users");
    table(r#""type":"identify","event":"Post Created""#, "users");
    table(r#""type":"track","event":"post created""#, "other_track_post_created");
    table(r#""type":"track","event":"users""#, "other_track_users");
    table(r#""type":"track""#, "other_track");
    table(r#""type":"track","event":7"#, "other_track");
    table(r#""type":"page","name":"Home""#, "other_page");
    table(r#""type":"Users""#, "other_users");
    // The last of a field that is read counts, and the others are left out.
    check_fields(r#""type":"page","a":1,"a":2,"type":"identify""#, "users", r#""a":1,"a":2,"type":"identify""#);
    check_fields(r#""\u0074ype":"identify""#, "users", r#""type":"identify""#);
}

#[test]
fn attributes_are_kept_to_the_letter() {
    let kept = |value: &str| {
        let fields = format!(r#""type":"page","x":{value}"#);
        check_fields(&fields, "other_page", &fields);
    };
    for value in [
        "12345678901234567890123",
        "1.10",
        "-0",
        "1e3",
        "null",
        r#""\u00e4\/\"""#,
        r#"{ "b" : [ 1 , {} ], "a":"" }"#,
        r#""😀""#,
    ] {
        kept(value);
    }
    check_fields("\"type\":\"page\",\r\n \"x\": [1,\n2]", "other_page", r#""type":"page","x":[1, 2]"#);
    check_fields(
        r#""type":"page","x":"\ud83d!\ud83d\ude00""#,
        "other_page",
        r#""type":"page","x":"\ufffd!\ud83d\ude00""#,
    );
}

#[test]
fn times_are_corrected_and_completed() {
    let added = |fields: &str, expected: &str| {
        check(&format!(r#"{{"type":"page","messageId":"m",{fields}}}"#), &format!("other_page {expected}"));
    };
    // An hour ahead, sent after 10 seconds. The client's `timestamp` becomes its `originalTimestamp`.
    added(
        r#""timestamp":"2026-11-20T10:00:00Z","sentAt":"2026-11-20T10:00:10Z""#,
        "2026-11-20\n{\"type\":\"page\",\"messageId\":\"m\",\"sentAt\":\"2026-11-20T10:00:10Z\",\"originalTimestamp\":\"2026-11-20T10:00:00Z\",\
         \"receivedAt\":\"2026-11-20T09:00:07.000Z\",\"timestamp\":\"2026-11-20T08:59:57.000Z\"}",
    );
    added(
        r#""timestamp":1795165200,"receivedAt":null"#,
        "2026-11-20\n{\"type\":\"page\",\"messageId\":\"m\",\"originalTimestamp\":1795165200,\
         \"receivedAt\":\"2026-11-20T09:00:07.000Z\",\"timestamp\":\"2026-11-20T09:00:00.000Z\"}",
    );
    added(
        r#""timestamp":"2026-11-20T09:00:00Z","receivedAt":"soon""#,
        "2026-11-20\n{\"type\":\"page\",\"messageId\":\"m\",\"originalTimestamp\":\"2026-11-20T09:00:00Z\",\
         \"receivedAt\":\"2026-11-20T09:00:07.000Z\",\"timestamp\":\"2026-11-20T09:00:00.000Z\"}",
    );
    added(
        r#""x":1"#,
        "2026-11-20\n{\"type\":\"page\",\"messageId\":\"m\",\"x\":1,\"originalTimestamp\":\"2026-11-20T09:00:07.000Z\",\
         \"receivedAt\":\"2026-11-20T09:00:07.000Z\",\"timestamp\":\"2026-11-20T09:00:07.000Z\"}",
    );
    added(
        r#""timestamp":"yesterday","sentAt":"2026-11-20T10:00:10Z""#,
        "2026-11-20\n{\"type\":\"page\",\"messageId\":\"m\",\"sentAt\":\"2026-11-20T10:00:10Z\",\"originalTimestamp\":\"yesterday\",\
         \"receivedAt\":\"2026-11-20T09:00:07.000Z\",\"timestamp\":\"2026-11-20T09:00:07.000Z\"}",
    );
}

#[test]
fn the_day_is_the_events_unless_its_clock_is_wrong() {
    let day = |time: &str, expected: &str| {
        let fate = fate(format!(r#"{{"type":"page","timestamp":"{time}"}}"#).as_bytes());
        assert_eq!(fate.lines().next(), Some(format!("other_page {expected}").as_str()), "{time}");
    };
    day("2026-11-19T23:59:59Z", "2026-11-19");
    day("2026-11-20T00:30:00+02:00", "2026-11-19");
    day("2015-2-02T00:30:08.276Z", "2015-02-02");
    day("2026-11-21T08:00:00Z", "2026-11-21");
    day("2026-11-22T08:00:00Z", "2026-11-20");
    day("1970-01-01", "2026-11-20");
    day("never", "2026-11-20");
}

#[test]
fn privacy() {
    let hash = |text: &str| rules().privacy.hash_for_tests(text);
    let (mail, seven, u) = (hash("a@b.c"), hash("7"), hash("u"));
    check_fields(
        r#""type":"identify","traits":{"email":"a@b.c","phone":"+49 170 1234567","name":"A"}"#,
        "users",
        &format!(r#""type":"identify","traits":{{"email":"{mail}","phone":"+** *** ***4567","name":"A"}}"#),
    );
    // Lists on the way, lists and objects at the end, other values than text, names in another case, flat names.
    check_fields(
        r#""type":"page","context":{"IP":"::1","os":1},"properties":{"friends":[{"birthday":"x","n":1},[{"birthday":2}],3]}"#,
        "other_page",
        r#""type":"page","context":{"os":1},"properties":{"friends":[{"n":1},[{}],3]}"#,
    );
    check_fields(
        r#""type":"page","userId":7,"traits":{"ids":[7,{"a":"u","b":null}],"phone":123456,"email":null}"#,
        "other_page",
        &format!(
            r#""type":"page","userId":"{seven}","traits":{{"ids":["{seven}",{{"a":"{u}","b":null}}],"phone":"****56","email":null}}"#
        ),
    );
    check_fields(
        r#""type":"page","context.ip":"::1","traits":{"phone":true}"#,
        "other_page",
        r#""type":"page","traits":{"phone":"*"}"#,
    );
    // The escape hides nothing.
    check_fields(r#""type":"page","context":{"\u0069p":"::1"}"#, "other_page", r#""type":"page","context":{}"#);
}

#[test]
fn records_without_an_event_that_can_be_told() {
    check("", "dropped");
    check(" \r\n\t", "dropped");
    check("\u{feff}", "dropped");
    check("Hello World", "at byte 0 of the record there is no JSON object");
    check("[{\"type\":\"page\"}]", "at byte 0 of the record there is no JSON object");
    check("{\"type\":\"page\"},{\"type\":\"page\"}", "at byte 15 of the record there is no JSON object");
    check("{}", "event 0 of the record has no type");
    check("{\"type\":null}", "event 0 of the record has no type");
    check("{\"type\":\" \"}", "event 0 of the record has no type");
    check("{\"type\":[\"page\"]}", "event 0 of the record has no type");
    check(
        "{\"type\":\"page\"",
        "event 0 of the record is no JSON that can be read: EOF while parsing an object at line 1 column 14",
    );
    check(
        "{\"type\":\"page\"}{",
        "event 1 of the record is no JSON that can be read: EOF while parsing an object at line 1 column 1",
    );
    check(
        "{\"type\":\"page\",\"x\":1e999}",
        "event 0 of the record is no JSON that can be read: number out of range at line 1 column 24",
    );
    let deep = format!("{{\"type\":\"page\",\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
    check(&deep, "event 0 of the record is no JSON that can be read: recursion limit exceeded at line 1 column 146");
    let large = format!("{{\"type\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX));
    check(&large, "the record has 1048587 bytes, and at most 1048576 fit");
    assert_eq!(
        fate(b"{\"type\":\"pa\xffge\"}"),
        "the record is not UTF-8: invalid utf-8 sequence of 1 bytes from index 11"
    );
    let timeless = transform(&rules(), &Record { origin: "", data: b"{\"type\":\"page\"}", arrival: None });
    assert!(matches!(timeless, Decision::Failed(Reason::NoTime { index: 0 })));
}

#[test]
fn several_events_in_one_record_stay_one_record() {
    let post = event(r#""type":"track","event":"Post Created""#);
    let page = event(r#""type":"page""#);
    let earlier = post.replace("2026-11-20T09:00:00Z", "2026-11-01T09:00:00Z");
    let place = |data: String, expected: &str, events: usize| match decide(data.as_bytes()) {
        Decision::Ok(lines) => {
            assert_eq!(
                (format!("{} {}", lines.table, lines.date).as_str(), lines.events),
                (expected, events),
                "{data}"
            );
            assert_eq!(lines.text.lines().count(), events);
        }
        other => panic!("{other:?}"),
    };
    place(format!("{post}{post}"), "posts 2026-11-20", 2);
    place(format!("\u{feff} {post}\r\n{post}\n\n"), "posts 2026-11-20", 2);
    place(format!("{earlier}{earlier}"), "posts 2026-11-01", 2);
    place(format!("{post}{page}"), "mixed 2026-11-20", 2);
    place(format!("{earlier}\n{post}"), "mixed 2026-11-20", 2);
    check(&format!("{post}{{}}{post}"), "event 1 of the record has no type");
}

#[test]
fn an_event_without_an_id_gets_the_same_one_each_time() {
    let id = |origin: &str, data: &str| {
        let decision = transform(&rules(), &Record { origin, data: data.as_bytes(), arrival: time::parse(ARRIVAL) });
        let Decision::Ok(lines) = decision else { panic!("{decision:?}") };
        let ids = lines.text.lines().map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["messageId"].as_str().unwrap_or_default().to_owned()
        });
        ids.collect::<Vec<_>>()
    };
    let first = id("1", r#"{"type":"page"}"#);
    assert_eq!(first, ["landfall-0eeb69ca41e9cde5425ac431f4deec91"]);
    for absent in ["null", "\"\"", "\" \"", "[]", "false"] {
        assert_eq!(id("1", &format!(r#"{{"messageId":{absent},"type":"page"}}"#)), first, "{absent}");
    }
    assert_ne!(id("2", r#"{"type":"page"}"#), first);
    assert_ne!(id("1", r#"{"type":"page","x":1}"#), first);
    // What is removed cannot be guessed from the id.
    assert_eq!(id("1", r#"{"type":"page","context.ip":"::1"}"#), first);
    let twice = id("1", r#"{"type":"page"}{"type":"page"}"#);
    assert_ne!(twice[0], twice[1]);
    assert_eq!(id("1", r#"{"type":"page","messageId":"m"}"#), ["m"]);
}

/// Texts that are nearly events, from a fixed seed: the same in every run.
struct Mutations(u64);

impl Mutations {
    /// xorshift64*
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % below
    }

    fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        #[rustfmt::skip]
        const PIECES: [&str; 16] = [
            "{", "}", "[", "]", "\"", "\\", ",", ":", "\\ud83d", "\n", "null", "1e400", "\"type\":\"track\",", "\u{e9}", "\0", "-",
        ];
        let mut data = seed.to_vec();
        for _ in 0..=self.next(4) {
            let at = self.next(data.len() + 1);
            let end = (at + self.next(8)).min(data.len());
            match self.next(4) {
                0 => _ = data.drain(at..end),
                1 => data.splice(at..at, PIECES[self.next(PIECES.len())].bytes()).for_each(drop),
                2 => data.splice(at..end, [u8::try_from(self.next(256)).unwrap()]).for_each(drop),
                _ => {
                    let copy = data[at..end].to_vec();
                    data.splice(at..at, copy).for_each(drop);
                }
            }
        }
        data
    }
}

#[test]
fn whatever_comes_in_what_goes_out_are_lines_of_json() {
    let seeds = [
        event(r#""type":"track","event":"Post Created","context":{"ip":"::1","x":[1,2.5e3]},"userId":"u""#),
        r#"{"type":"identify","traits":{"email":"a\u00e9@b","phone":"+1 2","ids":[1,{"a":null}]},"timestamp":"2026-2-3T4:5:6Z","sentAt":1795165207}"#.to_owned(),
        "{\"type\":\"page\"}\n{ \"type\" : \"screen\", \"timestamp\" : 5 } ".to_owned(),
    ];
    let rules = rules();
    let mut mutations = Mutations(0x5eed);
    let mut fates = [0, 0, 0];
    for round in 0..30_000 {
        let data = mutations.mutate(seeds[round % seeds.len()].as_bytes());
        let record = Record { origin: "1", data: &data, arrival: time::parse(ARRIVAL) };
        let decision = transform(&rules, &record);
        assert_eq!(format!("{decision:?}"), format!("{:?}", transform(&rules, &record)), "not the same twice");
        match decision {
            Decision::Ok(lines) => {
                fates[0] += 1;
                check_lines(&rules, &lines);
            }
            Decision::Dropped => fates[1] += 1,
            Decision::Failed(_) => fates[2] += 1,
        }
    }
    assert!(fates[0] > 1000 && fates[2] > 1000, "the mutations are too weak or too strong: {fates:?}");
}

/// What holds for all lines that are delivered.
fn check_lines(rules: &Rules, lines: &Lines) {
    assert_eq!(lines.text.matches('\n').count(), lines.events, "{}", lines.text);
    assert!(lines.text.ends_with('\n') && !lines.text.contains('\r'));
    assert!(
        lines.table.len() <= 60
            && lines.table.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    );
    assert_eq!(lines.date.len(), 10, "{}", lines.date);
    for line in lines.text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let time = event["timestamp"].as_str().and_then(time::parse).unwrap();
        assert_eq!(event["timestamp"], time.to_string());
        assert!(event["messageId"].is_string() || event["messageId"].is_number(), "{line}");
        assert!(event["context"].get("ip").is_none(), "{line}");
        // What was delivered keeps its place, time and id when it is put in again.
        let record = Record { origin: "another", data: line.as_bytes(), arrival: time::parse("2026-11-20T12:00:00Z") };
        let Decision::Ok(again) = transform(rules, &record) else { panic!("{line}") };
        let again: Value = serde_json::from_str(&again.text).unwrap();
        for field in ["timestamp", "messageId", "originalTimestamp", "receivedAt"] {
            assert_eq!(again[field], event[field], "{field} of {line}");
        }
    }
}
