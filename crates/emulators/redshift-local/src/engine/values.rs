//! One value of a result, as the Data API writes it.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime};
use serde_json::{Value, json};

/// A value of the `Field` union.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Field {
    /// The value as GetStatementResult returns it.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Null => json!({"isNull": true}),
            Self::Boolean(value) => json!({"booleanValue": value}),
            Self::Long(value) => json!({"longValue": value}),
            Self::Double(value) if value.is_nan() => json!({"doubleValue": "NaN"}),
            Self::Double(value) if value.is_infinite() => {
                json!({"doubleValue": if *value > 0.0 { "Infinity" } else { "-Infinity" }})
            }
            Self::Double(value) => json!({"doubleValue": value}),
            Self::Text(value) => json!({"stringValue": value}),
            Self::Blob(value) => json!({"blobValue": STANDARD.encode(value)}),
        }
    }

    /// The value as a CSV result shows it; NULL is empty.
    pub(crate) fn csv(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Boolean(value) => (if *value { "t" } else { "f" }).to_owned(),
            Self::Long(value) => value.to_string(),
            Self::Double(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::Blob(value) => value.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The value's bytes, which count against the limits of a row and a result.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Long(_) | Self::Double(_) => 8,
            Self::Text(value) => value.len(),
            Self::Blob(value) => value.len(),
        }
    }
}

/// The value of `array` at `row`: integers are longs, REAL and DOUBLE doubles, everything else that is no boolean and no VARBYTE a text.
pub(crate) fn field(array: &dyn Array, row: usize) -> Field {
    if array.is_null(row) {
        return Field::Null;
    }
    match array.data_type() {
        DataType::Null => Field::Null,
        DataType::Boolean => Field::Boolean(array.as_boolean().value(row)),
        DataType::Int8 => Field::Long(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Field::Long(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Field::Long(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Field::Long(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Field::Long(array.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => Field::Long(array.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => Field::Long(array.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => Field::Text(array.as_primitive::<UInt64Type>().value(row).to_string()),
        DataType::Float32 => Field::Double(widened(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => Field::Double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Field::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Field::Text(array.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => Field::Text(array.as_string_view().value(row).to_owned()),
        DataType::Binary => Field::Blob(array.as_binary::<i32>().value(row).to_vec()),
        DataType::LargeBinary => Field::Blob(array.as_binary::<i64>().value(row).to_vec()),
        DataType::BinaryView => Field::Blob(array.as_binary_view().value(row).to_vec()),
        DataType::Decimal128(_, _) => Field::Text(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Date32 => Field::Text(date(array.as_primitive::<Date32Type>().value(row))),
        DataType::Time64(TimeUnit::Microsecond) => {
            Field::Text(time(array.as_primitive::<Time64MicrosecondType>().value(row)))
        }
        DataType::Timestamp(unit, zone) => Field::Text(timestamp(microseconds(array, row, *unit), zone.is_some())),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            Field::Text(interval(value.months, value.days, value.nanoseconds))
        }
        _ => Field::Text(displayed(array, row)),
    }
}

/// A REAL as the shortest double that prints the same digits, not as its binary neighbour.
fn widened(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

fn date(days: i32) -> String {
    let day = NaiveDate::default().checked_add_signed(Duration::days(days.into()));
    day.map_or_else(|| days.to_string(), |day| day.format("%Y-%m-%d").to_string())
}

fn time(microseconds: i64) -> String {
    let seconds = u32::try_from(microseconds / 1_000_000).unwrap_or_default();
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default();
    format!("{}{}", time.format("%H:%M:%S"), fraction(microseconds % 1_000_000))
}

fn microseconds(array: &dyn Array, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1_000_000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row).saturating_mul(1_000),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row) / 1_000,
    }
}

fn timestamp(microseconds: i64, zoned: bool) -> String {
    let Some(moment) = DateTime::from_timestamp_micros(microseconds) else {
        return microseconds.to_string();
    };
    let zone = if zoned { "+00" } else { "" };
    format!("{}{}{zone}", moment.format("%Y-%m-%d %H:%M:%S"), fraction(microseconds.rem_euclid(1_000_000)))
}

/// The digits after the second, without trailing zeros; nothing when there are none.
fn fraction(microseconds: i64) -> String {
    if microseconds == 0 {
        return String::new();
    }
    format!(".{microseconds:06}").trim_end_matches('0').to_owned()
}

fn interval(months: i32, days: i32, nanoseconds: i64) -> String {
    let mut parts = Vec::new();
    let mut add = |value: i64, unit: &str| {
        if value != 0 {
            parts.push(format!("{value} {unit}{}", if value.abs() == 1 { "" } else { "s" }));
        }
    };
    add((months / 12).into(), "year");
    add((months % 12).into(), "mon");
    add(days.into(), "day");
    if nanoseconds != 0 || parts.is_empty() {
        let sign = if nanoseconds < 0 { "-" } else { "" };
        parts.push(format!("{sign}{}", time_of_interval(nanoseconds.abs() / 1_000)));
    }
    parts.join(" ")
}

fn time_of_interval(microseconds: i64) -> String {
    let seconds = microseconds / 1_000_000;
    format!("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60, fraction(microseconds % 1_000_000))
}

fn displayed(array: &dyn Array, row: usize) -> String {
    ArrayFormatter::try_new(array, &FormatOptions::default())
        .map(|format| format.value(row).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_read_as_redshift_prints_them() {
        assert_eq!(date(19_723), "2024-01-01");
        assert_eq!(time(3_723_500_000), "01:02:03.5");
        assert_eq!(timestamp(1_704_067_200_000_000, false), "2024-01-01 00:00:00");
        assert_eq!(timestamp(1_704_067_200_012_300, true), "2024-01-01 00:00:00.0123+00");
        assert_eq!(timestamp(-500_000, false), "1969-12-31 23:59:59.5");
        assert_eq!(interval(14, 1, 3_600_000_000_000), "1 year 2 mons 1 day 01:00:00");
        assert_eq!(interval(0, 0, 0), "00:00:00");
    }

    #[test]
    fn a_real_keeps_its_digits() {
        assert_eq!(widened(0.1), 0.1);
    }
}
