//! The rows of a batch, column by column, until they become an Arrow record batch.
//!
//! Arrow's own builders cannot take a value back; these can, so a record whose last field is bad leaves no trace.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBufferBuilder, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;

use super::characters;
use super::cursor::Cursor;
use super::dates;
use super::failure::Rejection;
use super::numbers;
use super::options::CopyOptions;
use super::values::{Values, arrow_type};
use redshift_types::{RedshiftType, TargetColumn};

/// One column of a batch.
pub(super) struct ColumnBuffer {
    pub(super) column: TargetColumn,
    values: Values,
    /// Which values are not NULL; made when the first NULL comes, since most columns have none.
    valid: Option<BooleanBufferBuilder>,
    length: usize,
}

impl ColumnBuffer {
    pub(super) fn new(column: TargetColumn) -> Self {
        let values = Values::of(column.data_type);
        Self { column, values, valid: None, length: 0 }
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
        self.added(true);
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
                _ => {
                    return Err(Rejection::new(1206, "Invalid time format or value [HH24:MI:SS]"));
                }
            },
            (Values::Text(values), RedshiftType::TimeTz) => values.push(time_with_zone(field)?.as_bytes()),
            (Values::Text(values), _) => values.push(super_value(field)?),
            (Values::Binary(values), RedshiftType::Varbyte(limit)) => {
                let bytes =
                    unhex(field).ok_or_else(|| Rejection::new(1223, "Invalid hexadecimal digits for VARBYTE"))?;
                if bytes.len() > limit as usize {
                    return Err(Rejection::new(1204, "Varbyte length exceeds DDL length"));
                }
                values.push(&bytes);
            }
            _ => {
                return Err(Rejection::new(1223, "The column's type cannot be loaded from text"));
            }
        }
        self.added(true);
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
        self.added(false);
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
        self.length = self.length.min(rows);
        if let Some(valid) = &mut self.valid {
            valid.truncate(self.length);
        }
        self.values.truncate(rows);
    }

    fn added(&mut self, is_valid: bool) {
        if !is_valid && self.valid.is_none() {
            let mut valid = BooleanBufferBuilder::new(self.length + 1);
            valid.append_n(self.length, true);
            self.valid = Some(valid);
        }
        if let Some(valid) = &mut self.valid {
            valid.append(is_valid);
        }
        self.length += 1;
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.length = 0;
        let valid = self.valid.take();
        let nulls = valid.map(|mut valid| NullBuffer::new(valid.finish()));
        std::mem::replace(&mut self.values, Values::of(self.column.data_type)).into_array(self.column.data_type, nulls)
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

/// A TIMETZ as DuckDB reads it; one without an offset is UTC.
fn time_with_zone(field: &[u8]) -> Result<String, Rejection> {
    let refused = || Rejection::new(1206, "Invalid time format or value [HH24:MI:SSOF]");
    let (_, rest) = dates::time(field).ok_or_else(refused)?;
    let mut cursor = Cursor::new(rest);
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
