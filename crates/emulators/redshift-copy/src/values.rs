//! The values of one column, in the layout that Arrow takes over without a copy.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Float32Array,
    Float64Array, Int16Array, Int32Array, Int64Array, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::error::ArrowError;

use redshift_types::RedshiftType;

/// Values by how they are stored.
pub(super) enum Values {
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

/// Values of any length, one after another.
pub(super) struct Bytes {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl Bytes {
    fn new() -> Self {
        Self { bytes: Vec::new(), ends: vec![0] }
    }

    pub(super) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        // A batch is flushed long before its text reaches 2 GiB.
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        self.bytes.truncate(self.ends.last().map_or(0, |end| usize::try_from(*end).unwrap_or_default()));
    }
}

impl Values {
    pub(super) fn of(data_type: RedshiftType) -> Self {
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

    pub(super) fn push_default(&mut self) {
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

    pub(super) fn truncate(&mut self, rows: usize) {
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

    pub(super) fn into_array(self, data_type: RedshiftType, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
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

/// The Arrow type of a column.
pub(super) fn arrow_type(data_type: RedshiftType) -> DataType {
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
