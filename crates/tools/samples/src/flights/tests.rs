//! What holds in the real data holds in the samples.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::*;

fn flights(options: &Options) -> String {
    let mut out = Vec::new();
    let done = write_flights(&mut out, options, |_| ()).unwrap();
    assert_eq!(done, Progress { rows: options.rows, bytes: out.len() as u64 });
    String::from_utf8(out).unwrap()
}

fn broken(kind: Kind, rows: u64) -> Vec<u8> {
    let mut out = Vec::new();
    write_flights_broken(&mut out, &Options { rows, ..Options::default() }, kind, |_| ()).unwrap();
    out
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let options = Options { rows: 10_000, seed: 7, year: 2015 };
    let text = flights(&options);
    assert_eq!(text, flights(&options));
    insta::assert_snapshot!(digest(&text), @"2a0ed7c9bbd4b2f28875040f78d4d03f756387f3166296f5835c2ff1fabc2f89");
    assert_ne!(text, flights(&Options { seed: 8, ..options }));
}

#[test]
fn the_first_rows() {
    let text = flights(&Options { rows: 200_000, ..Options::default() });
    let lines: Vec<&str> = text.lines().skip(1).take(4).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2015,1,1,4,AA,1852,N804AA,IND,DFW,0004,0002,-2,11,0013,147,126,112,761,0105,3,0131,0108,-23,0,0,,,,,,
    2015,1,1,4,WN,5005,N484WN,MCO,LAS,0029,0031,2,8,0039,324,315,290,2035,0229,17,0253,0246,-7,0,0,,,,,,
    2015,1,1,4,AS,442,N858AS,PDX,BOS,0102,0132,30,12,0144,360,345,327,2530,1011,6,1002,1017,15,0,0,,0,0,15,0,0
    2015,1,1,4,AA,2228,N769AA,ORD,TUL,0150,0200,10,13,0213,125,104,88,585,0341,3,0355,0344,-11,0,0,,,,,,
    ");
}

/// One row by column name; clock times as minutes of the day.
struct Row<'a>(&'a BTreeMap<&'a str, usize>, csv::StringRecord);

impl Row<'_> {
    fn text(&self, name: &str) -> &str {
        &self.1[self.0[name]]
    }

    fn number(&self, name: &str) -> i32 {
        self.text(name).parse().expect(name)
    }

    fn clock(&self, name: &str) -> i32 {
        let text = self.text(name);
        assert!(text.len() == 4 && text != "0000" && text <= "2400", "{name}: {:?}", self.1);
        let (hour, minute) = (&text[..2], &text[2..]);
        (hour.parse::<i32>().unwrap() * 60 + minute.parse::<i32>().unwrap()) % 1440
    }

    fn empty(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.text(name).is_empty())
    }
}

const CAUSES: [&str; 5] =
    ["AIR_SYSTEM_DELAY", "SECURITY_DELAY", "AIRLINE_DELAY", "LATE_AIRCRAFT_DELAY", "WEATHER_DELAY"];
const ACTUAL: [&str; 10] = [
    "DEPARTURE_TIME",
    "DEPARTURE_DELAY",
    "TAXI_OUT",
    "WHEELS_OFF",
    "ELAPSED_TIME",
    "AIR_TIME",
    "WHEELS_ON",
    "TAXI_IN",
    "ARRIVAL_TIME",
    "ARRIVAL_DELAY",
];

#[test]
fn the_truths_of_the_real_data_hold() {
    let text = flights(&Options { rows: 200_000, ..Options::default() });
    let columns: BTreeMap<&str, usize> = HEADER.split(',').enumerate().map(|(i, name)| (name, i)).collect();
    assert_eq!(columns.len(), 31);
    let (mut cancelled, mut diverted, mut delayed) = (0, 0, 0);
    let (mut airlines, mut codes, mut reasons) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut before, mut midnights) = ((0, 0, 0), 0);
    for record in csv::Reader::from_reader(text.as_bytes()).into_records() {
        let row = Row(&columns, record.unwrap());
        let order = (row.number("MONTH"), row.number("DAY"), row.clock("SCHEDULED_DEPARTURE"));
        assert!(before <= order, "{before:?} {order:?}");
        before = order;
        midnights += i32::from(row.1.iter().any(|text| text == "2400"));
        airlines.insert(row.text("AIRLINE").to_owned());
        for name in ["ORIGIN_AIRPORT", "DESTINATION_AIRPORT"] {
            let airport = row.text(name);
            let number = airport.len() == 5 && airport.bytes().all(|b| b.is_ascii_digit());
            assert_eq!(number, order.0 == 10, "{airport}");
            if !number {
                codes.insert(airport.to_owned());
            }
        }
        match (row.text("CANCELLED"), row.text("DIVERTED")) {
            ("1", "0") => {
                cancelled += 1;
                assert!(row.empty(&ACTUAL) && row.empty(&CAUSES));
                reasons.insert(row.text("CANCELLATION_REASON").to_owned());
                row.clock("SCHEDULED_ARRIVAL");
            }
            ("0", "1") => {
                diverted += 1;
                assert!(row.empty(&["ARRIVAL_DELAY", "ELAPSED_TIME", "AIR_TIME", "CANCELLATION_REASON"]));
                assert!(row.empty(&CAUSES));
            }
            flown => {
                assert_eq!(flown, ("0", "0"));
                check_times(&row);
                delayed += i32::from(row.number("ARRIVAL_DELAY") >= 15);
            }
        }
    }
    let within = |count: i32, low: i32, high: i32| assert!((low..=high).contains(&count), "{count}");
    within(cancelled, 2900, 3300);
    within(diverted, 420, 620);
    within(delayed, 30_000, 42_000);
    within(midnights, 100, 1000);
    assert_eq!(airlines.len(), 14);
    assert!(reasons.into_iter().collect::<String>().starts_with("ABC"));
    let listed: BTreeSet<String> = airports::all().into_iter().map(|a| a.code.to_owned()).collect();
    assert_eq!(codes, listed);
}

fn check_times(row: &Row<'_>) {
    let (delay, late) = (row.number("DEPARTURE_DELAY"), row.number("ARRIVAL_DELAY"));
    let (out, air, taxi_in) = (row.number("TAXI_OUT"), row.number("AIR_TIME"), row.number("TAXI_IN"));
    let elapsed = row.number("ELAPSED_TIME");
    assert!(out > 0 && air > 0 && taxi_in > 0 && row.number("DISTANCE") > 0);
    assert_eq!(elapsed, out + air + taxi_in);
    assert_eq!(late, delay + elapsed - row.number("SCHEDULED_TIME"));
    let apart = |from: &str, to: &str, minutes: i32| {
        let passed = (row.clock(to) - row.clock(from)).rem_euclid(1440);
        assert_eq!(passed, minutes.rem_euclid(1440), "{from} {to} {:?}", row.1);
    };
    apart("SCHEDULED_DEPARTURE", "DEPARTURE_TIME", delay);
    apart("DEPARTURE_TIME", "WHEELS_OFF", out);
    apart("WHEELS_ON", "ARRIVAL_TIME", taxi_in);
    apart("SCHEDULED_ARRIVAL", "ARRIVAL_TIME", late);
    // Clocks differ by whole hours between two airports.
    let ahead = row.clock("WHEELS_ON") - row.clock("WHEELS_OFF") - air;
    assert_eq!(ahead.rem_euclid(60), 0, "{:?}", row.1);
    if late < 15 {
        assert!(row.empty(&CAUSES));
    } else {
        assert_eq!(CAUSES.map(|name| row.number(name)).iter().sum::<i32>(), late);
    }
}

#[test]
fn airlines_are_one_json_array() {
    let mut out = Vec::new();
    write_airlines(&mut out).unwrap();
    let airlines: Vec<BTreeMap<String, String>> = serde_json::from_slice(&out).unwrap();
    assert_eq!(airlines.len(), 14);
    assert_eq!(airlines[0]["IATA_CODE"], "UA");
    assert!(airlines.iter().all(|a| a.len() == 2 && !a["AIRLINE"].is_empty()));
}

#[test]
fn three_airports_have_no_coordinates() {
    let mut out = Vec::new();
    write_airports(&mut out).unwrap();
    let mut reader = csv::Reader::from_reader(out.as_slice());
    assert_eq!(reader.headers().unwrap().len(), 7);
    let rows: Vec<csv::StringRecord> = reader.into_records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 322);
    let without: Vec<&str> = rows.iter().filter(|r| r[5].is_empty() && r[6].is_empty()).map(|r| &r[0]).collect();
    assert_eq!(without, ["ECP", "PBG", "UST"]);
}

#[test]
fn progress_only_grows() {
    let mut seen = vec![Progress::default()];
    let options = Options { rows: 20_000, ..Options::default() };
    let done = write_flights(std::io::sink(), &options, |progress| seen.push(progress)).unwrap();
    assert!(seen.len() > 5 && seen.windows(2).all(|p| p[0].rows <= p[1].rows && p[0].bytes < p[1].bytes));
    assert_eq!(seen.last(), Some(&done));
}

#[test]
fn broken_files_differ_from_good_ones_as_described() {
    let good = flights(&Options { rows: 50, ..Options::default() });
    let good: Vec<&str> = good.lines().collect();
    let check = |kind, expected: &dyn Fn(&[&str])| {
        let text = String::from_utf8(broken(kind, 50)).unwrap();
        expected(&text.lines().collect::<Vec<_>>());
    };
    let only_last_differs = |lines: &[&str]| {
        assert_eq!(lines[..50], good[..50]);
        assert_ne!(lines[50], good[50]);
    };
    check(Kind::WrongType, &|lines| {
        only_last_differs(lines);
        assert!(lines[50].contains(",n/a,"));
    });
    check(Kind::EmptyKey, &|lines| {
        only_last_differs(lines);
        assert_eq!(lines[50].split(',').nth(4), Some(""));
    });
    check(Kind::ShortRow, &|lines| {
        only_last_differs(lines);
        assert_eq!(lines[50].split(',').count(), 5);
    });
    check(Kind::MissingColumn, &|lines| {
        assert!(!lines[0].contains("TAIL_NUMBER") && lines.iter().all(|line| line.split(',').count() == 30));
    });
    check(Kind::ExtraColumn, &|lines| {
        assert!(lines[0].ends_with(",GATE") && lines.iter().all(|line| line.split(',').count() == 32));
    });
    check(Kind::Empty, &|lines| assert!(lines.is_empty()));
    check(Kind::HeaderOnly, &|lines| assert_eq!(lines, [HEADER]));
}

#[test]
fn a_truncated_gzip_cannot_be_read_to_its_end() {
    let bytes = broken(Kind::TruncatedGzip, 5_000);
    let error = std::io::copy(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut std::io::sink());
    assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn kinds_are_found_by_name() {
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
        assert!(!kind.description().is_empty());
    }
    insta::assert_snapshot!("nothing".parse::<Kind>().unwrap_err(), @"unknown kind of broken file `nothing`, expected one of wrong-type, missing-column, extra-column, short-row, empty-key, empty, header-only, truncated-gzip");
}
