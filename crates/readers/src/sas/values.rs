use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DurationMicrosecondArray, Float64Array, PrimitiveArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Schema, SchemaRef, TimeUnit};
use sas7bdat::{Dataset, LogicalType, OwnedColumnBuffer, SasDate, SasDateTime};

use crate::sas::Temporal;
use crate::sas::text::Decoder;

/// A column of a SAS file.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Date,
    DateTime,
    Time,
}

/// Why a value cannot be taken over, and in which row of the batch.
#[derive(Debug)]
pub(super) enum Unfit {
    Text {
        row: usize,
        bytes: Vec<u8>,
    },
    Number {
        row: usize,
        value: f64,
    },
    /// The library gave something that was not asked for.
    Kind,
}

/// A name that two columns have. SAS writes no such file, and which of them is meant would be unknown.
pub(super) fn repeated(dataset: &Dataset) -> Option<String> {
    let mut names = HashSet::new();
    dataset.columns().iter().find(|column| !names.insert(column.name())).map(|column| column.name.clone())
}

pub(super) fn columns(dataset: &Dataset, temporal: Temporal) -> Vec<Column> {
    let kind = |logical_type| match (logical_type, temporal) {
        (LogicalType::String | LogicalType::Bytes, _) => Kind::Text,
        (LogicalType::Date, Temporal::Typed) => Kind::Date,
        (LogicalType::DateTime, Temporal::Typed) => Kind::DateTime,
        (LogicalType::Time, Temporal::Typed) => Kind::Time,
        _ => Kind::Number,
    };
    let column = |column: &sas7bdat::ColumnMeta| Column { name: column.name.clone(), kind: kind(column.logical_type) };
    dataset.columns().iter().map(column).collect()
}

pub(super) fn schema(dataset: &Dataset, columns: &[Column]) -> SchemaRef {
    let metadata = |pairs: &[(&str, Option<String>)]| {
        let present = pairs.iter().filter_map(|(key, value)| Some(((*key).to_owned(), value.clone()?)));
        present.collect::<HashMap<_, _>>()
    };
    let fields = columns.iter().zip(dataset.columns()).map(|(column, meta)| {
        let metadata = metadata(&[("sas.label", meta.label.clone()), ("sas.format", meta.format_spec())]);
        Field::new(&column.name, column.kind.data_type(), true).with_metadata(metadata)
    });
    let file = dataset.metadata();
    let metadata = metadata(&[
        ("sas.table", file.table_name.clone()),
        ("sas.label", file.file_label.clone()),
        ("sas.encoding", file.encoding.clone()),
    ]);
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), metadata))
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Number => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::DateTime => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Time => DataType::Duration(TimeUnit::Microsecond),
        }
    }
}

impl Column {
    pub(super) fn type_name(&self) -> String {
        self.kind.data_type().to_string()
    }

    /// What the library read, as a column of a batch.
    pub(super) fn array(&self, values: OwnedColumnBuffer, decoder: &Decoder) -> Result<ArrayRef, Unfit> {
        match (self.kind, values) {
            (Kind::Text, OwnedColumnBuffer::RawBytes { offsets, data, valid }) => {
                texts(offsets.as_slice(), &data, valid.as_deref(), decoder)
            }
            (Kind::Number, OwnedColumnBuffer::F64 { values, valid }) => {
                let nulls = nulls(valid, values.len());
                Ok(Arc::new(Float64Array::new(values.into(), nulls)))
            }
            (Kind::Date, OwnedColumnBuffer::F64 { values, valid }) => {
                converted::<arrow::datatypes::Date32Type>(&values, valid, date)
                    .map(|dates: Date32Array| Arc::new(dates) as _)
            }
            (Kind::DateTime, OwnedColumnBuffer::F64 { values, valid }) => {
                let micros = |value| micros(value)?.checked_sub(SasDateTime::SECONDS_SAS_TO_UNIX * MICROS);
                converted(&values, valid, micros).map(|times: TimestampMicrosecondArray| Arc::new(times) as _)
            }
            (Kind::Time, OwnedColumnBuffer::F64 { values, valid }) => {
                converted(&values, valid, micros).map(|times: DurationMicrosecondArray| Arc::new(times) as _)
            }
            _ => Err(Unfit::Kind),
        }
    }
}

const MICROS: i64 = 1_000_000;

fn date(days: f64) -> Option<i32> {
    whole(days.floor()).and_then(|days| i32::try_from(days).ok()?.checked_sub(SasDate::DAYS_SAS_TO_UNIX))
}

/// Rounded to the microsecond: the fraction apart, because together they need more digits than a double has.
fn micros(seconds: f64) -> Option<i64> {
    let whole_seconds = whole(seconds.floor())?;
    let fraction = whole(((seconds - seconds.floor()) * 1e6).round())?;
    whole_seconds.checked_mul(MICROS)?.checked_add(fraction)
}

/// A double without fraction, if all of its digits are known.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    (value.abs() <= EXACT).then_some(value as i64)
}

fn converted<T: ArrowPrimitiveType>(
    values: &[f64],
    valid: Option<Vec<u64>>,
    convert: impl Fn(f64) -> Option<T::Native>,
) -> Result<PrimitiveArray<T>, Unfit> {
    let nulls = nulls(valid, values.len());
    let mut converted = Vec::with_capacity(values.len());
    for (row, &value) in values.iter().enumerate() {
        let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        converted.push(match is_null {
            true => T::Native::default(),
            false => convert(value).ok_or(Unfit::Number { row, value })?,
        });
    }
    Ok(PrimitiveArray::new(converted.into(), nulls))
}

/// Arrow packs validity as the library does: a bit per row, the lowest first.
fn nulls(valid: Option<Vec<u64>>, rows: usize) -> Option<NullBuffer> {
    let words = valid.filter(|words| words.len() * 64 >= rows)?;
    Some(NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(words), 0, rows)))
}

fn texts(offsets: &[i64], data: &[u8], valid: Option<&[u64]>, decoder: &Decoder) -> Result<ArrayRef, Unfit> {
    let mut texts = StringBuilder::with_capacity(offsets.len().saturating_sub(1), data.len());
    for (row, ends) in offsets.windows(2).enumerate() {
        let range = usize::try_from(ends[0]).ok().zip(usize::try_from(ends[1]).ok());
        let bytes = range.and_then(|(start, end)| data.get(start..end)).ok_or(Unfit::Kind)?;
        let is_valid = valid.is_none_or(|words| words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1));
        let length = bytes.iter().rposition(|byte| !b" \0".contains(byte)).map_or(0, |last| last + 1);
        match &bytes[..length] {
            [] => texts.append_null(),
            _ if !is_valid => texts.append_null(),
            bytes => {
                let text = decoder.decode(bytes).ok_or_else(|| Unfit::Text { row, bytes: bytes.to_vec() })?;
                texts.append_value(text);
            }
        }
    }
    Ok(Arc::new(texts.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1960() {
        let check = |days: f64, expected: Option<i32>| assert_eq!(date(days), expected, "{days}");
        check(0.0, Some(-3653));
        check(3653.0, Some(0));
        check(20574.99, Some(16921));
        check(-0.5, Some(-3654));
        check(3e9, None);
        check(f64::INFINITY, None);
    }

    #[test]
    fn seconds_are_exact_to_the_microsecond() {
        let check = |seconds: f64, expected: Option<i64>| assert_eq!(micros(seconds), expected, "{seconds}");
        check(0.0, Some(0));
        check(-0.25, Some(-250_000));
        check(1_936_000_000.123_456, Some(1_936_000_000_123_456));
        check(253_717_747_199.0, Some(253_717_747_199_000_000));
        check(1e300, None);
        check(f64::NAN, None);
    }
}
