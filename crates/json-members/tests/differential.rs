//! The scanner beside `serde_json`, on generated and on damaged texts.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use json_members::{Bounded, Fault, FaultKind, LEVELS_MAX, Readable, Rules, Scan, Syntax, text};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use serde_json::Value;
use serde_json::value::RawValue;

fn end<R: Rules>(json: &[u8]) -> Result<usize, Fault> {
    Scan::<R>::new(json).value(0, 0)
}

/// Where `serde_json` finds the end of the first value; it reads syntax only, at any depth.
fn syntax_end(json: &str) -> Option<usize> {
    let mut stream = serde_json::Deserializer::from_str(json).into_iter::<&RawValue>();
    stream.next()?.ok()?;
    Some(stream.byte_offset())
}

/// A member's name, decoded (none in a list), and its value's text.
type Part = (Option<String>, String);

/// Names, decoded, and values of the object or list that the text begins with; and where it ends.
fn parts<R: Rules>(json: &str) -> Result<(Vec<Part>, usize), Fault> {
    let scan = Scan::<R>::new(json.as_bytes());
    let mut found = Vec::new();
    let end = if json.starts_with('{') {
        scan.members(0, 1, |name, at| {
            let end = scan.value(at, 1)?;
            assert_eq!(name.has_escapes, json[name.inside.clone()].contains('\\'));
            found.push((text(&json[name.quoted()]).map(Into::into), json[at..end].to_owned()));
            Ok::<_, Fault>(end)
        })
    } else {
        scan.items(0, 1, |at| {
            let end = scan.value(at, 1)?;
            found.push((None, json[at..end].to_owned()));
            Ok::<_, Fault>(end)
        })
    }?;
    Ok((found, end))
}

/// Generates JSON.
struct Generator(Pcg64Mcg);

impl Generator {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    fn pick<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.below(of.len())]
    }

    fn blank(&mut self) -> &'static str {
        self.pick(&["", "", "", "", " ", "\n", "\t\r\n  "])
    }

    fn string(&mut self) -> String {
        let pieces = [
            "a",
            "é",
            "😀",
            "plain text of some length, ",
            "\\n",
            "\\\"",
            "\\\\",
            "\\/",
            "\\u00e9",
            "\\ud83d\\ude00",
            "7 bytes",
            "{[,:]}",
        ];
        let body: String = (0..self.below(4)).map(|_| self.pick(&pieces)).collect();
        format!("\"{body}\"")
    }

    fn value(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 3 } else { 5 }) {
            0 => self.string(),
            1 => self.pick(&["true", "false", "null"]).to_owned(),
            2 => self.pick(&["0", "-0", "12", "-1.50", "1e9", "2E-07", "12345678901234567890.5", "0.1e+10"]).to_owned(),
            3 => self.object(depth - 1),
            _ => self.list(depth - 1),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        let members: Vec<String> = (0..self.below(4))
            .map(|_| {
                [self.blank(), &self.string(), self.blank(), ":", self.blank(), &self.value(depth), self.blank()]
                    .concat()
            })
            .collect();
        format!("{{{}{}}}", if members.is_empty() { self.blank() } else { "" }, members.join(","))
    }

    fn list(&mut self, depth: usize) -> String {
        let items: Vec<String> =
            (0..self.below(4)).map(|_| [self.blank(), &self.value(depth), self.blank()].concat()).collect();
        format!("[{}{}]", if items.is_empty() { self.blank() } else { "" }, items.join(","))
    }

    /// Changes up to three bytes.
    fn damage(&mut self, json: &mut Vec<u8>) {
        for _ in 0..1 + self.below(3) {
            let at = self.below(json.len().max(1));
            let bytes = b"{}[]:,\"\\u0dDe19-+.E \n\x01\x1fatrulsf\xc3";
            let byte = bytes[self.below(bytes.len())];
            match self.below(4) {
                0 if at < json.len() => json[at] = byte,
                1 if at < json.len() => _ = json.remove(at),
                2 => json.truncate(at),
                _ => json.insert(at, byte),
            }
        }
    }
}

#[test]
fn generated_texts_are_taken_apart_as_serde_json_does() {
    let mut generator = Generator(Pcg64Mcg::seed_from_u64(1));
    for _ in 0..20_000 {
        let is_object = generator.below(2) == 0;
        let json = if is_object { generator.object(4) } else { generator.list(4) };
        for end in [end::<Syntax>(json.as_bytes()), end::<Bounded>(json.as_bytes()), end::<Readable>(json.as_bytes())] {
            assert_eq!(end, Ok(json.len()), "{json}");
        }
        let (found, end) = parts::<Readable>(&json).unwrap();
        assert_eq!(end, json.len(), "{json}");
        // What is put together again is the same to `serde_json`.
        let inside: Vec<String> = found
            .into_iter()
            .map(|(name, value)| match name {
                Some(name) => format!("{}:{value}", Value::from(name)),
                None => value,
            })
            .collect();
        let again = if is_object { format!("{{{}}}", inside.join(",")) } else { format!("[{}]", inside.join(",")) };
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(read(&again), read(&json), "{json}");
    }
}

#[test]
fn damaged_texts_are_taken_as_far_as_serde_json_does() {
    let mut generator = Generator(Pcg64Mcg::seed_from_u64(2));
    let (mut sound, mut unsound, mut unreadable) = (0, 0, 0);
    for _ in 0..100_000 {
        let mut bytes = generator.object(3).into_bytes();
        generator.damage(&mut bytes);
        let Ok(json) = String::from_utf8(bytes) else { continue };
        let expected = syntax_end(&json);
        let found = end::<Syntax>(json.as_bytes());
        // A number or literal that is a whole text is one to this scanner; `serde_json` looks at what follows.
        if json.starts_with(['{', '[', '"']) {
            assert_eq!(found.ok(), expected, "{json:?}: {found:?}");
        }
        assert_eq!(end::<Bounded>(json.as_bytes()), found, "{json:?}");
        match end::<Readable>(json.as_bytes()) {
            Ok(end) => {
                sound += 1;
                assert_eq!(found, Ok(end));
                assert!(serde_json::from_str::<Value>(&json[..end]).is_ok(), "{json:?}");
            }
            Err(fault) if fault.kind() == FaultKind::NotReadable => {
                unreadable += 1;
                assert!(json[fault.at()..].starts_with(['\\', '-', '0', '1', '2']), "{json:?}: {fault}");
            }
            Err(fault) => {
                unsound += 1;
                assert!(fault.at() <= json.len(), "{json:?}: {fault:?}");
                if !json.is_empty() {
                    assert_eq!(found.map_err(Fault::kind), Err(fault.kind()), "{json:?}");
                }
            }
        }
    }
    assert!(sound > 10_000 && unsound > 10_000 && unreadable > 100, "{sound} {unsound} {unreadable}");
}

#[test]
fn every_beginning_of_an_object_has_ended() {
    let json = r#"{"a":[1,-2.5e3,true,false,null,"x\u00e9\n"],"b":{"c":{}},"long name of more than 8 bytes":""}"#;
    for length in 0..json.len() {
        let fault = end::<Readable>(&json.as_bytes()[..length]).unwrap_err();
        assert_eq!((fault.kind(), fault.at()), (FaultKind::Ended, length), "{}", &json[..length]);
    }
    assert_eq!(end::<Readable>(json.as_bytes()), Ok(json.len()));
}

#[test]
fn faults_have_their_places() {
    let check = |json: &str, kind: FaultKind, at: usize| {
        let fault = Scan::<Readable>::new(json.as_bytes())
            .members(0, 1, |_, value| Scan::<Readable>::new(json.as_bytes()).value(value, 1))
            .unwrap_err();
        assert_eq!((fault.kind(), fault.at()), (kind, at), "{json}");
    };
    check("[]", FaultKind::NotAnObject, 0);
    check(r#"{"a":1,}"#, FaultKind::NotJson, 7);
    check(r#"{"a" 1}"#, FaultKind::NotJson, 5);
    check(r#"{"a":01}"#, FaultKind::NotJson, 6);
    check(r#"{"a":nul}"#, FaultKind::NotJson, 8);
    check("{\"a\":\"\u{1}\"}", FaultKind::NotJson, 6);
    check(r#"{"a":"\x"}"#, FaultKind::NotJson, 7);
    check(r#"{"a":"\u00g0"}"#, FaultKind::NotJson, 10);
    check(r#"{"a":"\ud83d"}"#, FaultKind::NotReadable, 6);
    check(r#"{"a":[1e999]}"#, FaultKind::NotReadable, 6);
    check(r#"{"a":[1 2]}"#, FaultKind::NotJson, 8);
    check(r#"{"a":[1}"#, FaultKind::NotJson, 7);
}

#[test]
fn levels_are_those_of_serde_json_or_any() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(end::<Bounded>(nested(LEVELS_MAX).as_bytes()), Ok(2 * LEVELS_MAX));
    assert!(serde_json::from_str::<Value>(&nested(LEVELS_MAX)).is_ok());
    let fault = end::<Bounded>(nested(LEVELS_MAX + 1).as_bytes()).unwrap_err();
    assert_eq!((fault.kind(), fault.at()), (FaultKind::TooDeep, LEVELS_MAX));
    assert!(serde_json::from_str::<Value>(&nested(LEVELS_MAX + 1)).is_err());
    // A level that the caller has counted is one less that remains.
    assert!(Scan::<Bounded>::new(nested(LEVELS_MAX).as_bytes()).value(0, 1).is_err());
    assert!(Scan::<Bounded>::new(b"[]").items(0, LEVELS_MAX + 1, Ok::<_, Fault>).is_err());
    // Lists and objects in turns that no word can remember, and the wrong end at each depth.
    for levels in [127, 128, 129, 255, 256, 257, 1000, 100_000] {
        let open: String = (0..levels).map(|level| if level % 3 == 0 { "{\"a\":" } else { "[" }).collect();
        let close: String = (0..levels).rev().map(|level| if level % 3 == 0 { '}' } else { ']' }).collect();
        let json = format!("{open}1{close}");
        assert_eq!(end::<Syntax>(json.as_bytes()), Ok(json.len()), "{levels}");
        let wrong = json.len() - 1 - levels / 2;
        let mut damaged = json.into_bytes();
        damaged[wrong] = if damaged[wrong] == b'}' { b']' } else { b'}' };
        assert_eq!(end::<Syntax>(&damaged).map_err(Fault::at), Err(wrong), "{levels}");
    }
}

#[test]
fn no_bytes_do_harm() {
    let mut random = Pcg64Mcg::seed_from_u64(3);
    for round in 0..200_000 {
        let mut bytes = vec![0; round % 40];
        random.fill_bytes(&mut bytes);
        if let Some(first) = bytes.first_mut() {
            *first = b"{[\""[round % 3];
        }
        for found in [end::<Syntax>(&bytes), end::<Bounded>(&bytes), end::<Readable>(&bytes)] {
            match found {
                Ok(end) => assert!(end <= bytes.len()),
                Err(fault) => assert!(fault.at() <= bytes.len(), "{bytes:?}: {fault:?}"),
            }
        }
        let _ = Scan::<Syntax>::new(&bytes).long_string(0);
        let _ = Scan::<Syntax>::new(&bytes).value(bytes.len() + 7, 0);
    }
}

#[test]
fn long_strings_are_strings() {
    for length in [0, 1, 7, 63, 64, 65, 127, 128, 129, 1000] {
        for tail in ["\"", "\\n\"", "é\"", "\u{1}\"", ""] {
            let json = format!("\"{}{tail}", "x".repeat(length));
            let scan = Scan::<Readable>::new(json.as_bytes());
            assert_eq!(scan.long_string(0), scan.string(0), "{length} {tail}");
        }
    }
}
