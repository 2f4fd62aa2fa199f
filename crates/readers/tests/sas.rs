//! A SAS file with every type, whole and broken. Other people's files: `tests/readers.sh`.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::error::Error as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use readers::sas::{self, Error, Options, Temporal};
use readers::{Batches, Format};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/arrivals.sas7bdat")
}

fn bytes() -> Vec<u8> {
    std::fs::read(path()).unwrap()
}

fn one(batches: impl Batches) -> RecordBatch {
    let all: Vec<_> = batches.collect::<Result<_, _>>().unwrap();
    assert_eq!(all.len(), 1);
    all[0].clone()
}

/// The message of an error and of its sources.
fn message(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[test]
fn columns_have_types_labels_and_formats() {
    let schema = sas::open(&path(), Options::default()).unwrap().schema();
    let types: Vec<_> =
        schema.fields().iter().map(|field| (field.name().as_str(), field.data_type().clone())).collect();
    let expected = [
        ("id", DataType::Float64),
        ("day", DataType::Date32),
        ("moment", DataType::Timestamp(TimeUnit::Microsecond, None)),
        ("clock", DataType::Duration(TimeUnit::Microsecond)),
        ("name", DataType::Utf8),
    ];
    assert_eq!(types, expected);
    assert_eq!(schema.field(0).metadata()["sas.label"], "Number of the arrival");
    assert_eq!(schema.field(1).metadata()["sas.format"], "DATE");
    assert_eq!(schema.metadata()["sas.encoding"], "UTF-8");
}

#[test]
fn values_are_typed() {
    let batch = one(sas::open(&path(), Options::default()).unwrap());
    assert_eq!(batch.num_rows(), 3);
    assert_eq!(batch.column(0).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(1.0), Some(2.5), None]);
    assert_eq!(
        batch.column(1).as_primitive::<Date32Type>().iter().collect::<Vec<_>>(),
        [Some(16892), Some(-3654), None]
    );
    let moments = [Some(1_459_514_096_250_000), Some(-315_619_201_000_000), None];
    assert_eq!(batch.column(2).as_primitive::<TimestampMicrosecondType>().iter().collect::<Vec<_>>(), moments);
    let clocks = [Some(86_399_000_000), Some(-1_000_000), None];
    assert_eq!(batch.column(3).as_primitive::<DurationMicrosecondType>().iter().collect::<Vec<_>>(), clocks);
    assert_eq!(batch.column(4).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("Zoë"), None, Some("  b")]);
}

#[test]
fn times_stay_numbers_when_they_are_wanted_raw() {
    let batch = one(sas::open(&path(), Options { temporal: Temporal::Raw, ..Options::default() }).unwrap());
    assert!(batch.schema().fields()[..4].iter().all(|field| field.data_type() == &DataType::Float64));
    assert_eq!(batch.column(1).as_primitive::<Float64Type>().value(0), 20545.0);
    assert_eq!(batch.column(2).as_primitive::<Float64Type>().value(0), 1_775_133_296.25);
    assert!(batch.column(3).is_null(2));
}

#[test]
fn a_stream_is_the_file() {
    let from_path = one(sas::open(&path(), Options::default()).unwrap());
    assert_eq!(one(sas::from_bytes(bytes(), Options::default()).unwrap()), from_path);
    assert_eq!(one(sas::from_read(bytes().as_slice(), Options::default()).unwrap()), from_path);
    let format = Format::Sas7bdat(Options::default());
    assert_eq!(one(format.open(bytes().as_slice(), Box::new(|_| Ok(()))).unwrap()), from_path);
}

#[test]
fn batches_are_bounded_by_rows_and_by_bytes() {
    let sizes = |options| {
        let batches = sas::open(&path(), options).unwrap();
        batches.map(|batch| batch.unwrap().num_rows()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(Options { batch_rows: 2, ..Options::default() }), [2, 1]);
    assert_eq!(sizes(Options { batch_bytes: 1, ..Options::default() }), [1, 1, 1]);
}

#[test]
fn rows_that_nobody_takes_are_not_waited_for() {
    let mut batches = sas::open(&path(), Options { batch_rows: 1, ..Options::default() }).unwrap();
    assert!(batches.next().unwrap().is_ok());
    drop(batches);
}

#[test]
fn an_encoding_that_does_not_fit_is_an_error() {
    let options = Options { encoding: Some(encoding_rs::ISO_2022_JP), ..Options::default() };
    let wrong = sas::open(&path(), options).unwrap().next().unwrap().unwrap_err();
    assert!(message(&wrong).contains("row 1, column name: \"Zo\\xc3\\xab\""), "{wrong}");
}

#[test]
fn broken_files_say_where() {
    let whole = bytes();
    let refusal = |bytes: &[u8]| message(&sas::from_bytes(bytes.to_vec(), Options::default()).err().unwrap());
    for length in [0, 200, 300] {
        let reported = refusal(&whole[..length]);
        assert!(reported.starts_with("the file "), "{reported}");
    }
    let cut = refusal(&whole[..whole.len() - 1]);
    let (length, expected) = (whole.len() - 1, whole.len());
    assert!(cut.starts_with(&format!("the file has {length} bytes, and {expected} are needed")), "{cut}");
    let reported = refusal(b"a,b,c\n1,2,3\n");
    assert!(reported.contains("is not a SAS7BDAT file that can be read"), "{reported}");
    let absent = sas::open(Path::new("/nonexistent/x.sas7bdat"), Options::default()).err().unwrap();
    assert!(matches!(absent, Error::Open { .. }), "{absent}");
    assert!(absent.source().is_some());
}

#[test]
fn two_columns_with_one_name_are_refused() {
    let mut bytes = bytes();
    let at = bytes.windows(5).position(|window| window == b"clock").unwrap();
    // The name `name`, and its length in the table of names.
    bytes[at..at + 5].copy_from_slice(b"day  ");
    let reported = sas::from_bytes(bytes, Options::default()).err().map(|error| message(&error));
    assert_eq!(
        reported.as_deref(),
        Some("the file is broken: two of its columns are called \"day\"; deliver it again")
    );
}

#[test]
fn a_stream_that_breaks_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("reset"))
        }
    }
    let error = sas::from_read(Broken, Options::default()).err().unwrap();
    assert!(matches!(&error, Error::Spool(source) if source.to_string() == "reset"), "{error}");
}
