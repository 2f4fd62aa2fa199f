//! The values of an event in Parquet, compared with those of a reader of JSON.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use serde_json::{Map, Value, json};
use support::{Kept, run, run_with, source};

const DAY: i64 = 86_400_000_000;

/// `fields` in front of a post's; `expected` without the columns that all of these posts have.
fn check(fields: &str, expected: &Value) {
    let line = format!(r#"{{{fields}"type":"track","event":"Post Created","timestamp":"1970-01-02T00:00:00Z"}}"#);
    let (report, kept) = run_with(line.as_bytes(), &source(Some(("posts", "1970-01-02"))), &support::limits());
    assert_eq!((report.rejected, report.total_rows()), (0, 1), "{line} {:?}", kept.reasons());
    let mut row = kept.rows().remove(0);
    let common = [("type", json!("track")), ("event", json!("Post Created")), ("timestamp", json!(DAY))];
    for (name, value) in common {
        assert_eq!(row.as_object_mut().unwrap().remove(name), Some(value), "{line}");
    }
    assert_eq!(row, *expected, "{line}");
}

#[test]
fn standard_columns() {
    check("", &json!({}));
    check(
        r#""messageId":"m","userId":"u","anonymousId":"a","#,
        &json!({"message_id": "m", "user_id": "u", "anonymous_id": "a"}),
    );
    check(
        r#""messageId":7,"userId":{"a": 1},"anonymousId":null,"#,
        &json!({"message_id": "7", "user_id": "{\"a\": 1}"}),
    );
    check(
        r#""sentAt":"1970-01-03","receivedAt":86400.5,"originalTimestamp":"soon","#,
        &json!({"sent_at": 2 * DAY, "received_at": DAY + 500_000, "attributes": r#"{"originalTimestamp":"soon"}"#}),
    );
}

#[test]
fn values_of_every_type_and_values_that_do_not_fit() {
    let properties = |inner: &str| format!(r#""properties":{{{inner}}},"#);
    let column = |inner: &str, name: &str, value: Value| check(&properties(inner), &json!({ name: value }));
    let stays =
        |inner: &str| check(&properties(inner), &json!({"attributes": format!(r#"{{"properties":{{{inner}}}}}"#)}));
    column(r#""title":"caf\u00e9 \ud83d\ude00""#, "title", json!("café 😀"));
    column(r#""title":12345678901234567890.10"#, "title", json!("12345678901234567890.10"));
    column(r#""title":[1, {"a":"\n"}]"#, "title", json!(r#"[1, {"a":"\n"}]"#));
    column(r#""title":false"#, "title", json!("false"));
    column(r#""title":"""#, "title", json!(""));
    column(r#""ti\u0074le":"escaped name""#, "title", json!("escaped name"));
    stays(r#""title":"half \ud83d""#);
    column(r#""ok":true"#, "ok", json!(true));
    column(r#""ok":"false""#, "ok", json!(false));
    stays(r#""ok":1"#);
    column(r#""small":-2147483648"#, "small", json!(i32::MIN));
    column(r#""small":"12""#, "small", json!(12));
    stays(r#""small":2147483648"#);
    stays(r#""small":1.5"#);
    stays(r#""small":true"#);
    column(r#""large":9223372036854775807"#, "large", json!(i64::MAX));
    column(r#""large":1e3"#, "large", json!(1000));
    stays(r#""large":9223372036854775808"#);
    stays(r#""large":"abc""#);
    stays(r#""large":{"a":1}"#);
    column(r#""ratio":0.1"#, "ratio", json!(0.1));
    stays(r#""ratio":1e999"#);
    stays(r#""ratio":"NaN""#);
    column(r#""day":"1970-01-11T23:00:00Z""#, "day", json!(10));
    stays(r#""day":"1970-02-30""#);
    column(r#""at":"1970-01-02T00:00:00.001Z""#, "at", json!(DAY + 1000));
    stays(r#""at":true"#);
    stays(r#""at":[]"#);
    for name in ["title", "ok", "small", "large", "ratio", "day", "at"] {
        check(&properties(&format!("\"{name}\":null")), &json!({}));
    }
}

#[test]
fn attributes_are_the_text_of_everything_else() {
    let attributes = |fields: &str, text: &str| check(fields, &json!({ "attributes": text }));
    attributes(r#""properties":{},"#, r#"{"properties":{}}"#);
    attributes(r#""context":null,"#, r#"{"context":null}"#);
    attributes(r#""context":[{"library":{"name":"x"}}],"#, r#"{"context":[{"library":{"name":"x"}}]}"#);
    attributes(r#""n":1.10, "m" : [ 1e5 ] ,"#, r#"{"n":1.10, "m" : [ 1e5 ]}"#);
    attributes(r#""context.library.name":"x","#, r#"{"context.library.name":"x"}"#);
    attributes(r#""n":1,"n":2,"#, r#"{"n":1,"n":2}"#);
    let with = |fields: &str, column: &str, value: &str, text: Option<&str>| {
        let mut row = json!({ column: value });
        if let Some(text) = text {
            row["attributes"] = json!(text);
        }
        check(fields, &row);
    };
    with(r#""context":{"library":{"name":"x"}},"#, "library", "x", None);
    with(
        r#""context":{"library":{"version":2,"name":"x"}},"#,
        "library",
        "x",
        Some(r#"{"context":{"library":{"version":2}}}"#),
    );
    with(
        r#""a":1,"properties":{"title":"t","b" : 2},"c":3,"#,
        "title",
        "t",
        Some(r#"{"a":1,"properties":{"b" : 2},"c":3}"#),
    );
    // Of several members of one name, the last counts.
    with(r#""userId":"a","userId":"b","#, "user_id", "b", None);
    with(r#""properties":{"title":"a","x":1},"properties":{"title":"b"},"#, "title", "b", None);
    with(
        r#""properties":{"title":"a"},"properties":{"y":"b"},"userId":"u","#,
        "user_id",
        "u",
        Some(r#"{"properties":{"y":"b"}}"#),
    );
    // A column that holds an object, and another one that holds a part of it.
    check(
        r#""context":{"place":{"town":"Rome","x":1},"y":2},"#,
        &json!({"place": r#"{"town":"Rome","x":1}"#, "town": "Rome", "attributes": r#"{"context":{"y":2}}"#}),
    );
}

#[test]
fn random_events_are_what_serde_json_reads() {
    let mut random = Random(Pcg64Mcg::seed_from_u64(7));
    for round in 0..300 {
        let lines: Vec<String> = (0..20).map(|_| random.event()).collect();
        let (report, kept) = run(lines.join("\n").as_bytes());
        assert_eq!(report.rejected, 0, "{:?}", kept.reasons());
        let mut found: Vec<String> = merged(&kept).iter().map(Value::to_string).collect();
        let mut expected: Vec<String> =
            lines.iter().map(|line| without_time(serde_json::from_str(line).unwrap()).to_string()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "round {round}");
    }
}

/// Every row as the event that it was: columns merged into its attributes. All of these events' values fit.
fn merged(kept: &Kept) -> Vec<Value> {
    let paths = [
        ("message_id", "/messageId"),
        ("type", "/type"),
        ("event", "/event"),
        ("user_id", "/userId"),
        ("title", "/properties/title"),
        ("ok", "/properties/ok"),
        ("large", "/properties/large"),
        ("library", "/context/library/name"),
        ("plan", "/traits/plan"),
    ];
    let event = |mut row: Value| {
        let attributes = row.as_object_mut().unwrap().remove("attributes");
        let mut event = attributes.map_or(json!({}), |text| serde_json::from_str(text.as_str().unwrap()).unwrap());
        for (column, path) in paths {
            if let Some(value) = row.as_object_mut().unwrap().remove(column) {
                put(&mut event, &path[1..], value);
            }
        }
        assert_eq!(row, json!({ "timestamp": DAY }), "no other column has a value");
        without_nulls(event)
    };
    kept.rows().into_iter().map(event).collect()
}

fn put(event: &mut Value, path: &str, value: Value) {
    let object = event.as_object_mut().unwrap();
    match path.split_once('/') {
        Some((name, rest)) => put(object.entry(name).or_insert(json!({})), rest, value),
        None => assert!(object.insert(path.to_owned(), value).is_none(), "{path} has left the attributes"),
    }
}

fn without_time(mut event: Value) -> Value {
    event.as_object_mut().unwrap().remove("timestamp");
    without_nulls(event)
}

/// NULL and absent are one in a column, and so are an object that is gone and an empty one.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields
                .into_iter()
                .map(|(name, value)| (name, without_nulls(value)))
                .filter(|(_, value)| !value.is_null() && *value != json!({}))
                .collect();
            Value::Object(fields)
        }
        other => other,
    }
}

struct Random(Pcg64Mcg);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.next_u32() % bound
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len() as u32) as usize]
    }

    /// An event with fields in any order, repetitions, blanks and escapes.
    fn event(&mut self) -> String {
        let mut fields = vec![
            format!(r#""messageId":"m{}""#, self.0.next_u64()),
            r#""timestamp":"1970-01-02T00:00:00.000Z""#.to_owned(),
        ];
        fields.push(match self.below(3) {
            0 => r#""type":"identify""#.to_owned(),
            1 => r#""type":"page""#.to_owned(),
            _ => r#""type":"track","event":"Post Created""#.to_owned(),
        });
        for _ in 0..self.below(4) {
            let field = match self.below(6) {
                0 => format!(r#""userId":{}"#, self.text()),
                1 => format!(r#""properties":{}"#, self.object(&["title", "ok", "large", "x", "y"], 2)),
                2 => format!(r#""context" : {{ "library" :{} }}"#, self.object(&["name", "version"], 2)),
                3 => format!(r#""traits":{}"#, self.object(&["plan", "name"], 2)),
                _ => format!(r#"{}:{}"#, self.text(), self.value(3)),
            };
            let at = self.below(fields.len() as u32 + 1) as usize;
            fields.insert(at, field);
        }
        format!("{{{}}}", fields.join(self.one_of(&[",", " , ", ",\t"])))
    }

    fn object(&mut self, names: &[&str], depth: u32) -> String {
        let mut fields = Vec::new();
        for _ in 0..self.below(4) {
            let name = self.one_of(names);
            let value = match name {
                "title" | "plan" | "name" => self.text(),
                "ok" => self.one_of(&["true", "false", "null"]).to_owned(),
                "large" => format!("{}", self.below(1000)),
                _ => self.value(depth),
            };
            fields.push(format!("\"{name}\": {value}"));
        }
        format!("{{{}}}", fields.join(","))
    }

    fn value(&mut self, depth: u32) -> String {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => self.text(),
            1 => self.one_of(&["0", "-1", "1.5", "1e5", "-0.25E-3", "12345678"]).to_owned(),
            2 => self.one_of(&["true", "false", "null"]).to_owned(),
            3 => "[]".to_owned(),
            4 => "{}".to_owned(),
            5 => format!("[{}, {}]", self.value(depth - 1), self.value(depth - 1)),
            _ => format!("{{{}:{},\"k\":{}}}", self.text(), self.value(depth - 1), self.value(depth - 1)),
        }
    }

    fn text(&mut self) -> String {
        let pieces = [
            "a",
            "long text without anything",
            r"\n",
            r#"\""#,
            r"\u00e9",
            "é",
            "😀",
            r"\ud83d\ude00",
            r"\\",
            "}",
            "]",
            ",",
            ":",
        ];
        let text: String = (0..self.below(5)).map(|_| self.one_of(&pieces)).collect();
        format!("\"t{text}\"")
    }
}
