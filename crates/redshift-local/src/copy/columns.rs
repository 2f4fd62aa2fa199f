//! The rows of a batch, column by column, until they become an Arrow record batch.
//!
//! Arrow's own builders cannot take a value back; these can, so a record whose last field is bad leaves no trace.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Float32Array,
    Float64Array, Int16Array, Int32Array, Int64Array, RecordBatch, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;

use super::characters;
use super::dates;
use super::failure::Rejection;
use super::numbers;
use super::options::CopyOptions;
use crate::types::{RedshiftType, TargetColumn};

enum Values {
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Decimal(Vec<i128>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Boolean(BooleanBufferBuilder),
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
    Time(Vec<i64>),
    /// Text, and what DuckDB reads from text: TIMETZ and SUPER.
    Text(Bytes),
    Binary(Bytes),
}

struct Bytes {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl Bytes {
    fn new() -> Self {
        Self { bytes: Vec::new(), ends: vec![0] }
    }

    fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        // A batch is flushed long before its text reaches 2 GiB.
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        self.bytes.truncate(self.ends.last().map_or(0, |end| usize::try_from(*end).unwrap_or_default()));
    }
}

/// One column of a batch.
pub(super) struct ColumnBuffer {
    pub(super) column: TargetColumn,
    values: Values,
    valid: BooleanBufferBuilder,
    nulls: bool,
}

impl ColumnBuffer {
    pub(super) fn new(column: TargetColumn) -> Self {
        let values = Values::of(column.data_type);
        Self { column, values, valid: BooleanBufferBuilder::new(0), nulls: false }
    }

    /// Converts a field of a text file and adds it.
    pub(super) fn push(&mut self, field: &[u8], options: &CopyOptions) -> Result<(), Rejection> {
        if field == options.null_as {
            return self.push_null();
        }
        let is_text = self.column.data_type.is_text();
        if is_text && field.is_empty() && options.empty_as_null {
            return self.push_null();
        }
        if (!is_text || (options.blanks_as_null && !field.is_empty())) && field.trim_ascii().is_empty() {
            return self.push_null();
        }
        self.push_value(field, options)
    }

    /// Converts a value that is there, whatever NULL AS and its like say, and adds it.
    pub(super) fn push_value(&mut self, field: &[u8], options: &CopyOptions) -> Result<(), Rejection> {
        match (&mut self.values, self.column.data_type) {
            (Values::Int16(values), _) => {
                let value = numbers::integer(field, i16::MIN.into(), i16::MAX.into(), "Short")?;
                values.push(i16::try_from(value).unwrap_or_default());
            }
            (Values::Int32(values), _) => {
                let value = numbers::integer(field, i32::MIN.into(), i32::MAX.into(), "Integer")?;
                values.push(i32::try_from(value).unwrap_or_default());
            }
            (Values::Int64(values), _) => values.push(numbers::integer(field, i64::MIN, i64::MAX, "Long")?),
            (Values::Decimal(values), RedshiftType::Decimal { precision, scale }) => {
                values.push(numbers::decimal(field, precision, scale, options.round_decimals)?);
            }
            (Values::Float32(values), _) => values.push(numbers::real(field)?),
            (Values::Float64(values), _) => values.push(numbers::double(field)?),
            (Values::Boolean(values), _) => values.append(numbers::boolean(field)?),
            (Values::Text(values), RedshiftType::Varchar(limit)) => {
                values.push(characters::varchar(field, limit as usize, options)?.as_bytes());
            }
            (Values::Text(values), RedshiftType::Char(limit)) => {
                values.push(characters::char(field, limit as usize, options)?.as_bytes());
            }
            _ => return self.push_other(field, options),
        }
        self.valid.append(true);
        Ok(())
    }

    /// Dates, times, SUPER and VARBYTE.
    fn push_other(&mut self, field: &[u8], options: &CopyOptions) -> Result<(), Rejection> {
        let zoned = self.column.data_type == RedshiftType::TimestampTz;
        match (&mut self.values, self.column.data_type) {
            (Values::Date(values), _) => match options.date_format.days(field) {
                Some(days) => values.push(days),
                None => return self.refuse_date(field, options),
            },
            (Values::Timestamp(values), _) => match options.time_format.moment(field, zoned) {
                Some(moment) => values.push(if zoned { moment.utc_micros() } else { moment.local_micros() }),
                None => return self.refuse_date(field, options),
            },
            (Values::Time(values), _) => match dates::time(field) {
                Some((micros, rest)) if rest.trim_ascii().is_empty() => values.push(micros),
                _ => return Err(Rejection::new(1206, "Invalid time format or value [HH24:MI:SS]")),
            },
            (Values::Text(values), RedshiftType::TimeTz) => values.push(time_with_zone(field)?.as_bytes()),
            (Values::Text(values), _) => values.push(super_value(field)?),
            (Values::Binary(values), RedshiftType::Varbyte(limit)) => {
                let bytes = unhex(field).ok_or_else(|| Rejection::new(1223, "Invalid hexadecimal digits for VARBYTE"))?;
                if bytes.len() > limit as usize {
                    return Err(Rejection::new(1204, "Varbyte length exceeds DDL length"));
                }
                values.push(&bytes);
            }
            _ => return Err(Rejection::new(1223, "The column's type cannot be loaded from text")),
        }
        self.valid.append(true);
        Ok(())
    }

    fn refuse_date(&mut self, field: &[u8], options: &CopyOptions) -> Result<(), Rejection> {
        if options.accept_any_date {
            return self.push_null();
        }
        if self.column.data_type != RedshiftType::Date {
            let format = options.time_format.text();
            return Err(Rejection::new(1206, format!("Invalid timestamp format or value [{format}]")));
        }
        if options.date_format == dates::DateFormat::Iso && field.len() < 10 {
            return Err(Rejection::new(1205, "Invalid Date Format - length must be 10 or more"));
        }
        Err(Rejection::new(1205, format!("Invalid date format or value [{}]", options.date_format.text())))
    }

    /// Adds a NULL, unless the column refuses it.
    pub(super) fn push_null(&mut self) -> Result<(), Rejection> {
        if self.column.not_null {
            return Err(Rejection::new(1213, "Missing data for not-null field"));
        }
        self.values.push_default();
        self.valid.append(false);
        self.nulls = true;
        Ok(())
    }

    /// Adds what FILLRECORD puts where a record ends early: an empty VARCHAR, and NULL for the rest.
    pub(super) fn push_missing(&mut self, options: &CopyOptions) -> Result<(), Rejection> {
        match self.column.data_type {
            RedshiftType::Varchar(_) if !options.empty_as_null => self.push_value(b"", options),
            _ => self.push_null(),
        }
    }

    /// Takes back everything after the first `rows` values.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.valid.truncate(rows);
        self.values.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let valid = self.valid.finish();
        let nulls = std::mem::take(&mut self.nulls).then(|| NullBuffer::new(valid));
        std::mem::replace(&mut self.values, Values::of(self.column.data_type)).into_array(self.column.data_type, nulls)
    }
}

impl Values {
    fn of(data_type: RedshiftType) -> Self {
        match data_type {
            RedshiftType::SmallInt => Self::Int16(Vec::new()),
            RedshiftType::Integer => Self::Int32(Vec::new()),
            RedshiftType::BigInt => Self::Int64(Vec::new()),
            RedshiftType::Decimal { .. } => Self::Decimal(Vec::new()),
            RedshiftType::Real => Self::Float32(Vec::new()),
            RedshiftType::DoublePrecision => Self::Float64(Vec::new()),
            RedshiftType::Boolean => Self::Boolean(BooleanBufferBuilder::new(0)),
            RedshiftType::Date => Self::Date(Vec::new()),
            RedshiftType::Timestamp | RedshiftType::TimestampTz => Self::Timestamp(Vec::new()),
            RedshiftType::Time => Self::Time(Vec::new()),
            RedshiftType::Varbyte(_) => Self::Binary(Bytes::new()),
            RedshiftType::Char(_) | RedshiftType::Varchar(_) | RedshiftType::TimeTz | RedshiftType::Super => {
                Self::Text(Bytes::new())
            }
        }
    }

    fn push_default(&mut self) {
        match self {
            Self::Int16(values) => values.push(0),
            Self::Int32(values) | Self::Date(values) => values.push(0),
            Self::Int64(values) | Self::Timestamp(values) | Self::Time(values) => values.push(0),
            Self::Decimal(values) => values.push(0),
            Self::Float32(values) => values.push(0.0),
            Self::Float64(values) => values.push(0.0),
            Self::Boolean(values) => values.append(false),
            Self::Text(values) | Self::Binary(values) => values.push(b""),
        }
    }

    fn truncate(&mut self, rows: usize) {
        match self {
            Self::Int16(values) => values.truncate(rows),
            Self::Int32(values) | Self::Date(values) => values.truncate(rows),
            Self::Int64(values) | Self::Timestamp(values) | Self::Time(values) => values.truncate(rows),
            Self::Decimal(values) => values.truncate(rows),
            Self::Float32(values) => values.truncate(rows),
            Self::Float64(values) => values.truncate(rows),
            Self::Boolean(values) => values.truncate(rows),
            Self::Text(values) | Self::Binary(values) => values.truncate(rows),
        }
    }

    fn into_array(self, data_type: RedshiftType, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
        Ok(match (self, data_type) {
            (Self::Int16(values), _) => Arc::new(Int16Array::try_new(values.into(), nulls)?),
            (Self::Int32(values), _) => Arc::new(Int32Array::try_new(values.into(), nulls)?),
            (Self::Int64(values), _) => Arc::new(Int64Array::try_new(values.into(), nulls)?),
            (Self::Decimal(values), RedshiftType::Decimal { precision, scale }) => {
                let scale = i8::try_from(scale).unwrap_or_default();
                Arc::new(Decimal128Array::try_new(values.into(), nulls)?.with_precision_and_scale(precision, scale)?)
            }
            (Self::Decimal(values), _) => Arc::new(Decimal128Array::try_new(values.into(), nulls)?),
            (Self::Float32(values), _) => Arc::new(Float32Array::try_new(values.into(), nulls)?),
            (Self::Float64(values), _) => Arc::new(Float64Array::try_new(values.into(), nulls)?),
            (Self::Boolean(mut values), _) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            (Self::Date(values), _) => Arc::new(Date32Array::try_new(values.into(), nulls)?),
            (Self::Timestamp(values), RedshiftType::TimestampTz) => {
                Arc::new(TimestampMicrosecondArray::try_new(values.into(), nulls)?.with_timezone("UTC"))
            }
            (Self::Timestamp(values), _) => Arc::new(TimestampMicrosecondArray::try_new(values.into(), nulls)?),
            (Self::Time(values), _) => Arc::new(Time64MicrosecondArray::try_new(values.into(), nulls)?),
            (Self::Text(values), _) => {
                let ends = OffsetBuffer::new(ScalarBuffer::from(values.ends));
                Arc::new(StringArray::try_new(ends, Buffer::from_vec(values.bytes), nulls)?)
            }
            (Self::Binary(values), _) => {
                let ends = OffsetBuffer::new(ScalarBuffer::from(values.ends));
                Arc::new(BinaryArray::try_new(ends, Buffer::from_vec(values.bytes), nulls)?)
            }
        })
    }
}

/// All columns of a batch.
pub(super) struct Rows {
    pub(super) columns: Vec<ColumnBuffer>,
    schema: Arc<Schema>,
    pub(super) count: usize,
}

impl Rows {
    pub(super) fn new(columns: &[TargetColumn]) -> Self {
        let field = |column: &TargetColumn| Field::new(&column.name, arrow_type(column.data_type), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        Self { columns: columns.iter().cloned().map(ColumnBuffer::new).collect(), schema, count: 0 }
    }

    /// Takes back the record that was begun.
    pub(super) fn undo(&mut self) {
        for column in &mut self.columns {
            column.truncate(self.count);
        }
    }

    /// The rows so far; none are left.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.count = 0;
        let arrays = self.columns.iter_mut().map(ColumnBuffer::finish).collect::<Result<_, _>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

fn arrow_type(data_type: RedshiftType) -> DataType {
    match data_type {
        RedshiftType::SmallInt => DataType::Int16,
        RedshiftType::Integer => DataType::Int32,
        RedshiftType::BigInt => DataType::Int64,
        RedshiftType::Decimal { precision, scale } => {
            DataType::Decimal128(precision, i8::try_from(scale).unwrap_or_default())
        }
        RedshiftType::Real => DataType::Float32,
        RedshiftType::DoublePrecision => DataType::Float64,
        RedshiftType::Boolean => DataType::Boolean,
        RedshiftType::Date => DataType::Date32,
        RedshiftType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        RedshiftType::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        RedshiftType::Time => DataType::Time64(TimeUnit::Microsecond),
        RedshiftType::Varbyte(_) => DataType::Binary,
        RedshiftType::Char(_) | RedshiftType::Varchar(_) | RedshiftType::TimeTz | RedshiftType::Super => DataType::Utf8,
    }
}

/// A TIMETZ as DuckDB reads it; one without an offset is UTC.
fn time_with_zone(field: &[u8]) -> Result<String, Rejection> {
    let refused = || Rejection::new(1206, "Invalid time format or value [HH24:MI:SSOF]");
    let (_, rest) = dates::time(field).ok_or_else(refused)?;
    let mut cursor = dates::Cursor::new(rest);
    let offset = cursor.offset().filter(|_| cursor.at_end()).ok_or_else(refused)?;
    let time = std::str::from_utf8(&field[..field.len() - rest.len()]).map_err(|_| refused())?;
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60;
    Ok(format!("{}{sign}{:02}:{:02}", time.trim(), minutes / 60, minutes % 60))
}

/// A SUPER from a text file: one JSON value.
fn super_value(field: &[u8]) -> Result<&[u8], Rejection> {
    let parsed = serde_json::from_slice::<serde::de::IgnoredAny>(field);
    parsed.map_err(|error| Rejection::new(1224, format!("Invalid JSON for SUPER: {error}")))?;
    Ok(field)
}

fn unhex(field: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = field.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
