use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

fn options() -> Options {
    Options { events: 20_000, ..Options::default() }
}

#[test]
fn the_same_options_make_the_same_records() {
    let all = |seed| Records::new(&Options { events: 500, seed, ..Options::default() }).collect::<Vec<_>>();
    assert_eq!(all(1), all(1));
    assert_ne!(all(1), all(2));
}

#[test]
fn good_events_are_what_they_are_said_to_be() {
    let mut ids = BTreeSet::new();
    let mut tables: BTreeMap<&str, u64> = BTreeMap::new();
    let mut bytes = 0;
    for record in Records::new(&options()) {
        let Nature::Event(table) = record.nature else { continue };
        let event: Value = serde_json::from_slice(&record.data).unwrap();
        assert!(!record.data.contains(&b'\n'));
        let expected = match (event["type"].as_str().unwrap(), event["event"].as_str()) {
            ("track", Some("Post Created")) => "posts",
            ("track", Some("User Followed")) => "follows",
            ("track", Some("User Unfollowed")) => "unfollows",
            ("track", Some("Post Shared")) => "other_track_post_shared",
            ("identify", None) => "users",
            ("page", None) => "other_page",
            ("group", None) => "other_group",
            _ => "none",
        };
        assert_eq!(table, expected, "{event}");
        assert!(ids.insert(event["messageId"].as_str().unwrap().to_owned()));
        *tables.entry(table).or_default() += 1;
        bytes += record.data.len();
    }
    assert_eq!(ids.len(), 20_000);
    assert!((900..1200).contains(&(bytes / 20_000)), "{}", bytes / 20_000);
    for (table, at_least) in
        [("posts", 7_000), ("follows", 6_000), ("unfollows", 1_500), ("users", 2_500), ("other_page", 80)]
    {
        assert!(tables[table] > at_least, "{table}: {}", tables[table]);
    }
}

#[test]
fn malformed_records_are_malformed_and_repetitions_repeat() {
    let (mut malformed, mut ids, mut repeated) = (BTreeMap::<Malformed, u64>::new(), BTreeSet::new(), 0);
    for record in Records::new(&Options { malformed: 10, ..options() }) {
        let event = serde_json::from_slice::<Value>(&record.data);
        match record.nature {
            Nature::Malformed(kind) => {
                *malformed.entry(kind).or_default() += 1;
                match kind {
                    Malformed::NoType => assert!(event.unwrap().get("type").is_none()),
                    Malformed::Array => assert!(event.unwrap().is_array()),
                    _ => assert!(event.is_err()),
                }
            }
            Nature::Repetition(_) => {
                repeated += 1;
                assert!(ids.contains(event.unwrap()["messageId"].as_str().unwrap()));
            }
            Nature::Event(_) => _ = ids.insert(event.unwrap()["messageId"].as_str().unwrap().to_owned()),
        }
    }
    assert!(malformed.len() == 5 && malformed.values().all(|count| *count > 20), "{malformed:?}");
    assert!((50..200).contains(&repeated), "{repeated}");
}

#[test]
fn people_are_as_uneven_as_they_are_told() {
    let busiest = |skew: f64| {
        let mut users: BTreeMap<String, u64> = BTreeMap::new();
        for record in Records::new(&Options { skew, malformed: 0, ..options() }) {
            let event: Value = serde_json::from_slice(&record.data).unwrap();
            *users.entry(event["userId"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        users.into_values().max().unwrap()
    };
    assert!(busiest(0.0) < 30);
    assert!(busiest(1.2) > 2_000);
}

#[test]
fn time_passes_at_the_rate() {
    let options = Options { rate: 10.0, clock_skew: 0, malformed: 0, repeated: 0, events: 1001, ..Options::default() };
    let last = Records::new(&options).last().unwrap();
    let event: Value = serde_json::from_slice(&last.data).unwrap();
    assert_eq!(event["originalTimestamp"], "2024-10-04T00:01:40.000Z");
}
